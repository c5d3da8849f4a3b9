"""The pages of practitioners, who works at a place, and the page to browse, as a browser without JavaScript sees them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from finder.care.specialties import specialties
from finder.directory import Directory
from finder.domain.facility import Provenance
from finder.domain.practitioner import Role
from finder.web.accepting import accepting_line
from finder.web.find import question_from
from finder.web.language import Reader
from finder.web.staff import MOST_STAFF, staff_of

from .practice import CLINIC, DOCTOR, FACILITIES, HOSPITAL, HOSTILE, NOWHERE, PEOPLE, ROLES, THERAPIST, publish_practice
from .town import HOSTILE_NAME, MONDAY_NOON, services, site

ENGLISH = Reader("en", Locale("en", "GB"), miles=False)


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text of scripts that a browser would run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.run: list[str] = []
        self._runs = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._runs = tag == "script" and dict(attrs).get("type") != "application/ld+json"

    def handle_endtag(self, tag: str) -> None:
        self._runs = False

    def handle_data(self, data: str) -> None:
        if self._runs and data.strip():
            self.run.append(data)


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    return publish_practice(tmp_path_factory.mktemp("practice"))


@pytest.fixture
def client(practice: Directory) -> Iterator[TestClient[Any]]:
    with TestClient(site(services(practice))) as client:
        client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html"})
        yield client


def plain(html: str) -> str:
    """The text of the body as a person reads it."""
    body = re.sub(r"<script.*?</script>", "", html.partition("<body>")[2], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en-GB",
            (
                "Dr. Ana Ejemplo Cardiology, Internal Medicine · fictional",
                "Languages spoken Finnish and Spanish", "Gender Woman",
                "Places of work 1 Northern Light Clinic Clinic or health centre",
                "Accepting new patients as of 3 November 2026 Address Esimerkkikatu 1, Helsinki",
                "Call +358 9 31050199", "Open now until 15:00", "Wed 25 Nov 09:00\u201315:00 Thu 26 Nov Closed",
                "Visits by video or phone Yes Plans accepted Seguro Ficticio",
                "2 Old Harbour Hospital Hospital Hours not known",
                "Not accepting new patients as of 3 November 2025, over 1 year ago: ask Specialties Internal Medicine",
                "Hours Not known. Call before you go.",
                "town doctors Name, Specialties, New patients 3 November 2026 town doctors New patients 3 November 2025",
            ),
        ),
        (
            "es-MX",
            (
                "Dr. Ana Ejemplo Cardiología, Medicina interna · fictional", "Idiomas que se hablan finés y español",
                "Género Mujer", "Lugares donde atiende 1 Northern Light Clinic",
                "Acepta pacientes nuevos al 3 de noviembre de 2026", "Consultas por video o teléfono Sí",
                "No acepta pacientes nuevos al 3 de noviembre de 2025, hace más de 1 año: pregunte",
            ),
        ),
    ],
)  # fmt: skip
def test_what_is_known_of_a_practitioner(client: TestClient[Any], language: str, texts: tuple[str, ...]) -> None:
    shown = plain(client.get(f"/practitioners/{DOCTOR}", headers={"Accept-Language": language}).text)
    for text in texts:
        assert text in shown


def test_hours_of_the_place_are_not_those_of_the_doctor(client: TestClient[Any]) -> None:
    """The hospital is open at noon; whether the doctor is there nobody has said."""
    assert "Open now" in plain(client.get(f"/facilities/{HOSPITAL}").text)
    shown = plain(client.get(f"/practitioners/{DOCTOR}").text).partition("Old Harbour Hospital")[2]
    assert "07:00" not in shown
    assert "Open now" not in shown


def test_plans_of_the_place_are_told_as_such(client: TestClient[Any]) -> None:
    shown = plain(client.get(f"/practitioners/{THERAPIST}").text)
    assert "Plans accepted at this place Ask whether they hold for this doctor. Plan Imaginario / Red Norte" in shown
    assert "Ask whether new patients are accepted" in shown
    assert "Place of work" in shown
    assert "Languages spoken" not in shown


def test_where_only_an_address_is_known(client: TestClient[Any]) -> None:
    html = client.get(f"/practitioners/{NOWHERE}").text
    assert "1 Otrokatu 9, Helsinki Hours not known call before you go" in plain(html)
    assert "Accepting new patients date not known: ask" in plain(html)
    assert "tel:+358931050142" in html
    assert "data-lon" not in html
    assert "openstreetmap.org/directions" not in html


def test_the_question_goes_along_and_back(client: TestClient[Any]) -> None:
    question = question_from({"place": "Kamppi", "within": "5km"}).query()
    html = client.get(f"/facilities/{CLINIC}{question}").text
    link = re.search(rf'href="(/practitioners/{DOCTOR}[^"]*)"', html)
    assert link
    page = client.get(unescape(link[1])).text
    assert f'<p class="back"><a href="/{question.replace("&", "&amp;")}">' in page
    assert f'href="/facilities/{CLINIC}{question.replace("&", "&amp;")}"' in page
    assert f'<link rel="canonical" href="/practitioners/{DOCTOR}">' in page


@pytest.mark.parametrize("query", ["?lat=60.17&lon=24.94", "?kind=witchcraft&place=Kamppi"])
def test_what_no_form_sends_goes_nowhere(client: TestClient[Any], query: str) -> None:
    answer = client.get(f"/practitioners/{DOCTOR}{query}")
    assert answer.status_code == 200
    assert '<p class="back"><a href="/">' in answer.text


@pytest.mark.parametrize("path", [f"/practitioners/{DOCTOR}", f"/facilities/{CLINIC}", "/care"])
def test_each_language_has_an_address_of_its_own(client: TestClient[Any], path: str) -> None:
    def links(html: str) -> dict[str, str]:
        heads = (attributes for tag, attributes in Elements(html).found if tag == "link")
        return {str(one.get("hreflang") or one["rel"]): str(one["href"]) for one in heads}

    alternates = {"en": f"{path}?lang=en", "es": f"{path}?lang=es", "x-default": path}
    for query in ("", "?lang=es", "?lang=xx", "?utm=x"):
        found = links(client.get(path + query).text)
        assert found["canonical"] == (path + query if query == "?lang=es" else path)
        assert {name: found[name] for name in alternates} == alternates


def test_who_works_here(client: TestClient[Any]) -> None:
    shown = plain(client.get(f"/facilities/{CLINIC}").text)
    assert "Who works here Cardiology (1) Dr. Ana Ejemplo , fictional Accepting new patients as of 3 November 2026" in shown
    assert "Languages: Finnish and Spanish Physical Therapy (1) Ben Ejemplo Ask whether new patients are accepted" in shown
    spanish = plain(client.get(f"/facilities/{CLINIC}", headers={"Accept-Language": "es"}).text)
    assert "Quién atiende aquí Cardiología (1)" in spanish
    assert "Idiomas: finés y español" in spanish


def test_the_very_many_are_not_all_listed(practice: Directory) -> None:
    listing = practice.current().listings_at(CLINIC)[0]
    other = PEOPLE[1]
    people = [
        (FACILITIES[0], type(listing[1])(practitioner=type(other)(id=f"p{number}", name=f"P {number}")), ROLES[2])
        for number in range(MOST_STAFF + 7)
    ]
    staff = staff_of([*people, people[0]], MONDAY_NOON, ENGLISH)
    assert staff.listed == MOST_STAFF
    assert staff.unlisted == 7
    assert [group.specialty for group in staff.groups] == ["Other care"]


def test_a_holiday_is_called_one(practice: Directory) -> None:
    """6 December is a holiday in Finland, of which the hospital's hours say nothing."""
    with TestClient(site(services(practice, now=lambda: datetime(2026, 12, 3, 10, 0, tzinfo=UTC)))) as client:
        english = plain(client.get(f"/facilities/{HOSPITAL}", headers={"Accept-Language": "en-GB"}).text)
        spanish = plain(client.get(f"/facilities/{HOSPITAL}", headers={"Accept-Language": "es-MX"}).text)
    assert "Sun 6 Dec Holiday: hours not confirmed Mon 7 Dec 07:00\u201321:00" in english
    assert "Día festivo: horario sin confirmar" in spanish


