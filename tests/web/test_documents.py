"""With what a person can cross a border: asked where it matters, used for the one answer, and in no address."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from litestar.testing import TestClient

from finder.app import create_app
from finder.config import settings_from_environment
from finder.directions.borders import Borders, Documents, FileWaits, WaitBook
from finder.domain.facility import Address, FacilityKind
from finder.domain.place import Place, PlaceKind
from finder.domain.position import PositionFor, PositionSource
from finder.geo.points import LonLat
from tests.directory.ways import Roads

from .border_town import RIO, ROSARITO, SAN_YSIDRO, SOURCE, publish_border_town, write_port, write_waits
from .test_pages import FIX, Links
from .town import NOT_FOUND, facility, publish_town, services, site

NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""12:00 in Tijuana."""
NIGHT = NOON + timedelta(hours=10)
ASKED = {"place": "Zona Río", "sort": "travel_time"}
NAMED = [one.value for one in Documents]
WAY = f"/facilities/{SAN_YSIDRO.id}/directions"


def in_tijuana(_request: Any, _language: str) -> PositionFor[Any]:
    return PositionFor(lon_lat=RIO, accuracy_m=900.0, source=PositionSource.IP, label="Tijuana")


def opened(folder: Path, at: datetime = NOON, locate: Any = in_tijuana) -> TestClient[Any]:
    borders = Borders(WaitBook([FileWaits(write_waits(folder / "waits.json", at))]))
    client = TestClient(site(services(publish_border_town(folder), locate, now=lambda: at, borders=borders)))
    client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
    return client


@pytest.fixture
def tijuana(tmp_path: Path) -> Iterator[TestClient[Any]]:
    with opened(tmp_path) as client:
        yield client


def names(html: str) -> list[str]:
    return re.findall(r'<h3><a href="[^"]*">(.*?)</a>', html)


def chosen(html: str, field: str) -> list[str]:
    select = re.search(rf'<select id="{field}" name="documents".*?</select>', html, re.DOTALL)
    assert select
    return re.findall(r'<option value="(\w*)"[^>]* selected>', select[0])


def text(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " "))


def test_the_wait_in_ones_own_lane_flips_the_first_result_on_the_site(tmp_path: Path) -> None:
    """The whole application, its waits named by the operator's setting."""
    publish_border_town(tmp_path)
    waits = write_waits(tmp_path / "waits.json", datetime.now(UTC))
    settings = settings_from_environment({"FINDER_DATA_DIR": str(tmp_path), "FINDER_BORDER_WAITS": str(waits)})
    with TestClient(create_app(settings)) as client:
        client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        assert names(client.get("/", params=ASKED).text) == ["Clinic North", "Clinic South"]
        assert names(client.post("/", data={**ASKED, "documents": "sentri"}).text) == ["Clinic North", "Clinic South"]
        assert names(client.post("/", data={**ASKED, "documents": "general"}).text) == ["Clinic South", "Clinic North"]
        assert names(client.post("/", data={**ASKED, "documents": "none"}).text) == ["Clinic South"]


@pytest.mark.parametrize("sort", ["travel_time", "best", "distance"])
def test_without_documents_nothing_lies_across(tijuana: TestClient[Any], sort: str) -> None:
    html = tijuana.post("/", data={**ASKED, "sort": sort, "documents": "none"}).text
    assert names(html) == ["Clinic South"]
    assert "Only this side of the border is shown" in html
    assert chosen(html, "documents") == chosen(html, "my-documents") == ["none"]


def test_who_has_said_nothing_is_asked_where_a_result_lies_across(tijuana: TestClient[Any]) -> None:
    html = tijuana.get("/", params=ASKED).text
    assert "Can you cross? Say with what: then the wait is counted." in html
    assert '<form id="crossing" action="/" method="post">' in html
    assert 'action="/" method="post" id="ask"' in html  # nor does the form's own choice go into an address
    assert chosen(html, "documents") == chosen(html, "my-documents") == [""]
    assert "the wait there is not in the estimate" in html


def test_in_an_emergency_nobody_is_asked_for_papers(tmp_path: Path) -> None:
    hospital = msgspec.structs.replace(SAN_YSIDRO, id="town0099", kind=FacilityKind.HOSPITAL, services=("emergency room",))
    directory = publish_border_town(tmp_path, hospital)
    with TestClient(site(services(directory, in_tijuana, now=lambda: NOON))) as client:
        html = client.get("/", params={**ASKED, "words": "chest pain"}, headers={"Accept-Language": "en-GB"}).text
    assert 'class="emergency"' in html
    assert "Across the border" in text(html)
    assert 'id="crossing"' not in html


def test_far_from_every_border_nothing_is_asked(client: TestClient[Any]) -> None:
    """In Helsinki."""
    html = client.get("/").text
    assert 'id="crossing"' not in html
    assert '<div class="field" id="documents-field" hidden>' in html
    assert re.search(r'<select id="documents" [^>]*disabled>', html)
    assert 'action="/" method="get" id="ask"' in html


