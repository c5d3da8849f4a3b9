"""Links to map apps, read again by the standard library."""

import math
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directions.estimate import TravelMode
from finder.directions.handover import MapApp, links
from finder.errors import BadInput
from finder.geo.points import LonLat

CLINIC = LonLat(-117.020551, 32.532127)


@pytest.mark.parametrize(
    ("mode", "urls"),
    [
        (
            TravelMode.CAR,
            [
                "https://www.google.com/maps/dir/?api=1&destination=32.532127%2C-117.020551&travelmode=driving",
                "https://maps.apple.com/?daddr=32.532127%2C-117.020551&dirflg=d",
                "https://waze.com/ul?ll=32.532127%2C-117.020551&navigate=yes",
                "https://osmand.net/map/?finish=32.532127%2C-117.020551&profile=car&pin=32.532127%2C-117.020551"
                "#16/32.532127/-117.020551",
            ],
        ),
        (
            TravelMode.TRANSIT,
            [
                "https://www.google.com/maps/dir/?api=1&destination=32.532127%2C-117.020551&travelmode=transit",
                "https://maps.apple.com/?daddr=32.532127%2C-117.020551&dirflg=r",
            ],
        ),
        (
            TravelMode.BICYCLE,
            [
                "https://www.google.com/maps/dir/?api=1&destination=32.532127%2C-117.020551&travelmode=bicycling",
                "https://osmand.net/map/?finish=32.532127%2C-117.020551&profile=bicycle&pin=32.532127%2C-117.020551"
                "#16/32.532127/-117.020551",
            ],
        ),
    ],
)
def test_the_documented_links(mode: TravelMode, urls: list[str]) -> None:
    found = links(CLINIC, mode)
    assert [link.url for link in found] == urls
    assert not any(link.may_have_steps for link in found)


def test_a_wheelchair_is_shown_the_way_on_foot_and_told_so() -> None:
    on_foot, in_chair = links(CLINIC, TravelMode.FOOT), links(CLINIC, TravelMode.WHEELCHAIR)
    assert [link.url for link in in_chair] == [link.url for link in on_foot]
    assert {link.app for link in in_chair} == {MapApp.GOOGLE_MAPS, MapApp.APPLE_MAPS, MapApp.OSMAND}
    assert all(link.may_have_steps for link in in_chair)
    assert not any(link.may_have_steps for link in on_foot)


@given(st.builds(LonLat, st.floats(-180, 180), st.floats(-90, 90)), st.sampled_from(TravelMode))
def test_the_place_is_latitude_first_and_the_only_place(target: LonLat, mode: TravelMode) -> None:
    for link in links(target, mode):
        parts = urlsplit(link.url)
        assert parts.scheme == "https"
        places = [text for values in parse_qs(parts.query, strict_parsing=True).values() for text in values if "," in text]
        for place in places:
            lat, lon = map(float, place.split(","))
            assert (lon, lat) == pytest.approx(target, abs=6e-7)
        assert places
        assert "-0.000000" not in link.url
        assert not {"saddr", "origin", "from", "start"} & set(parse_qs(parts.query))


@pytest.mark.parametrize("bad", [LonLat(math.nan, 0.0), LonLat(0.0, 91.0)])
def test_no_link_to_nowhere(bad: LonLat) -> None:
    with pytest.raises(BadInput):
        links(bad, TravelMode.CAR)
