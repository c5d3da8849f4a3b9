"""The table of countries by time zone, against the IANA's own and everything that the lookup of points can answer."""

from importlib import resources

import pytest
import tzfpy

from finder.directory.countries import country_at, country_of, country_of_zone
from finder.domain.facility import Address
from finder.geo.points import LonLat
from tests.directory.conftest import facility


def zone_tab() -> list[tuple[str, str]]:
    """Country and zone of each line of ``zone.tab``, which has one country for each zone."""
    text = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [(row[0], row[2]) for row in rows]


def test_every_zone_of_the_iana_has_its_country() -> None:
    rows = zone_tab()
    assert len(rows) > 400
    assert [(country, zone) for country, zone in rows if country_of_zone(zone) != country] == []


def test_every_zone_on_land_that_a_point_can_lie_in_has_a_country() -> None:
    zones = [zone for zone in tzfpy.timezonenames() if not zone.startswith("Etc/")]
    assert len(zones) > 400
    assert [zone for zone in zones if country_of_zone(zone) is None] == []


@pytest.mark.parametrize(
    ("lon", "lat", "country"),
    [(-72.07, -45.57, "CL"), (2.5, -72.0, "AQ"), (-117.04, 32.53, "MX"), (-117.04, 32.57, "US"), (-160.0, 0.5, None)],
)
def test_points(lon: float, lat: float, country: str | None) -> None:
    assert country_at(LonLat(lon, lat)) == country


def test_a_facilitys_address_tells_its_country_before_its_point_does() -> None:
    assert country_of(facility("told", -117.04, 32.53, address=Address(country="US"))) == "US"
    assert country_of(facility("untold", -117.04, 32.53)) == "MX"
    assert country_of(facility("at sea", -160.0, 0.5)) is None
