"""Public transport through the whole application: a drawn town with a bus line from its south to a clinic in the north."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from litestar.testing import TestClient

from finder.app import create_app
from finder.config import Settings
from finder.directory.way_there import WayNote
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline
from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import make_region
from tests.region.timetable import LINES, Timetable
from tests.region.town import Town

HELSINKI = ZoneInfo("Europe/Helsinki")
EIGHT = datetime.now(HELSINKI).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
SOUTH = {"lat": 60.1651, "lon": 24.9482, "accuracy_m": 20}
CONSENT = str(CURRENT_POLICY)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("buses")
    town = Town()
    # Valhalla ties a stop to the crossings beside it.
    crossings = [town.node(lon + 0.0002, lat) for lon, lat in LINES["20"].values()]
    town.join(*crossings, highway="residential", name="Broadway")
    for crossing, (lon, lat) in zip(crossings, LINES["20"].values(), strict=True):
        town.join(town.node(lon - 0.001, lat), crossing, town.node(lon + 0.001, lat), highway="residential", name="Side Street")
    town.node(24.9492, 60.1777, amenity="clinic", name="North Clinic")
    town.node(24.9482, 60.1652, amenity="pharmacy", name="South Pharmacy")
    make_region(town.write(folder / "town.osm.pbf", (24.93, 60.16, 24.96, 60.18)), folder, [Timetable().write(folder / "feed")])
    return folder


@pytest.fixture(scope="module")
def town(data: Path) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(Settings(data_dir=data))) as client:
        yield client


@pytest.fixture(scope="module")
def places(town: TestClient[Any]) -> dict[str, str]:
    found = ask(town, "search", position=SOUTH, consent=CONSENT, limit=10).json()["results"]
    return {one["name"]: one["id"] for one in found}


def ask(client: TestClient[Any], path: str, **body: Any) -> Any:
    response = client.post(f"/api/v1/{path}", json=body)
    assert response.status_code == 200, response.text
    return response


def directions(client: TestClient[Any], to: str, at: datetime = EIGHT, **more: Any) -> Any:
    asked = {"from": {"position": SOUTH}, "to": {"facility": to}, "consent": CONSENT, "depart_at": at.isoformat(), **more}
    return ask(client, "directions", **{"mode": "transit", **asked})


def notes(answer: Any) -> set[str]:
    return {note["code"] for note in answer["notes"]}


def test_the_way_to_the_clinic_is_by_bus(town: TestClient[Any], places: dict[str, str]) -> None:
    way = directions(town, places["North Clinic"], lang="es-MX").json()
    [step] = [step for step in way["steps"] if step["kind"] == "ride"]
    ride = step["ride"]
    stops = ride.pop("stops")
    assert ride == {
        "line": "20",
        "headsign": "Beta North",
        "operator": "Test Transit",
        "colour": None,
        "departs_at": (EIGHT + timedelta(minutes=5)).isoformat(),
        "arrives_at": (EIGHT + timedelta(minutes=9)).isoformat(),
        "stays_aboard": False,
        "is_assumed": False,
    }
    assert [(stop["name"], stop["lon"], stop["lat"]) for stop in stops] == [
        (name, lon, lat) for name, (lon, lat) in LINES["20"].items()
    ]
    assert step["instruction"].startswith("Tome el 20 en dirección a Beta North. (4 paradas) Salida: 08:05")
    assert (way["mode"], way["basis"], way["credits"]) == ("transit", "roads", ["Test Transit"])
    assert notes(way) == {"by_timetable"}
    arrives_at = datetime.fromisoformat(way["arrives_at"])
    assert timedelta(0) < arrives_at - EIGHT - timedelta(minutes=9) < timedelta(minutes=2)
    shape = decode_polyline(way["polyline"], precision=6)
    assert geodesic_m(LonLat(*shape[step["last"]].tolist()), LonLat(stops[-1]["lon"], stops[-1]["lat"])) < 50
    assert {link["app"] for link in way["links"]} == {"google_maps", "apple_maps"}


def test_the_other_formats_name_who_made_the_timetables(town: TestClient[Any], places: dict[str, str]) -> None:
    line = directions(town, places["North Clinic"], format="geojson").json()["features"][0]
    assert line["properties"]["credits"] == ["Test Transit"]
    gpx = ET.fromstring(directions(town, places["North Clinic"], format="gpx").content)  # noqa: S314
    about = gpx.findtext("{*}metadata/{*}desc") or ""
    assert "Test Transit" in about
    assert "timetable" in about


def test_where_a_walk_is_quicker_it_says_so(town: TestClient[Any], places: dict[str, str]) -> None:
    night = directions(town, places["North Clinic"], EIGHT.replace(hour=3)).json()
    on_foot = directions(town, places["North Clinic"], EIGHT.replace(hour=3), mode="foot").json()
    assert notes(night) == {"on_foot_quicker"}
    assert night["credits"] == []
    for same in ("steps", "polyline", "arrives_at", "length_m"):
        assert night[same] == on_foot[same]
    assert notes(directions(town, places["South Pharmacy"]).json()) == {"on_foot_quicker"}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_on_a_day_without_a_timetable_it_is_an_estimate(town: TestClient[Any], places: dict[str, str], lang: str) -> None:
    way = directions(town, places["North Clinic"], EIGHT + timedelta(days=100), lang=lang).json()
    assert (way["basis"], way["steps"], way["credits"]) == ("estimate", [], [])
    assert notes(way) == {"estimate", "no_timetable"}
    [text] = [note["text"] for note in way["notes"] if note["code"] == "no_timetable"]
    assert ("horarios" if lang == "es" else "timetable") in text
    assert way["travel"]["max_min"] > 4 * way["travel"]["min_min"], "nobody measured it"


def test_an_operators_own_server_is_asked_for_no_timetable(data: Path, places: dict[str, str]) -> None:
    with TestClient(create_app(Settings(data_dir=data, roads_url="valhalla+http://127.0.0.1:9"))) as client:
        assert notes(directions(client, places["North Clinic"]).json()) == {"estimate", "no_timetable"}
        page = client.get(f"/facilities/{places['North Clinic']}/directions", headers={"Accept": "text/html"}).text
        assert 'value="transit"' not in page


def test_the_page_offers_it_where_there_are_timetables(town: TestClient[Any], places: dict[str, str]) -> None:
    page = town.get(f"/facilities/{places['North Clinic']}/directions", headers={"Accept": "text/html"}).text
    assert 'value="transit"' in page


def test_a_search_has_estimates_only(town: TestClient[Any]) -> None:
    body = {"position": SOUTH, "consent": CONSENT, "sort": "travel_time"}
    by_bus, on_foot = (ask(town, "search", **body, mode=mode).json()["results"] for mode in ("transit", "foot"))
    assert not any(one["travel"]["estimate"] for one in on_foot)
    assert all(one["travel"]["estimate"] for one in by_bus)
    assert [one["name"] for one in by_bus] == ["South Pharmacy", "North Clinic"]


def test_areas_are_drawn_by_the_timetable_of_now(town: TestClient[Any]) -> None:
    answer = ask(town, "reach", position=SOUTH, consent=CONSENT, mode="transit", minutes=[15]).json()
    assert {area["properties"]["basis"] for area in answer["areas"]["features"]} == {"roads"}
    assert notes(answer) == {"by_timetable"}
    assert answer["credits"] == ["Test Transit"]
    tijuana = {"lat": 32.52, "lon": -117.02, "accuracy_m": 20}
    elsewhere = ask(town, "reach", position=tijuana, consent=CONSENT, mode="transit").json()
    assert notes(elsewhere) == {"estimate", "no_timetable"}
    assert elsewhere["credits"] == []


def test_every_note_has_a_text() -> None:
    from finder.directory.way_text import note_text

    assert all(note_text(note, "en") != note_text(note, "es") for note in WayNote)
