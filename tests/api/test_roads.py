"""The whole application over a region with roads: ways to real places of care, searches by travel time, what can be reached."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from litestar.testing import TestClient

from finder.app import create_app
from finder.config import Settings
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline
from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import make_region
from tests.region.town import Town

HERE = {"lat": 60.1660, "lon": 24.9480, "accuracy_m": 20}
EXACT = {"position": HERE, "consent": str(CURRENT_POLICY)}


@pytest.fixture(scope="module")
def helsinki(helsinki_data: Path) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(Settings(data_dir=helsinki_data))) as client:
        yield client


def ask(client: TestClient[Any], path: str, **body: Any) -> Any:
    response = client.post(f"/api/v1/{path}", json=body)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture(scope="module")
def nearest(helsinki: TestClient[Any]) -> list[Any]:
    return ask(helsinki, "search", **EXACT, limit=20)["results"]


@pytest.mark.parametrize("mode", ["foot", "car", "bicycle", "wheelchair"])
@pytest.mark.parametrize("lang", ["es-MX", "en"])
def test_the_steps_and_the_line_agree(helsinki: TestClient[Any], nearest: list[Any], mode: str, lang: str) -> None:
    ways = [
        ask(
            helsinki,
            "directions",
            to={"facility": one["id"]},
            **{"from": {"position": HERE}},
            consent=EXACT["consent"],
            mode=mode,
            lang=lang,
        )
        for one in nearest
    ]
    on_roads = [way for way in ways if way["basis"] == "roads"]
    assert len(on_roads) > len(ways) / 2
    for way in on_roads:
        line = decode_polyline(way["polyline"], precision=6)
        steps = way["steps"]
        assert (steps[0]["first"], steps[-1]["last"]) == (0, len(line) - 1)
        assert [step["first"] for step in steps[1:]] == [step["last"] for step in steps[:-1]]
        assert sum(step["length_m"] for step in steps) == pytest.approx(way["length_m"], abs=len(steps) + 1)
        drawn_m = sum(geodesic_m(LonLat(*one), LonLat(*two)) for one, two in pairwise(line))
        assert drawn_m == pytest.approx(way["length_m"], rel=0.01, abs=5)
        straight_m = geodesic_m(LonLat(*line[0]), LonLat(*line[-1]))
        assert way["length_m"] >= straight_m - 1
        assert steps[-1]["kind"] == "arrive"
        assert not {"steps", "escalator"} & {step["kind"] for step in steps} or mode != "wheelchair"
        told = " ".join(step["instruction"] for step in steps)
        assert ("Gire" in told or "Continúe" in told or "Camine" in told or "Conduzca" in told) == lang.startswith("es") or (
            len(steps) < 3
        )


def test_a_search_by_travel_time_is_in_order_of_the_ways(helsinki: TestClient[Any]) -> None:
    answer = ask(helsinki, "search", **EXACT, mode="foot", sort="travel_time", limit=10)
    times = [one["travel"]["likely_min"] for one in answer["results"]]
    assert times == sorted(times)
    assert [one["travel"]["estimate"] for one in answer["results"]].count(False) > 5
    for one in answer["results"]:
        way = ask(
            helsinki,
            "directions",
            to={"facility": one["id"]},
            **{"from": {"position": HERE}},
            consent=EXACT["consent"],
            mode="foot",
        )
        if not one["travel"]["estimate"] and way["basis"] == "roads" and way["entrance"] is None:
            assert way["travel"]["likely_min"] == pytest.approx(one["travel"]["likely_min"], abs=1.0)


def test_what_is_reached_is_drawn_by_roads(helsinki: TestClient[Any]) -> None:
    middle = {**EXACT, "position": {**HERE, "lat": 60.1716, "lon": 24.9443}}
    assert ask(helsinki, "reach", **middle, minutes=[2], mode="foot")["notes"] == []
    answer = ask(helsinki, "reach", **EXACT, minutes=[5, 10], mode="foot")
    assert {feature["properties"]["basis"] for feature in answer["areas"]["features"]} == {"roads"}
    ring = np.array(answer["areas"]["features"][0]["geometry"]["coordinates"][0])
    assert all(geodesic_m(LonLat(HERE["lon"], HERE["lat"]), LonLat(*corner)) < 900 for corner in ring.tolist())
    car = ask(helsinki, "reach", **EXACT, minutes=[30], mode="car")
    assert [note["code"] for note in car["notes"]] == ["roads_end_here"], "the extract is 2 km wide"
    chair = ask(helsinki, "reach", **EXACT, minutes=[5], mode="wheelchair")
    assert [note["code"] for note in chair["notes"]] == ["step_free_unknown", "roads_end_here"]
    assert answer["facilities"]
    assert {one["within_min"] for one in answer["facilities"]} <= {5, 10}


def test_from_somewhere_in_a_town_areas_are_estimates(helsinki: TestClient[Any]) -> None:
    answer = ask(helsinki, "reach", minutes=[5])
    assert {feature["properties"]["basis"] for feature in answer["areas"]["features"]} == {"estimate"}


def test_far_from_every_road_it_is_told_and_never_begun_elsewhere(tmp_path: Path) -> None:
    """A pharmacy at a street, and a clinic 900 m off it: the way to the clinic, and the one from there."""
    lon, lat, town = -117.16, 32.72, Town()
    town.way([(lon, lat), (lon + 0.01, lat)], highway="residential", name="Broadway")
    town.node(lon, lat, amenity="pharmacy", name="Sun")
    town.node(lon, lat + 0.008, amenity="clinic", name="Lonely")
    make_region(town.write(tmp_path / "town.osm.pbf"), tmp_path)
    with TestClient(create_app(Settings(data_dir=tmp_path))) as client:
        at_sun, at_lonely = ({"lat": lat + up, "lon": lon, "accuracy_m": 5} for up in (0.0, 0.008))
        found = ask(client, "search", position=at_sun, consent=EXACT["consent"])["results"]
        sun, lonely = (next(one["id"] for one in found if one["name"] == name) for name in ("Sun", "Lonely"))
        for place, position, note in ((lonely, at_sun, "target_far_from_road"), (sun, at_lonely, "start_far_from_road")):
            way = ask(client, "directions", to={"facility": place}, consent=EXACT["consent"], **{"from": {"position": position}})
            assert (way["basis"], way["polyline"]) == ("estimate", "")
            assert [one["code"] for one in way["notes"]] == ["estimate", note]
        response = client.post("/api/v1/reach", json={"position": at_lonely, "consent": EXACT["consent"]})
        assert response.status_code == 422
        assert "300 metres" in response.json()["detail"]


def test_a_start_that_is_known_roughly_makes_the_time_by_road_a_range(helsinki: TestClient[Any], nearest: list[Any]) -> None:
    position = {**HERE, "accuracy_m": 800}
    way = ask(
        helsinki, "directions", to={"facility": nearest[9]["id"]}, **{"from": {"position": position}}, consent=EXACT["consent"]
    )
    assert way["basis"] == "roads"
    assert "start_about" in [note["code"] for note in way["notes"]]
    travel = way["travel"]
    assert travel["min_min"] < travel["likely_min"] < travel["max_min"] - 10


def test_a_file_for_a_device_has_the_way_and_what_to_know(helsinki: TestClient[Any], nearest: list[Any]) -> None:
    asked: dict[str, Any] = {"to": {"facility": nearest[9]["id"]}, "from": {"position": HERE}, "consent": EXACT["consent"]}
    way = ask(helsinki, "directions", **asked, mode="wheelchair")
    assert way["basis"] == "roads"
    root = ET.fromstring(helsinki.post("/api/v1/directions", json={**asked, "mode": "wheelchair", "format": "gpx"}).content)  # noqa: S314
    assert [child.tag.rpartition("}")[2] for child in root] == ["metadata", "wpt", "rte", "trk"]
    desc = root[0][1].text or ""
    assert desc.splitlines() == [note["text"] for note in way["notes"]]
    assert len(root[3][1]) == len(decode_polyline(way["polyline"], precision=6))


def test_a_network_address_gets_no_false_precision(helsinki: TestClient[Any], nearest: list[Any]) -> None:
    way = ask(helsinki, "directions", to={"facility": nearest[0]["id"]})
    assert way["basis"] == "estimate"
    assert "rough_start" in [note["code"] for note in way["notes"]]
