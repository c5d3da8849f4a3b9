"""What pages tell machines: safe inside a page, in schema.org's words, and never more than is known."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from finder.care.specialties import CareKind, specialties
from finder.directory import Directory
from finder.directory.hours import week
from finder.domain.facility import Facility, FacilityKind
from finder.web.facility_view import today_at
from finder.web.medical_specialties import medical_specialties
from finder.web.structured_data import facility_data, script_text
from tests.facilities import facilities

from .practice import CLINIC, DOCTOR, FACILITIES, HOSPITAL, HOSTILE, NOWHERE, ROUGH, THERAPIST, publish_practice
from .town import HOSTILE_NAME, MONDAY_NOON, services, site

SITE = "http://testserver.local"
MEMBERS = frozenset(
    word
    for line in (
        "Anesthesia Cardiovascular CommunityHealth Dentistry DermatologicSurgery Dermatology DietNutrition Emergency Endocrine",
        "Gastroenterologic Genetic Geriatric Gynecologic Hematologic Infectious LaboratoryScience Midwifery Musculoskeletal",
        "Neurologic Nursing Obstetric Oncologic Optometric Otolaryngologic Pathology Pediatric PharmacySpecialty Physiotherapy",
        "PlasticSurgery Podiatric PrimaryCare Psychiatric PublicHealth Pulmonary Radiography Renal RespiratoryTherapy",
        "Rheumatologic SpeechPathology Surgical Toxicologic Urologic",
    )
    for word in line.split()
)
"""schema.org/MedicalSpecialty, all of it."""
PLACES = frozenset({"Hospital", "EmergencyService", "MedicalClinic", "Physician", "Dentist", "Pharmacy", "MedicalBusiness"})
"""Types of schema.org that are places: they have a point and hours."""
ORGANIZATIONS = frozenset(
    {"Hospital", "MedicalClinic", "Physician", "Dentist", "Pharmacy", "DiagnosticLab", "MedicalOrganization"}
)
"""Types that are a MedicalOrganization: they have specialties."""

texts = st.text(max_size=20) | st.sampled_from(
    ["</script>", "<!--<script>", "</SCRIPT >", "]]>", "\u2028", "&lt;", "{{ x }}", HOSTILE_NAME]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


class Scripts(HTMLParser):
    """The texts of the scripts of a page, and what follows them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self.tags: list[str] = []
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in_script = dict(attrs).get("type") == "application/ld+json"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data


@given(st.dictionaries(texts, values, max_size=4))
def test_no_text_ends_the_script(data: dict[str, Any]) -> None:
    text = script_text(data)
    assert not set("<>&").intersection(text)
    page = Scripts(f'<script type="application/ld+json">{text}</script><p>after</p>')
    assert page.tags == ["script", "p"]
    assert json.loads(page.scripts[0]) == data


@given(facilities())
def test_any_facility_can_be_told(facility: Facility) -> None:
    days = week(facility, today_at(facility, MONDAY_NOON))
    data = facility_data(facility, days, [], SITE, "es")
    assert json.loads(script_text(data)) == data
    assert None not in data.values()
    assert data["name"] == facility.name
    assert data["url"] == f"{SITE}/facilities/{facility.id}"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    return publish_practice(tmp_path_factory.mktemp("practice"))


@pytest.fixture
def client(practice: Directory) -> Iterator[TestClient[Any]]:
    with TestClient(site(services(practice))) as client:
        client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html"})
        yield client


def told(client: TestClient[Any], path: str) -> dict[str, Any]:
    scripts = Scripts(client.get(path).text).scripts
    assert len(scripts) == 1
    data = json.loads(scripts[0])
    assert data["@context"] == "https://schema.org"
    return data


def hours(entries: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    assert all(entry["validFrom"] == entry["validThrough"] for entry in entries)
    return [(entry["validFrom"], entry["dayOfWeek"].rpartition("/")[2], entry["opens"], entry["closes"]) for entry in entries]


def test_a_place(client: TestClient[Any]) -> None:
    data = told(client, f"/facilities/{CLINIC}")
    assert data["@type"] == "MedicalClinic"
    assert data["@id"] == data["url"] == f"{SITE}/facilities/{CLINIC}"
    assert data["telephone"] == ["+358931050151"]
    assert data["address"] == {
        "@type": "PostalAddress", "streetAddress": "Esimerkkikatu 1", "addressLocality": "Helsinki", "addressCountry": "FI",
    }  # fmt: skip
    assert data["geo"] == {"@type": "GeoCoordinates", "latitude": 60.1712, "longitude": 24.9402}
    assert data["healthPlanNetworkId"] == ["Plan Imaginario / Red Norte"]
    practised = {"https://schema.org/Cardiovascular", "Internal Medicine", "https://schema.org/Physiotherapy"}
    assert practised.issubset(data["medicalSpecialty"])
    found = hours(data["openingHoursSpecification"])
    assert found[0] == ("2026-11-23", "Monday", "08:00", "18:00")
    assert found[-1] == ("2026-11-29", "Sunday", "00:00", "00:00")
    assert len(found) == 7


def test_of_a_rough_place_there_is_no_point_and_of_no_hours_none(client: TestClient[Any]) -> None:
    data = told(client, f"/facilities/{ROUGH}")
    assert data["name"] == HOSTILE_NAME
    assert not {"geo", "openingHoursSpecification", "telephone", "sameAs"}.intersection(data)


def test_an_unknown_day_is_left_out(practice: Directory) -> None:
    """6 December is a holiday in Finland, of which the hospital's hours say nothing."""
    with TestClient(site(services(practice, now=lambda: datetime(2026, 12, 3, 10, 0, tzinfo=UTC)))) as client:
        days = [day for day, *_ in hours(told(client, f"/facilities/{HOSPITAL}")["openingHoursSpecification"])]
    assert days == [f"2026-12-{day:02}" for day in (3, 4, 5, 7, 8, 9)]


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("24/7", [("00:00", "23:59")]),
        ("Mo 08:00-12:00,14:00-24:00", [("08:00", "12:00"), ("14:00", "23:59")]),
        ("Mo 20:00-02:00", [("20:00", "02:00")]),
        ("Tu 08:00-12:00", [("00:00", "00:00")]),
        ('Mo 08:00-12:00 "by appointment"', []),
        ('"by appointment"', []),
        ("nonsense", []),
        (None, []),
    ],
)
def test_hours_in_the_words_of_search_engines(text: str | None, monday: list[tuple[str, str]]) -> None:
    facility = msgspec.structs.replace(FACILITIES[0], opening_hours=text)
    data = facility_data(facility, week(facility, MONDAY_NOON.date(), 1), [], SITE, "en")
    assert [(opens, closes) for *_, opens, closes in hours(data.get("openingHoursSpecification", []))] == monday


