"""Which language a person gets, and whether the catalogue says everything."""

import re
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from litestar.testing import TestClient

import finder.web
from finder.directory import Directory
from finder.domain.facility import Facility, FacilityKind
from finder.domain.position import PositionFor, PositionSource
from finder.privacy.retention import KINDS
from finder.web.formats import clock_text, distance_text, phone_link, range_text, safe_website
from finder.web.labels import FIELD_LABELS, KIND_LABELS
from finder.web.language import LOCALES_DIR, Reader

from .town import CENTRE, services, site

NO_BREAK = "\u00a0"
_A_DISTANCE = re.compile(r"\d\u00a0(km|m|mile|milla|ft|pies)s?\b")
WEB = Path(finder.web.__file__).parent
MEXICO = Reader("es", Locale("es", "MX"), miles=False)
SPAIN = Reader("es", Locale("es", "ES"), miles=False)
USA = Reader("en", Locale("en", "US"), miles=True)


def lang(html: str) -> str:
    found = re.search(r'<html lang="(\w+)">', html)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US", "en"),
        ("fr, es;q=0.5, en;q=0.4", "es"),
        ("en;q=0.2, es;q=0.3", "es"),
        ("fi", "en"),
        ("", "en"),
        ("*;q=0.1", "en"),
        ("es;q=nonsense", "en"),
        ("-;;,q=,%%" * 50, "en"),
    ],
)
def test_the_header_chooses(client: TestClient[Any], header: str, expected: str) -> None:
    assert lang(client.get("/", headers={"Accept-Language": header}).text) == expected


def test_the_switch_is_remembered_and_beats_the_header(client: TestClient[Any]) -> None:
    page = client.get("/?place=Kamppi")
    switch = re.search(r'<a href="([^"]+)" hreflang="es" lang="es"', page.text)
    assert switch
    assert switch[1] == "?place=Kamppi&amp;lang=es"
    answer = client.get(f"/{switch[1].replace('&amp;', '&')}")
    assert lang(answer.text) == "es"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("finder_preferences=es;")
    assert "SameSite=lax" in cookie
    assert "Max-Age=31536000" in cookie
    assert "Secure" not in cookie
    assert lang(client.get("/").text) == "es"


def test_a_link_on_another_site_is_nobodys_choice(client: TestClient[Any]) -> None:
    for site_of_the_link in ("cross-site", "same-site", "none"):
        answer = client.get("/?lang=es", headers={"Sec-Fetch-Site": site_of_the_link})
        assert lang(answer.text) == "es"
        assert "set-cookie" not in answer.headers


def test_the_switch_of_language_keeps_the_units(client: TestClient[Any]) -> None:
    client.cookies.set("finder_preferences", "en.mi")
    assert client.get("/?lang=es").headers["set-cookie"].startswith("finder_preferences=es.mi;")


@pytest.mark.parametrize(
    ("header", "cookie", "unit"),
    [
        ("en-GB", "mi", "mi"),
        ("en-US", "km", "km"),
        ("en-US", "es.km", "km"),
        ("es-MX", "mi.es", "mi"),
        ("en-US", "en", "mi"),
        ("en-US", "", "mi"),
        ("en-GB", "furlongs", "km"),
        ("en-GB", "..mi.km.", "km"),
        ("es-MX", "x" * 4000, "km"),
    ],
)
def test_units_are_those_of_the_cookie_else_of_the_region(client: TestClient[Any], header: str, cookie: str, unit: str) -> None:
    html = client.get("/?place=Torikatu", headers={"Accept-Language": header, "Cookie": f"finder_preferences={cookie}"}).text
    shown = {"mi" if name in {"ft", "pies", "mile", "milla"} else "km" for name in re.findall(_A_DISTANCE, html)}
    assert shown == {unit}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/privacy?lat=60.1699&lon=24.9384", "?lang=es"),
        ("/?kind=clinic&utm_source=x&within=5km&show=20&lang=en", "?kind=clinic&amp;within=5km&amp;show=20&amp;lang=es"),
        ("/facilities/nobody?place=Kamppi", "?place=Kamppi&amp;lang=es"),
    ],
)
def test_the_switch_takes_only_our_own_parameters_along(client: TestClient[Any], path: str, expected: str) -> None:
    switch = re.search(r'<a href="([^"]+)" hreflang="es"', client.get(path).text)
    assert switch
    assert switch[1] == expected


def test_the_name_of_a_network_address_is_asked_for_in_the_readers_language(town: Directory) -> None:
    def locate(_request: Any, language: str) -> PositionFor[Any]:
        label = {"en": "Helsinki", "es": "La ciudad de Helsinki"}[language]
        return PositionFor(lon_lat=CENTRE, accuracy_m=5000.0, source=PositionSource.IP, label=label)

    with TestClient(site(services(town, locate))) as client:
        assert "La ciudad de Helsinki" in client.get("/", headers={"Accept-Language": "es-MX"}).text
        assert "nearest to Helsinki" in client.get("/", headers={"Accept-Language": "fi, en"}).text