def test_near_a_border_the_form_asks_though_no_result_lies_across(tijuana: TestClient[Any]) -> None:
    html = tijuana.get("/", params={**ASKED, "words": "Clinic South"}).text
    assert names(html) == ["Clinic South"]
    assert 'id="crossing"' not in html
    assert '<div class="field" id="documents-field">' in html


def test_the_wait_is_told_with_its_lane_source_and_age(tijuana: TestClient[Any]) -> None:
    html = tijuana.post("/", data={**ASKED, "documents": "sentri"}).text
    told = text(html)
    assert "You cross the border at San Ysidro: SENTRI lane." in told
    assert f"The wait there: about 20 min. Measured 15 min ago (11:45) by: {SOURCE}." in told
    assert "the wait there is counted" in told
    assert "not in the estimate" not in told
    assert re.search(r"about \d+\u2013\d+ min by car", told)
    spanish = text(tijuana.post("/", data={**ASKED, "documents": "sentri"}, headers={"Accept-Language": "es-MX"}).text)
    assert "Cruza la frontera en San Ysidro (El Chaparral): carril SENTRI." in spanish
    assert "Medida hace 15 min" in spanish
    assert ".." not in spanish.replace("...", "")


@pytest.mark.parametrize("documents", NAMED)
def test_documents_are_in_no_address(tijuana: TestClient[Any], documents: str) -> None:
    """Nor do they leave by a cookie, a link, a hidden field of a form that is not posted, or the header of the referrer."""
    for answer in (
        tijuana.post("/", data={**ASKED, "words": "clinic", "documents": documents}),
        tijuana.post(WAY, data={"place": "Zona Río", "mode": "car", "documents": documents}),
    ):
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "private, no-store"
        assert not [address for address in Links(answer.text).addresses if "documents" in unquote(unescape(address))]
        assert not re.findall(r'type="hidden"[^>]*documents', answer.text)
        for form in re.findall(r'<form[^>]*method="get".*?</form>', answer.text, re.DOTALL):
            assert not re.search(r'name="documents"(?![^>]*disabled)', form)
        assert 'hreflang="es"' in answer.text
        switch = re.search(r'<a href="([^"]+)" hreflang="es"', answer.text)
        assert switch
        assert "place=Zona" in switch[1]
        assert switch[1].startswith("?")


@pytest.mark.parametrize("path", ["/", WAY])
@pytest.mark.parametrize("documents", [*NAMED, "library_card"])
def test_what_an_address_says_of_documents_is_not_heard(tijuana: TestClient[Any], path: str, documents: str) -> None:
    html = tijuana.get(path, params={**ASKED, "documents": documents}).text
    assert html == tijuana.get(path, params=ASKED).text


def test_a_form_without_documents_leads_to_the_pages_own_address(tijuana: TestClient[Any]) -> None:
    """So without a script, too, an address can be kept, and the way back asks nothing."""
    asked = {**ASKED, "what": "", "documents": ""}
    found = tijuana.post("/", data=asked, follow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (303, "/?place=Zona+R%C3%ADo&sort=travel_time")
    way = tijuana.post(WAY, data={**asked, "mode": "car", "avoid": ""}, follow_redirects=False)
    assert (way.status_code, way.headers["location"]) == (303, f"{WAY}?place=Zona+R%C3%ADo&sort=travel_time&mode=car")
    assert tijuana.post("/facilities/nobody/directions", data=asked).status_code == 404


@pytest.mark.parametrize("path", ["/", WAY])
def test_only_our_own_pages_post(tijuana: TestClient[Any], path: str) -> None:
    form = {"place": "Zona Río", "documents": "sentri"}
    assert tijuana.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert tijuana.post(path, data={**form, "who": "me"}).status_code == 400
    assert tijuana.post(path, data={**form, "lat": "32.5"}).status_code == 400
    refused = tijuana.post(path, data={**form, "documents": "library_card"})
    assert refused.status_code == 400
    assert "library_card" not in refused.text


def test_documents_go_along_to_the_directions_of_what_lies_across(tijuana: TestClient[Any]) -> None:
    html = tijuana.post("/", data={**ASKED, "documents": "sentri"}).text
    [button] = re.findall(r'<button [^>]*form="crossing" formaction="([^"]+)"', html)
    assert button == WAY
    assert f'href="/facilities/{ROSARITO.id}/directions?' in html
    way = text(tijuana.post(button, data={**ASKED, "documents": "sentri"}).text)
    assert "You cross the border at San Ysidro: SENTRI lane." in way


def test_more_of_a_list_keeps_the_documents(tijuana: TestClient[Any]) -> None:
    html = tijuana.post("/", data={**ASKED, "show": "1", "documents": "general"}).text
    assert names(html) == ["Clinic South"]
    assert '<button class="button line-button more" type="submit" form="crossing" formaction="/#card-2" name="show"' in html


def test_near_a_device_documents_count_as_well(tijuana: TestClient[Any]) -> None:
    form = {**FIX, "lat": str(RIO.lat), "lon": str(RIO.lon), "sort": "travel_time"}
    assert names(tijuana.post("/results", data={**form, "documents": "none"}).text) == ["Clinic South"]
    assert "Can you cross?" in tijuana.post("/results", data=form).text


def test_an_unknown_place_leaves_the_choice_in_the_form(tijuana: TestClient[Any]) -> None:
    html = tijuana.post("/", data={"place": NOT_FOUND, "documents": "sentri"}).text
    assert f"We found no place called “{NOT_FOUND}”" in html
    assert chosen(html, "documents") == ["sentri"]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en-GB", "Closed when you would get there: medical lane."),
        ("es-MX", "Cerrado a la hora en que llegaría: carril médico."),
    ],
)
def test_a_medical_lane_that_is_closed_at_that_hour_is_told(tmp_path: Path, language: str, told: str) -> None:
    with opened(tmp_path, NIGHT) as tijuana:
        form = {"place": "Zona Río", "mode": "car", "documents": "medical_fast_lane"}
        assert told in text(tijuana.post(WAY, data=form, headers={"Accept-Language": language}).text)
        search = {**ASKED, "documents": "medical_fast_lane"}
        assert told in text(tijuana.post("/", data=search, headers={"Accept-Language": language}).text)


