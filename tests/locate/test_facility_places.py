"""Places that facilities bring along."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from finder.domain.facility import Address, Facility, FacilityKind
from finder.domain.place import PlaceKind
from finder.geo.points import LonLat
from finder.locate.facility_places import places_from_facilities

GEOD = Geod(ellps="WGS84")


def facility(lon, lat, **address):
    return Facility(id="x", kind=FacilityKind.CLINIC, name="Clinic", lon_lat=LonLat(lon, lat), address=Address(**address))


def test_each_place_once_with_its_commonest_spelling():
    here = {"state": "BC", "country": "MX"}
    places = list(
        places_from_facilities(
            [
                facility(-117.00, 32.50, city="TIJUANA", neighbourhood="Centro", postcode="22000", **here),
                facility(-117.02, 32.52, city="Tijuana", neighbourhood="centro", postcode="22000", **here),
                facility(-117.04, 32.51, city="Tijuana", neighbourhood="Centro", **here),
                facility(-116.60, 31.86, city="Ensenada", neighbourhood="Centro", **here),
                facility(-116.60, 31.86),
                facility(-116.60, 31.86, city=" ", postcode="-"),
            ]
        )
    )
    assert [(place.kind, place.name, place.city) for place in places] == [
        (PlaceKind.CITY, "Tijuana", None),
        (PlaceKind.NEIGHBOURHOOD, "Centro", "Tijuana"),
        (PlaceKind.POSTCODE, "22000", "Tijuana"),
        (PlaceKind.CITY, "Ensenada", None),
        (PlaceKind.NEIGHBOURHOOD, "Centro", "Ensenada"),
    ]
    city = places[0]
    assert city.lon_lat == pytest.approx((-117.02, 32.51))
    assert (city.state, city.country, city.source) == ("BC", "MX", "facilities")
    _, _, farthest_m = GEOD.inv(-117.02, 32.51, -117.0, 32.5)
    assert city.radius_m == pytest.approx(farthest_m, abs=0.01)
    assert places[3].radius_m == 2000.0
    assert places[4].radius_m == 500.0


@given(
    centre=st.tuples(st.floats(-180, 180), st.floats(-80, 80)),
    offsets=st.lists(st.tuples(st.floats(-0.05, 0.05), st.floats(-0.05, 0.05)), min_size=1, max_size=30),
)
def test_the_circle_holds_nearly_all_of_them_also_astride_the_antimeridian(centre, offsets):
    points = [((centre[0] + east + 180) % 360 - 180, centre[1] + north) for east, north in offsets]
    (place,) = places_from_facilities(facility(*point, city="X") for point in points)
    _, _, away_m = GEOD.inv(*np.array([[*place.lon_lat, *point] for point in points]).T)
    assert np.mean(away_m <= place.radius_m + 1e-3) >= 0.9
    assert place.radius_m < 20_000


def test_one_wrong_coordinate_does_not_blow_a_city_up():
    good = [facility(-117.0 + step / 1000, 32.5, city="Tijuana") for step in range(60)]
    (place,) = places_from_facilities([*good, facility(100.0, 0.0, city="Tijuana")])
    assert place.radius_m < 5_000
