"""Time zone and country of a point."""

from finder.geo.points import LonLat
from finder.loading import zones


def test_zones_and_countries() -> None:
    assert zones.time_zone_at(LonLat(-117.03, 32.52), "MX") == "America/Tijuana"
    assert zones.time_zone_at(LonLat(-117.16, 32.72), None) == "America/Los_Angeles"
    assert zones.time_zone_at(LonLat(-140, 0), None) is None
    assert zones.country_of_time_zone("America/Tijuana") == "MX"
    assert zones.country_of_time_zone("America/Puerto_Rico") == "PR"
    assert zones.country_of_time_zone("Europe/Helsinki") == "FI"
    assert zones.country_of_time_zone("Etc/GMT+9") is None


def test_of_two_zones_that_overlap_the_country_takes_its_own() -> None:
    # Machias Seal Island, which Canada and the United States both claim.
    island = LonLat(-67.10, 44.50)
    assert zones.time_zone_at(island, "CA") == "America/Moncton"
    assert zones.time_zone_at(island, "US") == "America/New_York"


def test_no_country_near_a_border_nor_at_sea() -> None:
    assert zones.country_at(LonLat(-117.16, 32.72)) == "US"
    assert zones.country_at(LonLat(-117.03, 32.543)) is None
    assert zones.countries_near(LonLat(-117.03, 32.543)) == {"MX", "US"}
    assert zones.country_at(LonLat(-140, 0)) is None


def test_the_high_seas_and_antarctica_are_nobodys() -> None:
    assert zones.is_nobodys(LonLat(-140, 0))
    assert zones.is_nobodys(LonLat(41.56, -73.06))
    assert not zones.is_nobodys(LonLat(-117.2, 32.6)), "coastal waters"
    assert not zones.is_nobodys(LonLat(-72.07, -45.57)), "land of a zone that the CLDR does not know yet"
