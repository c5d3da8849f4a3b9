"""The geopy geocoder: geopy's own calls, and no network."""

import pytest
from geopy.exc import GeocoderServiceError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders.base import Geocoder
from geopy.location import Location

from finder.domain.position import PositionSource
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.locate.geocoder import OfflineGeocoder
from finder.locate.named_place import LEAST_SCORE
from finder.locate.position import default_position, position_of_place, stated_position


def test_one_location(index):
    geocoder = OfflineGeocoder(index)
    assert isinstance(geocoder, Geocoder)
    found = geocoder.geocode("Tijuana, MX")
    assert isinstance(found, Location)
    assert found.address == "Tijuana, Baja California, MX"
    assert (found.latitude, found.longitude) == (32.52, -117.03)
    assert found.raw["kind"] == "city"
    assert found.raw["score"] >= LEAST_SCORE


def test_several_locations_and_none(index):
    geocoder = OfflineGeocoder(index)
    assert len(geocoder.geocode("Springfield", exactly_one=False)) == 3
    assert len(geocoder.geocode("Springfield", exactly_one=False, limit=2)) == 2
    assert geocoder.geocode("Springfield", near=(-72.0, 42.0)).address == "Springfield, MA, US"
    assert geocoder.geocode("Qqqqqqqq") is None
    assert geocoder.geocode("Qqqqqqqq", exactly_one=False) is None
    with pytest.raises(BadInput):
        geocoder.geocode("Springfield", exactly_one=False, limit=0)


def test_what_is_hardly_alike_is_not_taken_for_it(index):
    assert index.search("Hospital General")
    assert OfflineGeocoder(index).geocode("Hospital General") is None
    assert OfflineGeocoder(index, least_score=0.01).geocode("Hospital General") is not None


def test_geopys_rate_limiter_takes_it(index):
    limited = RateLimiter(OfflineGeocoder(index).geocode, min_delay_seconds=0)
    assert limited("Helsinki", timeout=1).address == "Helsinki, FI"


def test_the_way_to_the_network_is_closed(index):
    with pytest.raises((RuntimeError, GeocoderServiceError), match="never uses a network"):
        OfflineGeocoder(index)._call_geocoder("https://127.0.0.1:9/", lambda answer: answer)


def test_positions_of_places(index):
    match = index.search("Santa Fe")[0]
    position = position_of_place(match)
    assert (position.lon_lat, position.accuracy_m, position.source) == ((-117.04, 32.45), 1500.0, PositionSource.PLACE)
    assert position.label == "Santa Fe, Tijuana, Baja California, MX"
    assert not position.coarsened
    default = default_position(LonLat(24.9, 60.2), 2000.0, "Helsinki")
    assert (default.lon_lat, default.accuracy_m, default.label) == ((24.9, 60.2), 2000.0, "Helsinki")
    assert default.source is PositionSource.DEFAULT
    stated = stated_position(LonLat(-117.0, 32.5))
    assert (stated.lon_lat, stated.accuracy_m, stated.source) == ((-117.0, 32.5), 0.0, PositionSource.PLACE)
    with pytest.raises(BadInput):
        stated_position(LonLat(32.5, -117.0))
