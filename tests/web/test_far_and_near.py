"""What the directions page says where there is no way to give, and where there is none to go; and to which door the way leads."""

import re
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from finder.directions.great_circle import GreatCircle
from finder.directory import Directory
from finder.domain.facility import Address, Entrance, Facility, FacilityKind, Wheelchair
from finder.geo.points import LonLat
from tests.directory.finding.winding_roads import WindingRoads

from .border_town import BY_A_DOOR, SAN_YSIDRO, publish_border_town
from .test_directions_page import CLINIC, TORIKATU, heading
from .test_documents import NOON, in_tijuana, text
from .town import facility, publish_town, services, site
from .ways import TwoStreets

MEXICO = Address(city="Ciudad de México", country="MX")
SWEDEN = Address(city="Haparanda", country="SE")
HOURS: dict[str, Any] = {"opening_hours": "24/7", "phones": ("+358931050151",)}


def asked(folder: Path, there: Facility, router: Any = None, language: str = "en-GB", **params: str) -> str:
    town = services(publish_town(folder, [there]), router=router or TwoStreets())
    with TestClient(site(town)) as client:
        headers = {"Accept-Language": language, "Accept": "text/html"}
        return client.get(CLINIC, params={"place": TORIKATU, **params}, headers=headers).text


@pytest.mark.parametrize(
    ("at", "address", "language", "title", "told"),
    [
        ((-99.13, 19.43), MEXICO, "en-GB", "In another country", "in another country, and too far away for directions."),
        ((-99.13, 19.43), MEXICO, "es-MX", "En otro país", "en otro país y queda demasiado lejos para darle indicaciones."),
        ((24.13, 65.83), SWEDEN, "en-GB", "In another country", "too far away for directions."),
        ((18.07, 59.33), SWEDEN, "en-GB", "In another country", "we know of no border crossing on the way."),
    ],
)
def test_another_country_without_a_port_that_we_know_is_said_plainly(
    tmp_path: Path, at: tuple[float, float], address: Address, language: str, title: str, told: str
) -> None:
    html = asked(tmp_path, facility(1, "Clinic", FacilityKind.CLINIC, *at, address=address, **HOURS), language=language)
    assert heading(html) == title
    assert told in text(html)
    assert 'id="documents"' not in html  # nobody is asked what would change nothing
    assert 'method="get" id="ask"' in html
    assert 'class="handover"' not in html
    assert 'class="turn"' not in html


@pytest.mark.parametrize(
    ("mode", "at", "title", "other"),
    [
        ("car", (27.03, 65.5), "Too far for directions", False),
        ("foot", (27.03, 65.5), "Too far for directions", False),
        ("foot", (27.68, 62.89), "Too far for directions", True),
    ],
)
def test_farther_than_anybody_goes_there_is_no_absurd_time(
    tmp_path: Path, mode: str, at: tuple[float, float], title: str, *, other: bool
) -> None:
    there = facility(1, "Clinic", FacilityKind.CLINIC, *at, **HOURS)
    html = asked(tmp_path, there, GreatCircle(), mode=mode)
    assert heading(html) == title
    assert "km away as the crow flies." in text(html)
    assert ("Choose another way to travel." in html) is other
    assert "Arrive" not in html
    assert '<span class="badge open">Open now</span>' in html
    assert not [line for line in text(html).split(". ") if " h on foot" in line or " h by car" in line]


def test_no_card_tells_hours_of_driving_over_an_ocean(town: Directory, tmp_path: Path) -> None:
    there = facility(1, "Clinic", FacilityKind.CLINIC, -99.13, 19.43, address=MEXICO)
    with TestClient(site(services(publish_town(tmp_path, [there])))) as client:
        html = client.get("/", headers={"Accept-Language": "en-GB"}).text
    assert "Clinic" in html
    assert "by car" not in html
    with TestClient(site(services(town))) as client:
        assert "by car" in client.get("/", headers={"Accept-Language": "en-GB"}).text


DOOR = LonLat(24.9404, 60.1714)


@pytest.mark.parametrize(
    ("kind", "wheelchair", "mode", "told"),
    [
        ("main", Wheelchair.LIMITED, "foot", "The way leads to the main entrance. From:"),
        ("main", Wheelchair.LIMITED, "wheelchair", "The way leads to the main entrance. Limited wheelchair access."),
        ("yes", None, "wheelchair", "The way leads to an entrance. From:"),
        ("emergency", None, "car", "The way leads to the emergency entrance. From:"),
        ("home", None, "car", "The way leads to an entrance. From:"),
    ],
)
def test_it_says_to_which_door_the_way_leads(
    tmp_path: Path, kind: str, wheelchair: Wheelchair | None, mode: str, told: str
) -> None:
    doors = (Entrance(DOOR, kind, wheelchair),)
    roads = TwoStreets()
    html = asked(tmp_path, facility(1, "Clinic", FacilityKind.CLINIC, 24.9402, 60.1712, entrances=doors), roads, mode=mode)
    assert told in text(html)
    assert roads.asked[0].target == DOOR


def test_without_a_door_on_the_map_none_is_told(tmp_path: Path) -> None:
    assert 'class="entrance"' not in asked(tmp_path, facility(1, "Clinic", FacilityKind.CLINIC, 24.9402, 60.1712))


@pytest.mark.parametrize("at", [(24.9502, 60.1686), (24.9515, 60.169)], ids=["at the place", "at its door"])
def test_who_is_at_the_place_or_at_its_door_is_there(tmp_path: Path, at: tuple[float, float]) -> None:
    """Torikatu is at 24.95, 60.1685: one door lies 160 m from the place, the other at the person."""
    doors = (Entrance(LonLat(24.953, 60.169) if at == (24.9502, 60.1686) else LonLat(24.9501, 60.1686), "main"),)
    html = asked(tmp_path, facility(1, "Clinic", FacilityKind.CLINIC, *at, entrances=doors, **HOURS))
    assert heading(html) == "You seem to be there already"
    assert '<span class="badge open">Open now</span>' in html


def test_in_mexico_a_sentence_ends_in_one_stop(tmp_path: Path) -> None:
    with TestClient(site(services(publish_border_town(tmp_path, BY_A_DOOR), in_tijuana, now=lambda: NOON))) as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        form = {"place": "Zona Río", "mode": "car", "documents": "general"}
        path = f"/facilities/{BY_A_DOOR.id}/directions"
        for html in (
            client.get(path, params={"place": "Zona Río"}, headers={"Accept-Language": "es-MX"}).text,
            client.post(f"/facilities/{SAN_YSIDRO.id}/directions", data=form, headers={"Accept-Language": "es-MX"}).text,
        ):
            assert "p.m" in html
            assert ".." not in text(html)


def test_by_road_from_somewhere_in_a_wide_place_a_card_gives_a_range(town: Directory) -> None:
    """Kamppi is 500 m wide; Torikatu is a street, from which one number is honest."""
    with TestClient(site(services(town, router=WindingRoads(detour=lambda _: 3.0)))) as client:
        client.headers.update({"Accept-Language": "en-GB"})
        wide = text(client.get("/", params={"place": "Kamppi"}).text)
        sharp = text(client.get("/", params={"place": TORIKATU}).text)
    assert re.search(r"· (about \d+\u2013\d+|up to \d+) min by car", wide)
    assert not re.search(r"· \d+ min by car", wide)
    assert re.search(r"· \d+ min by car", sharp)
