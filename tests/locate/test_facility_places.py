"""Places that facilities bring along."""

import csv

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
    assert farthest_m < city.radius_m
    assert [place.radius_m for place in places] == pytest.approx([8000.0, 2182.2, 3000.0, 8000.0, 1500.0], abs=0.1)


@pytest.mark.parametrize("odd_one_first", [True, False])
def test_one_row_without_state_or_country_does_not_stand_for_a_city(odd_one_first):
    whole = {"city": "Tijuana", "state": "Baja California", "country": "MX", "postcode": "22010"}
    known = [facility(-117.04 + 0.002 * step, 32.51 + 0.001 * step, **whole) for step in range(9)]
    odd = [facility(-116.90, 32.45, city="Tijuana", postcode="22010"), facility(-117.02, 32.53, city="TIJUANA", country="MX")]
    places = list(places_from_facilities([*odd, *known] if odd_one_first else [*known, *odd]))
    assert [(place.kind, place.name, place.state, place.country) for place in places] == [
        (PlaceKind.CITY, "Tijuana", "Baja California", "MX"),
        (PlaceKind.POSTCODE, "22010", "Baja California", "MX"),
    ]
    for place in places:
        assert GEOD.inv(*place.lon_lat, -117.032, 32.514)[2] < 1000
        assert place.city == (None if place.kind is PlaceKind.CITY else "Tijuana")


def test_a_row_without_a_state_far_from_the_others_stays_apart():
    places = list(
        places_from_facilities(
            [facility(-89.65, 39.80, city="Springfield", state="IL", country="US"), facility(-72.59, 42.10, city="Springfield")]
        )
    )
    assert [(place.state, place.lon_lat.lon) for place in places] == [("IL", -89.65), (None, -72.59)]


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
    assert place.radius_m == 8_000


def test_a_city_that_reaches_farther_than_its_floor_gets_the_radius_of_its_facilities():
    (place,) = places_from_facilities(facility(-117.0 + step / 10, 32.5, city="Tijuana") for step in range(5))
    _, _, farthest_m = GEOD.inv(-116.8, 32.5, -117.0, 32.5)
    assert place.radius_m == pytest.approx(farthest_m, abs=0.01)


def _share_within(areas_m2, radius_m):
    """The share of places whose diameter, were they round, is no longer: from one facility of it all of it is within."""
    return np.mean(2.0 * np.sqrt(np.asarray(areas_m2) / np.pi) <= radius_m)


def test_the_floors_hold_for_nearly_all_of_tijuanas_real_places(shared_data):
    with (shared_data / "places" / "tijuana_cp_centroids.csv").open(newline="") as file:
        degree_m2 = [(float(row["area_deg2"]), np.radians(float(row["lat"]))) for row in csv.DictReader(file)]
    postcodes_m2 = [area * 110_900.0**2 * np.cos(lat) for area, lat in degree_m2]
    with (shared_data / "places" / "tijuana_colonias_centroids.csv").open(newline="") as file:
        colonias_m2 = [float(row["hectares"]) * 10_000.0 for row in csv.DictReader(file)]
    (postcode, colonia) = (
        next(place.radius_m for place in places_from_facilities([facility(-117.0, 32.5, **{field: "22000"})]))
        for field in ("postcode", "neighbourhood")
    )
    assert len(postcodes_m2) == 182
    assert _share_within(postcodes_m2, postcode) > 0.88
    assert _share_within(postcodes_m2, 1000.0) < 0.2
    assert len(colonias_m2) == 858
    assert _share_within(colonias_m2, colonia) > 0.97
    assert _share_within(colonias_m2, 500.0) < 0.65