def test_a_physician_has_one_entry_for_each_place(client: TestClient[Any]) -> None:
    data = told(client, f"/practitioners/{DOCTOR}")
    clinic, hospital = data["@graph"]
    page = f"{SITE}/practitioners/{DOCTOR}"
    for number, one in enumerate((clinic, hospital), start=1):
        assert (one["@type"], one["name"], one["url"]) == ("Physician", "Dr. Ana Ejemplo", page)
        assert one["@id"] == f"{page}#place-{number}"
        assert one["knowsLanguage"] == ["fi", "es"]
        assert one["identifier"] == [{"@type": "PropertyValue", "propertyID": "NPI", "value": "1234567893"}]
    assert clinic["medicalSpecialty"] == ["https://schema.org/Cardiovascular", "Internal Medicine"]
    assert hospital["medicalSpecialty"] == ["Internal Medicine"]
    assert clinic["location"]["@id"] == f"{SITE}/facilities/{CLINIC}"
    assert clinic["telephone"] == ["+358931050199"]
    assert clinic["healthPlanNetworkId"] == ["Seguro Ficticio"]
    assert clinic["isAcceptingNewPatients"] is True
    assert hours(clinic["openingHoursSpecification"])[0] == ("2026-11-23", "Monday", "09:00", "15:00")
    # What was said of the hospital is a year old, and its own hours are not the doctor's.
    assert not {"isAcceptingNewPatients", "openingHoursSpecification", "healthPlanNetworkId"}.intersection(hospital)


def test_who_is_no_physician_is_a_person(client: TestClient[Any]) -> None:
    data = told(client, f"/practitioners/{THERAPIST}")
    assert (data["@type"], data["givenName"], data["familyName"], data["gender"]) == ("Person", "Ben", "Ejemplo", "male")
    assert data["hasOccupation"] == [{"@type": "Occupation", "name": "physical therapist"}]
    assert [place["@id"] for place in data["workLocation"]] == [f"{SITE}/facilities/{CLINIC}"]
    of_organizations = {"openingHoursSpecification", "medicalSpecialty", "isAcceptingNewPatients", "healthPlanNetworkId", "geo"}
    assert not of_organizations.intersection(data)


def test_where_only_an_address_is_known(client: TestClient[Any]) -> None:
    data = told(client, f"/practitioners/{NOWHERE}")
    assert data["@type"] == "Physician"
    assert data["address"]["streetAddress"] == "Otrokatu 9"
    assert data["telephone"] == ["+358931050142"]
    assert not {"geo", "location", "isAcceptingNewPatients"}.intersection(data)  # nobody knows when it was said


def test_hostile_text_is_only_text(client: TestClient[Any]) -> None:
    data = told(client, f"/practitioners/{HOSTILE}")
    assert data["name"] == f"{HOSTILE_NAME} </script>"
    assert data["honorificSuffix"] == HOSTILE_NAME


@pytest.mark.parametrize("kind", FacilityKind)
def test_each_kind_is_a_place_and_a_medical_organization(kind: FacilityKind) -> None:
    data = facility_data(msgspec.structs.replace(FACILITIES[0], kind=kind), (), [], SITE, "en")
    types = {data["@type"]} if isinstance(data["@type"], str) else set(data["@type"])
    assert types <= PLACES | ORGANIZATIONS
    assert types & PLACES
    assert types & ORGANIZATIONS


def test_specialties_are_members_of_the_list() -> None:
    found = {one.id: medical_specialties(one.id) for one in specialties().all if one.kind is CareKind.SPECIALTY}
    members = {member.removeprefix("https://schema.org/") for all_of_one in found.values() for member in all_of_one}
    assert members <= MEMBERS
    assert len(members) > 35
    assert found["cardiology"] == ("https://schema.org/Cardiovascular",)
    assert set(medical_specialties(specialties().get("2080P0202X").id)) == {
        "https://schema.org/Pediatric", "https://schema.org/Cardiovascular",
    }  # fmt: skip


def test_days_are_those_of_the_calendar(client: TestClient[Any]) -> None:
    for day, name, *_ in hours(told(client, f"/facilities/{CLINIC}")["openingHoursSpecification"]):
        date = datetime.fromisoformat(day)
        assert f"{date:%A}" == name
        assert timedelta() <= date - datetime(2026, 11, 23) < timedelta(days=7)  # noqa: DTZ001