@pytest.mark.parametrize("path", [f"/practitioners/{HOSTILE}", "/facilities/town0003"])
def test_hostile_text_is_only_text(client: TestClient[Any], path: str) -> None:
    html = client.get(path).text
    elements = Elements(html)
    assert not elements.run
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on") or name == "style"]
    assert HOSTILE_NAME not in html
    assert HOSTILE_NAME in unescape(html)
    assert html.count("</script>") == html.count("<script")


@pytest.mark.parametrize("id_", ["nobody", "x" * 5000, "%00", "é"])
def test_no_such_practitioner(client: TestClient[Any], id_: str) -> None:
    answer = client.get(f"/practitioners/{id_}")
    assert answer.status_code == 404
    assert "<h1>Page not found</h1>" in answer.text


def test_a_visit_without_a_host_makes_no_address(client: TestClient[Any]) -> None:
    answer = client.get(f"/practitioners/{DOCTOR}", headers={"Host": 'evil"><script>'})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@given(st.integers(0, 4000), st.booleans())
def test_the_age_of_a_word_about_new_patients(days: int, accepts: bool) -> None:
    told = {"accepting_new_patients": Provenance("t", MONDAY_NOON.date() - timedelta(days=days))}
    line = accepting_line(
        Role(id="r", practitioner_id="p", accepting_new_patients=accepts, provenance=told), MONDAY_NOON, ENGLISH
    )
    assert line.label == ("Accepting new patients" if accepts else "Not accepting new patients")
    if days <= 90:
        assert line.state == ("open" if accepts else "closed")
        assert "ago" not in line.detail
    else:
        assert line.state == "unknown"
        found = re.search(r"over (\d+) (month|year)s? ago: ask$", line.detail)
        assert found
        unit_days = {"month": 31, "year": 365.25}[found[2]]
        assert int(found[1]) >= 1
        assert int(found[1]) * unit_days <= days < (int(found[1]) + 1) * unit_days + 1