def test_the_cookie_is_secure_over_https(client: TestClient[Any]) -> None:
    assert "Secure" in client.get("https://testserver.local/?lang=es").headers["set-cookie"]


def test_no_cookie_without_the_switch(client: TestClient[Any]) -> None:
    assert "set-cookie" not in client.get("/").headers
    assert "set-cookie" not in client.get("/?lang=xx").headers


def test_every_text_of_code_and_templates_has_its_spanish() -> None:
    used = {
        message
        for _, _, message, _, _ in extract_from_dir(
            WEB,
            method_map=[("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")],
            keywords={"N_": None, "text": None, "plural": (1, 2), "gettext": None, "ngettext": (1, 2)},
        )
    }
    with (LOCALES_DIR / "es" / "LC_MESSAGES" / "finder.po").open("rb") as file:
        catalogue = read_po(file, locale="es", abort_invalid=True)
    translated = {message.id for message in catalogue if message.id and message.string and not message.fuzzy}
    assert len(used) > 100
    assert {str(message) for message in used - translated} == set()
    assert {str(message) for message in translated - used} == set()
    for message in catalogue:
        if message.id:
            assert not list(message.check(catalogue)), message.id  # placeholders and plurals are those of the English


def test_a_receipt_has_one_word_and_the_end_of_a_session_is_told_as_it_is() -> None:
    """The same in the catalogue and in the table of what ends when: browsers bring sessions back, and a yes is for a year."""
    with (LOCALES_DIR / "es" / "LC_MESSAGES" / "finder.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    texts = [(str(message.id), str(message.string)) for message in catalogue if message.id]
    texts += [(text.en, text.es) for kind in KINDS for text in (kind.what, kind.why, kind.until)]
    receipts = [spanish.lower() for english, spanish in texts if "receipt" in english.lower()]
    assert [spanish for spanish in receipts if "constancia" not in spanish] == []
    assert [spanish for _, spanish in texts if re.search("comprobante|recibo", spanish.lower())] == []
    english = {english for english, _ in texts}
    assert "for this browser session, a year at most" in english
    ends = [text for text in english if re.search("until you close|[^,] and is gone when you close|^when you close", text)]
    assert len(ends) > 1
    assert [text for text in ends if "bring back your last session" not in text] == []


def test_every_kind_and_field_has_a_label() -> None:
    assert set(KIND_LABELS) == set(FacilityKind)
    assert set(FIELD_LABELS) >= set(Facility.__struct_fields__) - {"id", "provenance"}


@pytest.mark.parametrize(
    ("distance_m", "reader", "expected"),
    [
        (344, MEXICO, "340 m"),
        (996, MEXICO, "1 km"),
        (2_340, MEXICO, "2.3 km"),
        (2_340, SPAIN, "2,3 km"),
        (14_499, MEXICO, "14 km"),
        (1_234_567, SPAIN, "1.235 km"),
        (1_609, USA, "1 mile"),
        (300, USA, "0.2 miles"),
        (70, USA, "230 ft"),
        (154, USA, "0.1 miles"),
    ],
)
def test_distances(distance_m: float, reader: Reader, expected: str) -> None:
    assert distance_text(distance_m, reader) == expected.replace(" ", NO_BREAK)


@pytest.mark.parametrize(
    ("low_m", "high_m", "reader", "expected"),
    [
        (2_000, 14_000, USA, "about 1\u20139 miles"),
        (0, 5_200, MEXICO, "hasta 6 km"),
        (2_000, 14_000, MEXICO, "entre 2 y 14 km"),
        (200, 900, MEXICO, "entre 0.2 y 0.9 km"),
        (7_010, 7_020, MEXICO, "unos 7 km"),
        (0, 10, MEXICO, "hasta 0.1 km"),
    ],
)
def test_ranges(low_m: float, high_m: float, reader: Reader, expected: str) -> None:
    assert range_text(low_m, high_m, reader).replace(NO_BREAK, " ") == expected


def test_clocks() -> None:
    assert clock_text(time(21, 30), SPAIN) == "21:30"
    assert clock_text(datetime(2026, 11, 23, 21, 30), USA) == "9:30\u202fPM"  # noqa: DTZ001 - only the clock is shown


@pytest.mark.parametrize(
    ("phone", "link"),
    [
        ("+52 664 123 4567", "tel:+526641234567"),
        ("(619) 555-0100", "tel:6195550100"),
        ("ask", None),
        ("1;ext=2", None),
        ("", None),
    ],
)
def test_phone_links(phone: str, link: str | None) -> None:
    assert phone_link(phone) == link


@pytest.mark.parametrize(
    ("website", "shown"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("a.example", "https://a.example"),
        ("javascript:alert(1)", None),
        ("mailto:someone@a.example", None),
        ("javascript://a.example/%0aalert(1)", None),
        ("data://text/html,x", None),
        ("https://", None),
        ("http://[bad", None),
        (None, None),
    ],
)
def test_websites(website: str | None, shown: str | None) -> None:
    assert safe_website(website) == shown
