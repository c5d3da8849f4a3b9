"""Two registries of one made-up region, with slips of the pen and moved points: what is linked is right, and most is linked."""

import logging
import random
import sys

import msgspec
import pytest

from finder.domain.facility import Address, Facility, FacilityKind, facility_id
from finder.errors import BadInput, NotReady
from finder.geo.points import LonLat
from finder.loading.link_registries import FEWEST_FACILITIES, link

pytest.importorskip("splink", reason="needs the extra registries")


def words(text: str) -> list[str]:
    return text.split()


SAINTS = words(
    "José María Juan Pedro Lucía Rafael Miguel Teresa Rosa Clara Martín Felipe Isidro Carlos Francisco Ana Mónica Elena"
)
SURNAMES = words(
    "Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Gómez Morales Vázquez Reyes Jiménez "
    "Torres Díaz Gutiérrez Mendoza Ruiz Aguilar Ortiz Castillo Moreno Romero Álvarez Rivera Chávez Ramos Herrera Medina"
)
QUARTERS = words(
    "Otay Centro Mirador Libertad Obrera Altamira Playas Soler Guaycura Insurgentes Florido Pinos Lomas Jardines Hidalgo"
)
STREETS = words(
    "Juárez Madero Revolución Hidalgo Morelos Allende Obregón Cuauhtémoc Zaragoza Degollado Constitución Aldama Abasolo"
)
CITIES = {"Tijuana": (32.51, -117.02), "Mexicali": (32.63, -115.46), "Ensenada": (31.86, -116.6), "Tecate": (32.57, -116.63)}


def region(random_: random.Random, n: int) -> list[Facility]:
    made: list[Facility] = []
    for number in range(n):
        kind, name = random_.choice(
            [
                (FacilityKind.CLINIC, f"Clínica San {random_.choice(SAINTS)} {random_.choice(QUARTERS)}"),
                (FacilityKind.CLINIC, f"Centro de Salud {random_.choice(QUARTERS)} {random_.choice(SURNAMES)}"),
                (FacilityKind.DOCTORS, f"Dr. {random_.choice(SAINTS)} {random_.choice(SURNAMES)} {random_.choice(SURNAMES)}"),
                (FacilityKind.CLINIC, f"UMF {random_.randint(1, 90)}"),
                (FacilityKind.PHARMACY, random_.choice(["Farmacias Similares", "Farmacias del Ahorro", "Farmacia Guadalajara"])),
                (FacilityKind.DENTIST, f"Dental {random_.choice(SURNAMES)} {random_.choice(QUARTERS)}"),
            ]
        )
        city = random_.choice(sorted(CITIES))
        lat, lon = CITIES[city]
        address = Address(
            street=f"Calle {random_.choice(STREETS)}",
            house_number=str(random_.randint(1, 3000)),
            city=city,
            postcode=f"2{random_.randint(1000, 1040)}",
            country="MX",
        )
        made.append(
            Facility(
                id=facility_id("left", str(number)),
                kind=kind,
                name=name,
                lon_lat=LonLat(lon + random_.gauss(0, 0.04), lat + random_.gauss(0, 0.04)),
                address=address,
                phones=(f"+52664{random_.randint(1_000_000, 9_999_999)}",),
            )
        )
    return made


def slip(random_: random.Random, text: str) -> str:
    at = random_.randrange(1, len(text) - 1)
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return random_.choice([text[:at] + text[at + 1 :], swapped, text[:at] + text[at] + text[at:]])


def retold(random_: random.Random, facility: Facility) -> Facility:
    """The same facility as another registry has it: capitals, slips, a point some 60 m off, parts left out."""
    name = facility.name.upper() if random_.random() < 0.5 else facility.name
    name = slip(random_, name) if random_.random() < 0.3 else name
    address = facility.address
    if random_.random() < 0.2:
        address = msgspec.structs.replace(address, street=slip(random_, address.street or ""))
    if random_.random() < 0.15:
        address = Address(city=address.city)
    lon, lat = facility.lon_lat
    return msgspec.structs.replace(
        facility,
        id=facility_id("right", facility.id),
        name=name,
        address=address,
        lon_lat=LonLat(lon + random_.gauss(0, 0.0005), lat + random_.gauss(0, 0.0005)),
        phones=facility.phones if random_.random() < 0.6 else (),
    )


@pytest.fixture(scope="module")
def registries() -> tuple[list[Facility], list[Facility], set[tuple[str, str]]]:
    random_ = random.Random(33)  # noqa: S311
    all_places = region(random_, 1700)
    left, others = all_places[:1000], all_places[1000:]
    shared = left[:700]
    right = [retold(random_, facility) for facility in shared + others[:300]]
    truth = {(ours.id, theirs.id) for ours, theirs in zip(shared, right, strict=False)}
    random_.shuffle(right)
    return left, right, truth


@pytest.fixture(scope="module")
def linked(registries: tuple[list[Facility], list[Facility], set[tuple[str, str]]]) -> list[tuple[str, str, float]]:
    return list(link(registries[0], registries[1]))


def test_what_is_linked_is_right_and_most_is_linked(
    registries: tuple[list[Facility], list[Facility], set[tuple[str, str]]], linked: list[tuple[str, str, float]]
) -> None:
    truth = registries[2]
    sure = {(one, two) for one, two, probability in linked if probability >= 0.95}
    precision, recall = len(sure & truth) / len(sure), len(sure & truth) / len(truth)
    assert precision >= 0.99, precision
    assert recall >= 0.85, recall


def test_pairs_are_of_left_and_right_likeliest_first(
    registries: tuple[list[Facility], list[Facility], set[tuple[str, str]]], linked: list[tuple[str, str, float]]
) -> None:
    left, right = ({facility.id for facility in side} for side in registries[:2])
    assert all(one in left and two in right and 0.05 <= probability <= 1.0 for one, two, probability in linked)
    assert [pair[2] for pair in linked] == sorted((pair[2] for pair in linked), reverse=True)


def test_the_same_again_and_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    random_ = random.Random(8)  # noqa: S311
    left = region(random_, 200)
    right = [retold(random_, facility) for facility in left]
    level = logging.getLogger("splink").level
    once = list(link(iter(left), iter(right)))
    assert len(once) >= 150
    assert list(link(left, right)) == once
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("splink").level == level


def test_contradicting_identifiers_are_never_linked() -> None:
    random_ = random.Random(5)  # noqa: S311
    left = [msgspec.structs.replace(facility, identifiers={"clues": f"A{n}"}) for n, facility in enumerate(region(random_, 150))]
    right = [
        msgspec.structs.replace(facility, id=facility.id + "r", identifiers={"clues": f"A{n}" if n % 2 else f"B{n}"})
        for n, facility in enumerate(left)
    ]
    pairs = {(one, two) for one, two, _ in link(left, right)}
    assert all((one.id, two.id) not in pairs for one, two in list(zip(left, right, strict=True))[::2])
    assert sum((one.id, two.id) in pairs for one, two in list(zip(left, right, strict=True))[1::2]) >= 70


def test_without_splink_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(NotReady, match=r"pip install 'finder\[registries\]'"):
        link([], [])


def test_too_few_and_twice_the_same() -> None:
    places = region(random.Random(1), FEWEST_FACILITIES)  # noqa: S311
    with pytest.raises(BadInput, match="fewer than 100"):
        link(places[1:], places)
    with pytest.raises(BadInput, match="twice"):
        link([*places, places[0]], places)
