"""Made-up doctors of the town of these tests, and their published snapshot."""

from datetime import date
from pathlib import Path

from finder.directory import Directory, publish
from finder.domain.facility import Address, Facility, FacilityKind, Provenance
from finder.domain.practitioner import Gender, Practitioner, Role
from finder.store import Store
from tests.directory.finding.worlds import World
from tests.stores import migrated_sqlite

from .town import HOSTILE_NAME, facility

CLINIC, HOSPITAL, ROUGH = "town0001", "town0002", "town0003"
DOCTOR, THERAPIST, HOSTILE, NOWHERE = "doctor", "therapist", "hostile", "nowhere"
_FRESH, _OLD = date(2026, 11, 3), date(2025, 11, 3)

FACILITIES: list[Facility] = [
    facility(
        1, "Northern Light Clinic", FacilityKind.CLINIC, 24.9402, 60.1712,
        phones=("+358931050151",), opening_hours="Mo-Fr 08:00-18:00", plans=("Plan Imaginario / Red Norte",),
    ),
    # 24 to 26 December are holidays in Finland, of which these hours say nothing.
    facility(2, "Old Harbour Hospital", FacilityKind.HOSPITAL, 24.9520, 60.1650, opening_hours="Mo-Su 07:00-21:00"),
    facility(3, HOSTILE_NAME, FacilityKind.OTHER, 24.9310, 60.1680, position_accuracy_m=1500.0, phones=("ask at the desk",)),
]  # fmt: skip


def _said(verified: date | None, *fields: str) -> dict[str, Provenance]:
    return {field: Provenance("town_doctors", verified) for field in fields}


PEOPLE = [
    Practitioner(
        id=DOCTOR, name="Dr. Ana Ejemplo", family="Ejemplo", credential="fictional", specialties=("207RC0000X", "207R00000X"),
        languages=("fi", "es"), gender=Gender.FEMALE, identifiers={"npi": "1234567893", "town_doctors": "7"},
        provenance=_said(_FRESH, "name", "specialties"),
    ),
    Practitioner(
        id=THERAPIST, name="Ben Ejemplo", given="Ben", family="Ejemplo", specialties=("225100000X",), gender=Gender.MALE
    ),
    Practitioner(id=HOSTILE, name=f"{HOSTILE_NAME} </script>", credential=HOSTILE_NAME, specialties=(HOSTILE_NAME,)),
    Practitioner(id=NOWHERE, name="Dr. Carla Sinlugar", specialties=("208000000X",)),
]  # fmt: skip
ROLES = [
    Role(
        id="r1", practitioner_id=DOCTOR, facility_id=CLINIC, phones=("+358931050199",), opening_hours="Mo,We 09:00-15:00",
        plans=("Seguro Ficticio",), accepting_new_patients=True, telehealth=True,
        provenance=_said(_FRESH, "accepting_new_patients"),
    ),
    Role(
        id="r2", practitioner_id=DOCTOR, facility_id=HOSPITAL, accepting_new_patients=False, telehealth=False,
        provenance=_said(_OLD, "accepting_new_patients"), specialties=("207R00000X",),
    ),
    Role(id="r3", practitioner_id=THERAPIST, facility_id=CLINIC, opening_hours="Mo-Su 09:00-12:00"),
    Role(id="r4", practitioner_id=HOSTILE, facility_id=ROUGH, phones=(HOSTILE_NAME,), plans=(HOSTILE_NAME,)),
    Role(
        id="r5", practitioner_id=NOWHERE, address=Address(street="Otrokatu", house_number="9", city="Helsinki", country="FI"),
        phones=("+358931050142",), accepting_new_patients=True,
    ),
]  # fmt: skip


def publish_practice(folder: Path) -> Directory:
    """Store and publish the doctors and their places in ``folder``."""
    with Store.open(migrated_sqlite(folder / "finder.sqlite")) as store:
        World(facilities=FACILITIES, people=PEOPLE, roles=ROLES).store_in(store)
        publish(store, folder / "snapshots")
    return Directory(folder / "snapshots")