def test_a_medical_lane_that_is_open_is_not_called_closed(tijuana: TestClient[Any]) -> None:
    told = text(tijuana.post(WAY, data={"place": "Zona Río", "mode": "car", "documents": "medical_fast_lane"}).text)
    assert "You cross the border at" in told
    assert "Closed when you would get there" not in told


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        ("", "Tell us what you can cross with"),
        ("none", "you cross with nothing: choose a place on this side"),
    ],
)
def test_to_say_nothing_is_not_to_cross_with_nothing(tijuana: TestClient[Any], documents: str, said: str) -> None:
    html = tijuana.post(WAY, data={"place": "Zona Río", "mode": "car", "documents": documents}).text
    assert chosen(html, "documents") == [documents]
    assert said in text(html)
    told = re.findall(r'<option value="(\w*)"[^>]*>(.*?)</option>', html)
    assert ("", "Not said") in told
    assert ("none", "Nothing: only this side") in told


@pytest.mark.parametrize(
    ("documents", "mode", "is_led", "is_asked"),
    [
        ("", "car", False, True),
        ("none", "car", False, True),
        ("general", "car", True, True),
        ("general", "transit", False, False),
    ],
)
def test_no_map_app_leads_where_we_do_not(tmp_path: Path, documents: str, mode: str, is_led: bool, is_asked: bool) -> None:
    """All ways that are known lead through another country, though the place is in this one."""
    town = publish_border_town(tmp_path)
    roads = Roads(shape=[RIO, LonLat(-117.03, 32.60), ROSARITO.lon_lat])
    with TestClient(site(services(town, in_tijuana, now=lambda: NOON, router=roads))) as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        way = f"/facilities/{ROSARITO.id}/directions"
        html = client.post(way, data={"place": "Zona Río", "mode": mode, "documents": documents}).text
    assert "leads through another country" in html
    assert ("https://www.google.com/maps/" in html) is is_led
    assert ('class="apps"' in html) is is_led
    assert ('<select id="documents"' in html) is is_asked


def test_ports_of_the_operators_own_are_those_of_all_pages(tmp_path: Path) -> None:
    """The whole application, by the one port between two countries of which the finder's own file knows nothing."""
    at_the_gate = Place(
        name="Vaalimaa", kind=PlaceKind.STREET, lon_lat=LonLat(27.80, 60.58), radius_m=100.0, city="Virolahti", country="FI"
    )
    there = facility(95, "Clinic East", FacilityKind.CLINIC, 28.75, 60.71, address=Address(city="Vyborg", country="RU"))
    publish_town(tmp_path, [there], known=[at_the_gate])
    own = {"FINDER_BORDER_PORTS": str(write_port(tmp_path / "own.toml"))}
    asked, way = {"place": "Vaalimaa"}, f"/facilities/{there.id}/directions"
    for variables, is_known in (({}, False), (own, True)):
        with TestClient(create_app(settings_from_environment({"FINDER_DATA_DIR": str(tmp_path), **variables}))) as client:
            client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
            found = client.get("/", params=asked).text
            assert ("Can you cross?" in found) is is_known
            assert ('<div class="field" id="documents-field">' in found) is is_known
            led = text(client.post(way, data={**asked, "mode": "car", "documents": "general"}).text)
            assert ("You cross the border at The Gate: general lane." in led) is is_known
            assert ("we know of no border crossing" in led) is not is_known