def test_a_date_in_the_future_is_no_age() -> None:
    told = {"accepting_new_patients": Provenance("t", date(2030, 1, 1))}
    role = Role(id="r", practitioner_id="p", accepting_new_patients=True, provenance=told)
    assert accepting_line(role, MONDAY_NOON, ENGLISH).detail == "as of 1 January 2030"


@pytest.mark.parametrize("language", ["en", "es"])
def test_all_care_can_be_browsed(client: TestClient[Any], language: str) -> None:
    html = client.get("/care", headers={"Accept-Language": language}).text
    names = {care.name(language) for care in specialties().all}
    links = [str(attributes["href"]) for tag, attributes in Elements(html).found if tag == "a"]
    searches = [link for link in links if link.startswith("/?words=")]
    assert {question_from(dict(_pairs(link))).words for link in searches} == names
    assert len(searches) == len(names)
    shown = plain(html)
    assert all(name in shown for name in names)
    letters = re.findall(r'<h2 id="(\w)">', html)
    assert letters == sorted(letters)
    assert [f"#{letter}" for letter in letters] == [link for link in links if re.fullmatch(r"#[A-Z]", link)]


def test_the_plans_that_are_taken(client: TestClient[Any]) -> None:
    html = client.get("/care").text
    assert 'href="/?plan=seguro-ficticio"' in html
    assert "Plan Imaginario 1 place, 1 doctor's listing Plan Imaginario / Red Norte 1 place, 1 doctor's listing" in plain(html)
    assert "Seguro Ficticio 1 doctor's listing" in plain(html)


def _pairs(link: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(link).query)
