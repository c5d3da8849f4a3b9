"""The directions page as a browser without JavaScript sees it, and the answer to a device's position."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from litestar.testing import TestClient

from finder.directions.estimate import TravelMode
from finder.directions.rides import Ride, RideStop
from finder.directions.router import Avoid, StepKind
from finder.directory import Directory
from finder.domain.facility import Address, FacilityKind
from finder.domain.position import PositionFor, PositionSource
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline
from finder.privacy.policy import CURRENT_POLICY
from finder.web.static_files import STATIC_DIR

from .test_pages import FIX, Links
from .town import HOSTILE_NAME, NOT_FOUND, by_default, facility, publish_town, services, site
from .ways import TwoStreets

CLINIC, HOSPITAL = "/facilities/town0001/directions", "/facilities/town0004/directions"
WAY = "/facilities/town0004/way"
TORIKATU = "Torikatu, Helsinki"
EXACT = {**FIX, "consent": CURRENT_POLICY.isoformat()}


@pytest.fixture
def roads() -> TwoStreets:
    return TwoStreets()


@pytest.fixture
def on_roads(town: Directory, roads: TwoStreets) -> Iterator[TestClient[Any]]:
    with TestClient(site(services(town, router=roads))) as client:
        client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        yield client


def heading(html: str) -> str:
    found = re.search(r'<h2 id="way-heading" tabindex="-1">(.*?)</h2>', html)
    assert found
    return re.sub(r"<[^>]+>", "", found[1]).replace("\u00a0", " ")


def chosen_mode(html: str) -> list[str]:
    return re.findall(r'name="mode" value="(\w+)" checked', html)


def test_the_way_from_a_street(on_roads: TestClient[Any]) -> None:
    html = on_roads.get(CLINIC, params={"place": TORIKATU}).text
    assert "<h1>Directions to Northern Light Clinic</h1>" in html
    # 543 m along the parallel and 301 m along the meridian, at 1.25 m/s from 12:00 on
    assert heading(html) == "11 min on foot · 840 m"
    assert "Arrive at 12:11</span>" in html
    assert '<span class="badge open">Open when you arrive</span> until 18:00' in html
    assert "From: Torikatu, Helsinki, FI." in html
    assert chosen_mode(html) == ["foot"]
    assert re.findall(r'class="turn-text">(.*?)<', html) == [
        "Follow Parallel Street.",
        "Turn onto &lt;Meridian&gt;.",
        "You have arrived.",
    ]
    assert re.findall(r'class="turn-length">(.*?)<', html) == ["540\u00a0m", "300\u00a0m"]
    assert "estimate" not in html


def test_the_turns_are_of_the_line_on_the_map(on_roads: TestClient[Any]) -> None:
    html = on_roads.get(CLINIC, params={"place": TORIKATU}).text
    [line] = re.findall(r'data-polyline="([^"]*)"', html)
    shape = decode_polyline(unescape(line), precision=6)
    np.testing.assert_allclose(shape[[0, -1]], [[24.95, 60.1685], [24.9402, 60.1712]], atol=1e-6)
    parts = [(int(first), int(last)) for first, last in re.findall(r'data-first="(\d+)" data-last="(\d+)"', html)]
    assert parts == [(0, 4), (4, 8), (8, 8)]
    assert len(shape) == 9


def test_the_way_in_spanish(on_roads: TestClient[Any]) -> None:
    html = on_roads.get(CLINIC, params={"place": TORIKATU}, headers={"Accept-Language": "es-MX"}).text
    assert "<h1>Cómo llegar a Clínica Luz del Norte</h1>" in html
    assert heading(html) == "11 min a pie · 840 m"
    assert "Siga la calle Paralela." in html
    assert "Abierto cuando llegue" in html
    assert "Abrir en otra aplicación" in html


def test_from_a_network_address_there_is_only_an_estimate(on_roads: TestClient[Any], roads: TwoStreets) -> None:
    html = on_roads.get(HOSPITAL).text
    assert heading(html).endswith("as the crow flies (estimate)")
    assert heading(html).startswith("Up to ")
    assert "We only know roughly where you are" in html
    assert 'data-polyline=""' in html
    assert 'class="turn"' not in html
    assert roads.asked == []  # no way on roads begins where nobody may be


def test_where_nothing_is_known_of_the_start_nothing_is_said_of_the_way(town: Directory, roads: TwoStreets) -> None:
    with TestClient(site(services(town, by_default, router=roads))) as client:
        html = client.get(HOSPITAL, headers={"Accept-Language": "en"}).text
    assert heading(html) == "Where do you start?"
    assert "Arrive" not in html
    assert "data-polyline" not in html
    assert "https://www.google.com/maps/" in html


@pytest.mark.parametrize(("place", "mode"), [(TORIKATU, "foot"), ("Torikatu, Kuopio", "car")])
def test_what_is_near_is_walked_unless_somebody_says_otherwise(on_roads: TestClient[Any], place: str, mode: str) -> None:
    assert chosen_mode(on_roads.get(CLINIC, params={"place": place}).text) == [mode]
    assert chosen_mode(on_roads.get(CLINIC, params={"place": place, "mode": "wheelchair"}).text) == ["wheelchair"]


def test_tolls_are_told_and_avoided(on_roads: TestClient[Any], roads: TwoStreets) -> None:
    ask = {"place": TORIKATU, "mode": "car"}
    assert "There are tolls to pay" in on_roads.get(CLINIC, params=ask).text
    html = on_roads.get(CLINIC, params={**ask, "avoid": "tolls"}).text
    assert "There are tolls to pay" not in html
    assert 'id="avoid" name="avoid" value="tolls" checked' in html
    assert [Avoid.TOLLS in asked.avoid for asked in roads.asked] == [False, True]
    assert {asked.mode for asked in roads.asked} == {TravelMode.CAR}


def test_where_no_way_is_known_an_estimate_says_so(on_roads: TestClient[Any]) -> None:
    html = on_roads.get(CLINIC, params={"place": TORIKATU, "mode": "bicycle"}).text
    assert "Our map knows no way there by this means" in html
    assert heading(html).endswith("620 m as the crow flies (estimate)")
    assert 'class="turn"' not in html


def test_the_middle_of_a_wide_place_is_called_that(on_roads: TestClient[Any]) -> None:
    html = on_roads.get(HOSPITAL, params={"place": "Kamppi"}).text
    assert "The way begins in the middle of it: it may begin up to 500\u00a0m from you." in html
    assert 'data-vague="yes"' in html


def test_the_place_of_the_words_is_where_the_way_begins(on_roads: TestClient[Any]) -> None:
    html = on_roads.get(CLINIC, params={"words": "heart doctor near Kamppi"}).text
    assert "From: Kamppi, Helsinki, FI." in html
    assert re.search(r'id="place" name="place" value="kamppi"', html, re.IGNORECASE)


def test_who_stands_at_the_door_is_not_sent_anywhere(tmp_path: Path, roads: TwoStreets) -> None:
    here = facility(1, "Clinic", FacilityKind.CLINIC, 24.9501, 60.1686, opening_hours="Mo-Fr 08:00-18:00")
    with TestClient(site(services(publish_town(tmp_path, [here]), router=roads))) as client:
        html = client.get(CLINIC, params={"place": TORIKATU}, headers={"Accept-Language": "en-GB"}).text
    assert heading(html) == "You seem to be there already"
    assert '<span class="badge open">Open now</span>' in html
    assert "Arrive" not in html
    assert 'class="turn"' not in html


@pytest.mark.parametrize(
    ("opening_hours", "badge", "label", "detail"),
    [
        ("Mo 08:00-18:00", "open", "Open when you arrive", "until 18:00"),
        ("Mo 08:00-12:40", "soon", "Open when you arrive", "closes 28 min after you arrive"),
        ("Mo 08:00-12:12", "soon", "May be closed when you arrive", "closes 0 min after you arrive"),
        ("Mo 08:00-12:05, 14:00-18:00", "closed", "Closed when you arrive", "opens 14:00"),
        ("Mo 12:05-18:00", "open", "Open when you arrive", "until 18:00"),
        (None, "unknown", "Hours not known", "call before you go"),
    ],
)
def test_the_hours_are_those_at_arrival(
    tmp_path: Path, roads: TwoStreets, opening_hours: str | None, badge: str, label: str, detail: str
) -> None:
    """Twelve minutes on foot, from Monday noon on."""
    there = facility(1, "Clinic", FacilityKind.CLINIC, 24.9402, 60.1712, opening_hours=opening_hours, phones=("+358931050151",))
    with TestClient(site(services(publish_town(tmp_path, [there]), router=roads))) as client:
        html = client.get(CLINIC, params={"place": TORIKATU}, headers={"Accept-Language": "en-GB"}).text
    assert f'<span class="badge {badge}">{label}</span> {detail}' in html


def test_the_question_goes_along_and_comes_back(on_roads: TestClient[Any]) -> None:
    asked = {"words": "heart doctor", "place": TORIKATU, "kind": "clinic", "show": "20", "mode": "car", "utm": "x", "lat": "60.1"}
    html = on_roads.get(CLINIC, params=asked).text
    question = "words=heart+doctor&amp;place=Torikatu%2C+Helsinki&amp;kind=clinic&amp;show=20"
    assert f'<p class="back"><a href="/?{question}">' in html
    assert f'href="/facilities/town0001?{question}"' in html
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
    assert hidden == {"words": "heart doctor", "kind": "clinic", "show": "20"}
    switched = question.replace("&amp;show", "&amp;mode=car&amp;show")
    assert f'href="?{switched}&amp;lang=es" hreflang="es"' in html
    assert f'<link rel="canonical" href="{CLINIC}">' in html
    assert '<meta name="robots" content="noindex">' in html


@pytest.mark.parametrize("path", ["/?place=Kamppi&kind=clinic", "/facilities/town0001?place=Kamppi&kind=clinic"])
def test_directions_lead_here(client: TestClient[Any], path: str) -> None:
    html = client.get(path).text
    assert re.findall(r'href="(/facilities/town0001/directions[^"]*)"', html) == [f"{CLINIC}?place=Kamppi&amp;kind=clinic"]
    assert "openstreetmap.org/directions" not in html


def test_two_places_of_one_name_are_asked_about(on_roads: TestClient[Any]) -> None:
    html = on_roads.get(CLINIC, params={"place": "Torikatu", "mode": "car", "kind": "clinic"}).text
    other = re.search(r'<a href="([^"]+)">Torikatu, Kuopio, FI</a>', html)
    assert other
    assert other[1].startswith(f"{CLINIC}?")
    assert "From: Torikatu, Kuopio, FI." in on_roads.get(unescape(other[1])).text
    assert "mode=car" in other[1]
    assert "kind=clinic" in other[1]


def test_a_place_that_nobody_knows_gives_an_error_summary(on_roads: TestClient[Any]) -> None:
    html = on_roads.get(CLINIC, params={"place": NOT_FOUND}).text
    assert f"We found no place called “{NOT_FOUND}”" in html
    assert 'aria-invalid="true"' in html
    assert 'id="way"' not in html


@pytest.mark.parametrize(
    "query",
    ["mode=horse", "avoid=hills", "place=" + "x" * 201, "kind=witchcraft"],
)
def test_what_no_form_sends_is_refused_with_a_page(on_roads: TestClient[Any], query: str) -> None:
    answer = on_roads.get(f"{CLINIC}?{query}")
    assert answer.status_code == 400
    assert "<h1>We could not read that request</h1>" in answer.text


def test_no_such_facility(on_roads: TestClient[Any]) -> None:
    page = on_roads.get("/facilities/nobody/directions")
    assert (page.status_code, "<h1>Page not found</h1>" in page.text) == (404, True)
    assert on_roads.post("/facilities/nobody/way", data=EXACT).status_code == 404


def test_hostile_text_is_only_text(on_roads: TestClient[Any]) -> None:
    for html in (
        on_roads.get("/facilities/town0003/directions", params={"place": TORIKATU}).text,
        on_roads.get(CLINIC, params={"place": HOSTILE_NAME, "words": HOSTILE_NAME}).text,
    ):
        links = Links(html)
        assert not links.inline
        assert HOSTILE_NAME not in html
        assert not [address for address in links.addresses if address.lower().startswith("javascript:")]


def test_the_way_from_a_device_with_consent(on_roads: TestClient[Any], roads: TwoStreets) -> None:
    answer = on_roads.post(WAY, data=EXACT)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert heading(answer.text) == "16 min on foot · 1.2 km"
    assert "accurate to about 20\u00a0m" in answer.text
    assert 'data-vague="no"' in answer.text
    [asked] = roads.asked
    assert (f"{asked.origin.lat:.5f}", f"{asked.origin.lon:.5f}") == (FIX["lat"], FIX["lon"])


def test_a_device_fix_without_consent_is_blurred(on_roads: TestClient[Any], roads: TwoStreets) -> None:
    html = on_roads.post(WAY, data=FIX).text
    assert heading(html).endswith("(estimate)")
    assert "From: your area." in html
    assert FIX["lat"] not in html
    assert FIX["lon"] not in html
    assert all(f"{asked.origin.lat:.5f}" != FIX["lat"] for asked in roads.asked)


def stops(*told: tuple[str, int]) -> tuple[RideStop, ...]:
    at = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
    return tuple(RideStop(name=name, lon_lat=LonLat(24.95, 60.17), at=at + timedelta(minutes=minutes)) for name, minutes in told)


TO_NORTH = Ride(line="20", headsign="Beta <North>", operator="T", colour=None, stops=stops(("South", 5), ("Mid", 7), ("End", 9)))
ONWARD = Ride(line="", headsign="", operator="T", colour=None, stops=stops(("End", 70), ("Last", 75)))


def asked_by_transit(town: Directory, language: str, *rides: Ride, **offered: Any) -> str:
    with TestClient(site(services(town, router=TwoStreets(rides=rides), **offered))) as client:
        headers = {"Accept-Language": language, "Accept": "text/html"}
        return client.get(CLINIC, params={"place": TORIKATU, "mode": "transit"}, headers=headers).text


def turn_texts(html: str) -> list[str]:
    texts = re.findall(r'class="turn-text">(.*?)<', html)
    return [unescape(text).replace("\u202f", " ").replace("\u00a0", " ") for text in texts]


@pytest.mark.parametrize(
    ("language", "told", "arrive", "heads"),
    [
        (
            "en-US",
            [
                "Take the 20 toward Beta <North> at 12:05 PM from South; 2 stops; get off at End at 12:09 PM.",
                "Take the T at 1:10 PM from End; 1 stop; get off at Last at 1:15 PM.",
            ],
            r"Leave at 12:00 PM · Arrive at 12:0\d PM",
            "by public transport",
        ),
        (
            "es-MX",
            [
                "Tome el 20 hacia Beta <North> en South, salida 12:05 p.m.; 2 paradas; baje en End, llegada 12:09 p.m.",
                "Tome el T en End, salida 1:10 p.m.; 1 parada; baje en Last, llegada 1:15 p.m.",
            ],
            r"Salida: 12:00 p\.m\. · Llegada: 12:0\d p\.m\.",
            "en transporte público",
        ),
    ],
)
def test_a_ride_says_where_and_when(town: Directory, language: str, told: list[str], arrive: str, heads: str) -> None:
    html = asked_by_transit(town, language, TO_NORTH, ONWARD)
    assert turn_texts(html)[2:4] == told
    assert heads in heading(html)
    [said] = re.findall(r'class="arrive">(.*?)<', html)
    assert re.fullmatch(arrive, said.replace("\u202f", " ").replace("\u00a0", " "))
    assert 'data-note="by_timetable"' in html
    assert "Test Transit, Other &lt;Buses&gt;" in html
    assert chosen_mode(html) == ["transit"]


def test_who_stays_aboard_is_not_told_to_get_off(town: Directory) -> None:
    goes_on = msgspec.structs.replace(ONWARD, line="21", stays_aboard=True)
    assert turn_texts(asked_by_transit(town, "en-GB", TO_NORTH, goes_on))[2:4] == [
        "Take the 20 toward Beta <North> at 12:05 from South; 2 stops; do not get off at End.",
        "Stay on board: it goes on as the 21; 1 stop; get off at Last at 13:15.",
    ]


def test_without_a_ride_it_is_the_way_on_foot(town: Directory) -> None:
    html = asked_by_transit(town, "en-GB")
    assert "on foot" in heading(html)
    assert 'data-note="on_foot_quicker"' in html
    assert "Timetables:" not in html


def test_public_transport_is_offered_where_there_are_timetables(town: Directory, on_roads: TestClient[Any]) -> None:
    assert 'value="transit"' not in on_roads.get(CLINIC).text
    asked: list[tuple[LonLat, datetime]] = []

    def has_timetable(place: LonLat, at: datetime) -> bool:
        asked.append((place, at))
        return True

    with TestClient(site(services(town, router=TwoStreets(), has_timetable=has_timetable))) as client:
        html = client.get(CLINIC, headers={"Accept": "text/html"}).text
    assert re.findall(r'name="mode" value="(\w+)"', html) == ["foot", "car", "bicycle", "wheelchair", "transit"]
    assert [place for place, _ in asked] == [town.current().facility("town0001").lon_lat]
    # Who follows an older address gets an answer that says so.
    with TestClient(site(services(town))) as client:
        html = client.get(CLINIC, params={"place": TORIKATU, "mode": "transit"}, headers={"Accept": "text/html"}).text
    assert chosen_mode(html) == ["transit"]
    assert 'data-note="no_timetable"' in html


@pytest.mark.parametrize("mode", list(TravelMode))
def test_who_takes_over_is_told_the_place_and_not_the_person(on_roads: TestClient[Any], mode: TravelMode) -> None:
    html = on_roads.post(WAY, data={**EXACT, "mode": mode.value}).text
    away = [address for address in Links(html).addresses if address.startswith("http")]
    assert len(away) >= 2
    assert all("60.16500" in address and "24.95200" in address for address in away)
    assert not [address for address in Links(html).addresses if FIX["lat"][:7] in address or FIX["lon"][:7] in address]
    assert html.count('rel="noopener noreferrer"') == len(away)
    assert ("over steps" in html) is (mode is TravelMode.WHEELCHAIR)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({**FIX, "consent": "2020-01-01"}, 409),
        ({**FIX, "lat": "91"}, 400),
        ({**FIX, "who": "me"}, 400),
        ({**FIX, "place": "Kamppi"}, 400),
        ({**FIX, "mode": "horse"}, 400),
        ({"lat": "60"}, 400),
    ],
)
def test_a_bad_fix_is_refused_without_repeating_it(on_roads: TestClient[Any], form: dict[str, str], status: int) -> None:
    answer = on_roads.post(WAY, data=form)
    assert answer.status_code == status
    assert FIX["lon"] not in answer.text


def test_only_the_page_itself_may_ask(on_roads: TestClient[Any]) -> None:
    assert on_roads.post(WAY, data=FIX, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert on_roads.get(WAY).status_code == 405


OTAY, CHULA_VISTA = LonLat(-116.97, 32.53), LonLat(-117.05, 32.63)


@pytest.fixture
def by_the_border(tmp_path: Path) -> Iterator[TestClient[Any]]:
    """A clinic in California, looked at from Tijuana."""
    there = Address(street="Example Street", house_number="1", city="Chula Vista", country="US")
    clinic = facility(1, "Clinic", FacilityKind.CLINIC, *CHULA_VISTA, address=there, time_zone="America/Los_Angeles")

    def in_tijuana(_request: Any, _language: str) -> PositionFor[Any]:
        return PositionFor(lon_lat=OTAY, accuracy_m=900.0, source=PositionSource.IP, label="Tijuana")

    noon = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    with TestClient(site(services(publish_town(tmp_path, [clinic]), in_tijuana, now=lambda: noon))) as client:
        client.headers.update({"Accept-Language": "en-US", "Sec-Fetch-Site": "same-origin"})
        yield client


def test_nobody_is_sent_across_a_border_unasked(by_the_border: TestClient[Any]) -> None:
    html = by_the_border.get(CLINIC).text
    assert heading(html) == "Across the border"
    assert "This place is across the border." in html
    assert '<select id="documents" name="documents" form="ask" autocomplete="off">' in html
    assert "Arrive" not in html
    refused = by_the_border.post(CLINIC, data={"documents": "sentri", "mode": "bicycle"})
    assert refused.status_code == 200


def test_a_border_on_the_way_is_named_with_its_wait(by_the_border: TestClient[Any]) -> None:
    asked = {"documents": "general", "mode": "car"}
    html = by_the_border.post(CLINIC, data=asked).text
    assert re.search(r"You cross the border at [^:]+: general lane\.", html)
    assert html.count("These apps do not know the crossing and the lane") == 1
    assert "nobody has measured it now" in html
    assert '<option value="general" selected>' in html
    assert "Arrive between" in html
    assert 'method="post" id="ask"' in html
    spanish = by_the_border.post(CLINIC, data=asked, headers={"Accept-Language": "es-MX"}).text
    assert "Cruza la frontera en" in spanish


def test_every_kind_of_step_has_its_drawing() -> None:
    """Those that go straight on share one."""
    source = (STATIC_DIR.parent / "templates" / "_turn_icon.html").read_text(encoding="utf-8")
    assert {kind.value for kind in StepKind} - set(re.findall(r"'(\w+)'", source)) == {"continue"}
