"""POST /api/v1/reach: areas as GeoJSON, and the places of care in them, against pyproj and shapely."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from litestar.testing import TestClient
from pyproj import Geod

from finder.app import create_app
from finder.config import Settings
from finder.domain.facility import Address, FacilityKind
from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import CLINICS, Call
from tests.web.border_town import SAN_YSIDRO, publish_border_town
from tests.web.town import facility

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


@pytest.mark.parametrize("told", [True, False])
def test_places_across_the_border_are_not_listed(tmp_path: Path, told: bool) -> None:
    """Beside those of the border's town one on either side: where no address tells the country, the point does."""
    here = facility(7, "Here", FacilityKind.CLINIC, -117.02, 32.52, address=Address(country="MX" if told else None))
    there = facility(8, "There", FacilityKind.CLINIC, -117.045, 32.557, address=Address(country="US" if told else None))
    publish_border_town(tmp_path, here, there)
    body = {"position": HERE, "consent": str(CURRENT_POLICY), "mode": "car", "minutes": [30]}
    with TestClient(create_app(Settings(data_dir=tmp_path))) as client:
        answer = client.post("/api/v1/reach", json=body).json()
    [area] = [shapely.geometry.shape(feature["geometry"]) for feature in answer["areas"]["features"]]
    assert all(area.covers(shapely.Point(one.lon_lat)) for one in (here, there, SAN_YSIDRO))
    assert [one["facility"]["name"] for one in answer["facilities"]] == ["Here"]
