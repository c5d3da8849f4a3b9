"""Made-up doctors of the made-up town."""

from datetime import date

from finder.domain.facility import Provenance
from finder.domain.practitioner import Gender, Practitioner, Role

__all__ = ["PEOPLE", "ROLES"]

CARDIOLOGY, PAEDIATRIC_CARDIOLOGY = "207RC0000X", "2080P0202X"


def _accepting(day: date) -> dict[str, Provenance]:
    return {"accepting_new_patients": Provenance("town survey", day)}


PEOPLE = [
    Practitioner(
        id="doctor01", name="Dr. Aino Esimerkki", family="Esimerkki", credential="fictional", specialties=(CARDIOLOGY,),
        languages=("fi", "en"), gender=Gender.FEMALE,
    ),
    Practitioner(
        id="doctor02", name="Dra. Carmen Ejemplo", family="Ejemplo", credential="ficticia", specialties=(CARDIOLOGY,),
        languages=("es",), gender=Gender.FEMALE,
    ),
    Practitioner(
        id="doctor03", name="Dr. Ben Muestra", family="Muestra", credential="fictional", specialties=(PAEDIATRIC_CARDIOLOGY,),
        languages=("es", "en"), gender=Gender.MALE,
    ),
]  # fmt: skip
ROLES = [
    # town0001 is the clinic by the station, town0004 the hospital
    Role(
        id="role01", practitioner_id="doctor01", facility_id="town0001", phones=("+358931050191",),
        opening_hours="Mo-Fr 09:00-12:20", plans=("Seguro Ficticio",), accepting_new_patients=True, telehealth=True,
        provenance=_accepting(date(2026, 11, 3)),
    ),
    Role(id="role02", practitioner_id="doctor02", facility_id="town0004", plans=("Plan Imaginario / Red Norte",)),
    Role(
        id="role03", practitioner_id="doctor03", facility_id="town0001", accepting_new_patients=True,
        provenance=_accepting(date(2025, 11, 3)),
    ),
]  # fmt: skip
