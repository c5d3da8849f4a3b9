"""POST /api/v1/reach: areas as GeoJSON, and the places of care in them, against pyproj and shapely."""

from itertools import pairwise
from typing import Any

import pytest
import shapely
from pyproj import Geod

from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import CLINICS, Call

WGS84 = Geod(ellps="WGS84")
HERE = {"lat": 32.5223, "lon": -117.0297, "accuracy_m": 20}
EXACT = {"position": HERE, "consent": str(CURRENT_POLICY)}


def reach(call: Call, status: int = 200, **body: Any) -> Any:
    response = call("POST", "/api/v1/reach", json={**EXACT, **body})
    assert response.status_code == status, response.text
    return response.json()


def test_areas_grow_with_the_minutes_and_come_largest_first(call: Call) -> None:
    answer = reach(call, mode="foot")
    features = answer["areas"]["features"]
    assert [feature["properties"]["minutes"] for feature in features] == [30, 15, 10, 5]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    assert all(shape.is_valid and not shape.is_empty for shape in shapes)
    assert all(large.covers(small) for large, small in pairwise(shapes))
    assert {feature["properties"]["basis"] for feature in features} == {"estimate"}


def test_it_lists_who_is_in_them(call: Call) -> None:
    answer = reach(call, mode="foot", minutes=[10, 20, 10])
    shapes = {f["properties"]["minutes"]: shapely.geometry.shape(f["geometry"]) for f in answer["areas"]["features"]}
    expected = {
        clinic.id: min(minutes for minutes, shape in shapes.items() if shape.covers(shapely.Point(clinic.lon_lat)))
        for clinic in CLINICS
        if shapes[20].covers(shapely.Point(clinic.lon_lat))
    }
    assert 0 < len(expected) < len(CLINICS)
    assert {one["facility"]["id"]: one["within_min"] for one in answer["facilities"]} == expected
    assert answer["complete"]
    away = [
        WGS84.inv(HERE["lon"], HERE["lat"], one["facility"]["lon"], one["facility"]["lat"])[2] for one in answer["facilities"]
    ]
    assert away == sorted(away)
    few = reach(call, mode="foot", minutes=[20], limit=2)
    assert [one["facility"]["id"] for one in few["facilities"]] == [one["facility"]["id"] for one in answer["facilities"][:2]]
    assert not few["complete"]


@pytest.mark.parametrize(
    "body",
    [{"minutes": []}, {"minutes": [0]}, {"minutes": [61]}, {"minutes": [1, 2, 3, 4, 5]}, {"limit": -1}, {"mode": "rocket"}],
)
def test_what_is_refused(call: Call, body: dict[str, Any]) -> None:
    assert next(iter(body)) in str(reach(call, 400, **body))


def test_it_says_what_the_areas_do_not_know(call: Call) -> None:
    def notes(mode: str = "foot", **position: Any) -> list[str]:
        return [note["code"] for note in reach(call, mode=mode, **position)["notes"]]

    assert notes() == ["estimate"]
    assert notes("wheelchair") == ["estimate", "step_free_unknown"]
    assert notes(position={**HERE, "accuracy_m": 900}) == ["estimate", "start_about"]
    assert notes(position={**HERE, "accuracy_m": 9000}) == ["estimate", "rough_start"]
