"""A small town to understand questions in: its places, its people and facilities by name, and two health plans."""

import pytest

from finder.directory.names import NameEntry, NameIndex, build_names
from finder.directory.plans import PlanBook, PlanTaken, plan_of
from finder.directory.understanding import understand
from finder.domain.place import Place, PlaceKind
from finder.geo.points import LonLat
from finder.locate.place_index import PlaceIndex, build_place_index

TIJUANA = {"city": "Tijuana", "state": "Baja California", "country": "MX"}
SAN_DIEGO = {"city": "San Diego", "state": "California", "country": "US"}


def place(name, kind, **more):
    return Place(name=name, kind=PlaceKind(kind), lon_lat=LonLat(-117.03, 32.52), radius_m=1500.0, **more)


PLACES = [
    place("Tijuana", "city", state="Baja California", country="MX", population=1_800_000),
    place("San Diego", "city", state="California", country="US", population=1_400_000),
    place("Chula Vista", "city", state="California", country="US", population=275_000),
    place("La Mesa", "city", state="California", country="US", population=61_000),
    place("San Ysidro", "neighbourhood", **SAN_DIEGO),
    place("Hillcrest", "neighbourhood", **SAN_DIEGO),
    place("Zona Río", "neighbourhood", **TIJUANA),
    place("Playas de Tijuana", "neighbourhood", **TIJUANA),
    place("Otay", "neighbourhood", **TIJUANA),
    place("Centro", "neighbourhood", **TIJUANA),
    place("Libertad", "neighbourhood", **TIJUANA),
    place("Avenida Revolución", "street", **TIJUANA),
    place("Market Street", "street", **SAN_DIEGO),
    place("92173", "postcode", **SAN_DIEGO),
    place("22010", "postcode", **TIJUANA),
]

PEOPLE = [
    "Juan Ramírez López", "Ana Libertad Soto", "Corazón Ramírez", "María de la Cruz", "Peter English", "Guadalupe Vaca Ríos",
    "Eduardo Corona", "Laura Méndez",
]  # fmt: skip
FACILITIES = [
    "Hospital Ángeles Tijuana", "Hospital General de Otay", "Farmacia Zona Río", "Clínica Dental Sonrisas",
    "Sharp Memorial Hospital", "Hospital Alemán", "Consultorio Pediatra López", "Clínica del Corazón",
    "Children's Clinic of Hillcrest",
    "Derma Center", "Scripps Mercy Hospital",
]  # fmt: skip
PLANS = ["Seguro Ficticio", "Plan Imaginario / Red Norte", "Plan Imaginario", "Pretend Blue", "Salud Inventada"]


@pytest.fixture(scope="session")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places") / "index"
    build_place_index(folder, PLACES)
    return PlaceIndex.open(folder)


@pytest.fixture(scope="session")
def names(tmp_path_factory):
    found = []
    for texts in (FACILITIES, PEOPLE):
        folder = tmp_path_factory.mktemp("names") / "index"
        build_names(folder, (NameEntry(item, (text,)) for item, text in enumerate(texts)))
        found.append(NameIndex.open(folder))
    return found


@pytest.fixture(scope="session")
def plans():
    return PlanBook([PlanTaken(plan_of(text), 1, 1) for text in PLANS])


@pytest.fixture(scope="session")
def read(names, places, plans):
    return lambda text: understand(text, names=names, places=places, plans=plans)
