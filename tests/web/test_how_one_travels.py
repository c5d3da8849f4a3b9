"""By what means a person travels, chosen on the find page: it changes times, order and the way that a card leads to."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from finder.directions.estimate import TravelMode
from finder.directory import Directory
from finder.domain.facility import FacilityKind
from finder.geo.points import LonLat
from tests.directory.finding.winding_roads import WindingRoads

from .border_town import BY_A_DOOR, publish_border_town
from .test_documents import NOON, in_tijuana, text
from .town import MONDAY_NOON, facility, publish_town, services, site

TORIKATU = "Torikatu, Helsinki"
WORDS = {"car": "by car", "foot": "on foot", "bicycle": "by bicycle", "wheelchair": "by wheelchair"}


@pytest.fixture
def visitor(town: Directory) -> Iterator[TestClient[Any]]:
    with TestClient(site(services(town))) as client:
        client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        yield client


def travels(html: str) -> list[str]:
    return [text(one).strip() for one in re.findall(r'<span class="travel">(.*?)</span>', html, re.DOTALL)]


def options(html: str, field: str) -> Mapping[str, bool]:
    select = re.search(rf'<select id="{field}".*?</select>', html, re.DOTALL)
    assert select
    return {value: bool(chosen) for value, chosen in re.findall(r'<option value="(\w*)"[^>]*?( selected)?>', select[0])}


@pytest.mark.parametrize("language", ["en-GB", "es-MX"])
@pytest.mark.parametrize("place", [TORIKATU, "Kamppi", ""])
def test_without_roads_every_time_is_a_range_and_called_an_estimate(visitor: TestClient[Any], place: str, language: str) -> None:
    html = visitor.get("/", params={"place": place}, headers={"Accept-Language": language}).text
    assert len(travels(html)) == 10
    for told in travels(html):
        assert re.match(r"((about|unos) \d+\u2013\d+|(up to|hasta) \d+) min ", told), told
        assert told.endswith(("(estimate)", "(estimado)"))


@pytest.mark.parametrize("mode", WORDS)
def test_the_cards_the_order_and_the_way_go_by_the_choice(visitor: TestClient[Any], mode: str) -> None:
    html = visitor.get("/", params={"place": TORIKATU, "mode": mode, "sort": "travel_time"}).text
    assert travels(html)
    assert all(f" {WORDS[mode]} " in told for told in travels(html))
    assert options(html, "mode") == {one: one == mode for one in WORDS}
    led = re.findall(r'class="button line-button directions" href="([^"]+)"', html)
    assert len(led) == 10
    assert all(("mode=" in one) is (mode != "car") for one in led)
    way = visitor.get(unescape(led[-1])).text
    if mode != "car":
        assert way.count('name="mode"') == 4, "and no hidden one beside them"
        assert re.search(rf'value="{mode}" checked', way)
        assert f"mode={mode}" in next(iter(re.findall(r'class="back"><a href="([^"]+)"', way)))


def test_times_by_road_stay_one_number_by_every_means(town: Directory) -> None:
    with TestClient(site(services(town, router=WindingRoads(detour=lambda _: 3.0)))) as client:
        for mode, words in WORDS.items():
            params = {"place": TORIKATU, "mode": mode, "sort": "travel_time"}
            told = travels(client.get("/", params=params, headers={"Accept-Language": "en-GB"}).text)
            assert any(re.fullmatch(rf"\d+ min {words}", one.replace("\u00a0", " ")) for one in told), told


def test_what_is_open_on_arrival_goes_by_the_choice(tmp_path: Path) -> None:
    """2 km away, and closing in a quarter of an hour."""
    there = facility(1, "Closing Clinic", FacilityKind.CLINIC, 24.9500 + 0.036, 60.1685, opening_hours="Mo 08:00-12:15")
    with TestClient(site(services(publish_town(tmp_path, [there]), now=lambda: MONDAY_NOON))) as client:
        params = {"place": TORIKATU, "open": "on_arrival"}
        assert "Closing Clinic" in client.get("/", params={**params, "mode": "car"}).text
        assert "Closing Clinic" not in client.get("/", params={**params, "mode": "foot"}).text


@pytest.mark.parametrize(
    ("has_timetable", "mode", "offered"), [(True, "car", True), (False, "car", False), (False, "transit", True)]
)
def test_public_transport_is_offered_where_it_can_be_told(
    town: Directory, mode: str, *, has_timetable: bool, offered: bool
) -> None:
    def knows(_place: LonLat, _at: datetime) -> bool:
        return has_timetable

    with TestClient(site(services(town, has_timetable=knows))) as client:
        html = client.get("/", params={"place": TORIKATU, "mode": mode}).text
    assert (TravelMode.TRANSIT.value in options(html, "mode")) is offered


def test_a_way_to_travel_that_there_is_not_is_refused(visitor: TestClient[Any]) -> None:
    assert visitor.get("/", params={"mode": "rocket"}).status_code == 400
    assert visitor.get("/facilities/town0001/directions", params={"mode": "rocket"}).status_code == 400


def test_the_language_switch_names_the_choice_once(visitor: TestClient[Any]) -> None:
    switch = re.search(r'<a href="([^"]+)" hreflang="es"', visitor.get("/", params={"mode": "foot"}).text)
    assert switch
    assert switch[1].count("mode=") == 1


@pytest.mark.parametrize(
    ("language", "told"),
    [("en-GB", "(estimate) plus the wait at the border"), ("es-MX", "(estimado) más la espera en la frontera")],
)
def test_a_time_without_the_wait_at_the_border_is_not_told_as_if_it_were_all(tmp_path: Path, language: str, told: str) -> None:
    borders = services(publish_border_town(tmp_path, BY_A_DOOR), in_tijuana, now=lambda: NOON)
    with TestClient(site(borders)) as client:
        client.headers.update({"Accept-Language": language, "Sec-Fetch-Site": "same-origin"})
        params = {"place": "Zona Río", "sort": "travel_time"}
        html = client.get("/", params=params).text
        cards = {name: card for card in html.split("<li class=")[1:] for name in re.findall(r'data-name="([^"]+)"', card)}
        assert {name: told in text(card) for name, card in cards.items()} == {
            "Clinic North": True,
            "Clinic South": False,
            "Clinic with a door": False,
        }
        assert told not in text(client.post("/", data={**params, "documents": "general"}).text)
