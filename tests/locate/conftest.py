"""Places for the tests of this room: a few made here, and Tijuana's real colonias and postcodes."""

import csv
import math

import pytest

from finder.domain.place import Place, PlaceKind
from finder.geo.points import LonLat
from finder.locate.place_index import PlaceIndex, build_place_index


def place(name, kind, lon, lat, radius_m=1500.0, **more):
    return Place(name=name, kind=PlaceKind(kind), lon_lat=LonLat(lon, lat), radius_m=radius_m, **more)


TIJUANA = {"city": "Tijuana", "state": "Baja California", "country": "MX"}
SAN_DIEGO = {"city": "San Diego", "state": "CA", "country": "US"}
HELSINKI = {"city": "Helsinki", "country": "FI"}

PLACES = [
    place("Tijuana", "city", -117.03, 32.52, 20_000.0, state="Baja California", country="MX", population=1_800_000),
    place("San Diego", "city", -117.16, 32.71, 20_000.0, state="California", country="US", population=1_400_000),
    place("Springfield", "city", -89.6, 39.8, 9_000.0, state="Illinois", country="US", population=114_000),
    place("Springfield", "city", -93.3, 37.2, 9_000.0, state="Missouri", country="US", population=169_000),
    place("Springfield", "city", -72.6, 42.1, 9_000.0, state="MA", country="US", population=155_000),
    place("St. Louis", "city", -90.2, 38.6, 9_000.0, state="Missouri", country="US", population=300_000),
    place("Helsinki", "city", 24.94, 60.17, 15_000.0, country="FI", population=650_000, alternate_names=("Helsingfors",)),
    place("Mannerheimintie", "street", 24.93, 60.17, 900.0, **HELSINKI),
    place("Mannerheimintie 22", "address", 24.936, 60.171, 20.0, **HELSINKI),
    place("Mannerheimintie 2", "address", 24.94, 60.168, 20.0, **HELSINKI),
    place("Mannerheimintie 220", "address", 24.9, 60.19, 20.0, **HELSINKI),
    place("00100", "postcode", 24.93, 60.17, **HELSINKI),
    place("01000", "postcode", -99.2, 19.35, city="Álvaro Obregón", state="Ciudad de México", country="MX"),
    place("Avenida Revolución", "street", -117.037, 32.53, **TIJUANA),
    place("Boulevard General Rodolfo Sánchez Taboada", "street", -117.02, 32.52, **TIJUANA),
    place("Calle 2da", "street", -117.03, 32.53, **TIJUANA),
    place("Centro", "neighbourhood", -99.13, 19.43, city="Ciudad de México", country="MX"),
    place("Centro", "neighbourhood", -116.6, 31.86, city="Ensenada", state="Baja California", country="MX"),
    place("Centro", "neighbourhood", -117.04, 32.53, **TIJUANA),
    place("Libertad", "neighbourhood", -117.0, 32.54, **TIJUANA),
    place("Playas de Tijuana", "neighbourhood", -117.12, 32.52, **TIJUANA),
    place("Santa Fe", "neighbourhood", -117.04, 32.45, **TIJUANA),
    place("Market St", "street", -117.16, 32.71, **SAN_DIEGO),
    place("Mission Blvd", "street", -117.25, 32.77, **SAN_DIEGO),
    place("Harbor Drive", "street", -117.17, 32.71, **SAN_DIEGO),
]


@pytest.fixture(scope="session")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places") / "index"
    assert build_place_index(folder, PLACES) == len(PLACES)
    return PlaceIndex.open(folder)


@pytest.fixture(scope="session")
def tijuana_places(shared_data):
    places = []
    with (shared_data / "places" / "tijuana_colonias_centroids.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["colonia"].strip():
                radius_m = max(100.0, math.sqrt(float(row["hectares"]) * 10_000 / math.pi))
                places.append(place(row["colonia"], "neighbourhood", float(row["lon"]), float(row["lat"]), radius_m, **TIJUANA))
    with (shared_data / "places" / "tijuana_cp_centroids.csv").open(newline="") as file:
        places.extend(
            place(row["codigo_postal"], "postcode", float(row["lon"]), float(row["lat"]), **TIJUANA)
            for row in csv.DictReader(file)
        )
    return places


@pytest.fixture(scope="session")
def tijuana_index(tijuana_places, tmp_path_factory):
    folder = tmp_path_factory.mktemp("places") / "tijuana"
    build_place_index(folder, [*tijuana_places, *PLACES])
    return PlaceIndex.open(folder)
