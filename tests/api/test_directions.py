"""POST /api/v1/directions without roads: estimates that say so, borders, formats, and what is refused."""

import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from finder.api import ApiServices, api_routes
from finder.directions.estimate import TravelMode, estimate
from finder.directory import Directory
from finder.domain.position import PositionFor, PositionSource
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import CLINICS, IN_SAN_DIEGO, IN_TIJUANA, Call
from tests.consenting import Unasked, unasked_desk
from tests.directory.ways import Roads

CONSENT = str(CURRENT_POLICY)
HERE = {"lat": 32.5223, "lon": -117.0297, "accuracy_m": 20}
TO = {"facility": CLINICS[3].id}


def tomorrow_at(hour: int) -> str:
    """A moment by Tijuana's clock."""
    tomorrow = datetime.now(ZoneInfo("America/Tijuana")) + timedelta(days=1)
    return tomorrow.replace(hour=hour, minute=0).isoformat()


def directions(call: Call, status: int = 200, peer: str = IN_TIJUANA, **body: Any) -> Any:
    response = call("POST", "/api/v1/directions", peer=peer, json={"to": TO, **body})
    assert response.status_code == status, response.text
    return response.json()


def test_without_roads_it_is_an_estimate_that_says_so(call: Call) -> None:
    answer = directions(call, **{"from": {"position": HERE}}, consent=CONSENT, mode="foot", lang="es-MX")
    distance_m = geodesic_m(LonLat(HERE["lon"], HERE["lat"]), CLINICS[3].lon_lat)
    time = estimate(distance_m - 20, distance_m, distance_m + 20, TravelMode.FOOT)
    assert (answer["basis"], answer["steps"], answer["polyline"]) == ("estimate", [], "")
    assert answer["length_m"] == pytest.approx(distance_m, abs=0.1)
    assert answer["travel"]["estimate"]
    for name, seconds in (("likely_min", time.likely_s), ("min_min", time.min_s), ("max_min", time.max_s)):
        assert answer["travel"][name] == pytest.approx(seconds / 60, abs=0.06)
    assert [note["code"] for note in answer["notes"]] == ["estimate"]
    assert "línea recta" in answer["notes"][0]["text"]
    assert answer["facility"]["id"] == CLINICS[3].id
    assert answer["hours"]["on_arrival"] in {"open", "closed"}
    assert answer["crossing"] is None


def test_links_hold_the_facility_only(call: Call) -> None:
    answer = directions(call, **{"from": {"position": HERE}}, consent=CONSENT, mode="car")
    assert {link["app"] for link in answer["links"]} == {"google_maps", "apple_maps", "waze", "osmand"}
    for link in answer["links"]:
        assert str(CLINICS[3].lon_lat.lat) in link["url"].replace("%2C", ",")
        assert "32.5223" not in link["url"]


def test_from_a_network_address_it_is_known_only_roughly(call: Call) -> None:
    answer = directions(call)
    assert (answer["mode"], answer["position"]["source"]) == ("foot", "ip")
    assert [note["code"] for note in answer["notes"]] == ["estimate", "rough_start"]
    assert answer["travel"]["min_min"] < answer["travel"]["likely_min"] < answer["travel"]["max_min"]


def test_from_a_place(call: Call) -> None:
    answer = directions(call, **{"from": {"place": "Centro"}})
    assert (answer["position"]["source"], answer["position"]["label"]) == ("place", "Centro, Tijuana, MX")


def test_nobody_is_sent_across_the_border_unasked(call: Call) -> None:
    problem = directions(call, 422, peer=IN_SAN_DIEGO)
    assert "documents" in problem["detail"]
    across = directions(call, peer=IN_SAN_DIEGO, documents="general", mode="car", lang="es")
    crossing = across["crossing"]
    assert (crossing["leaves"], crossing["enters"]) == ("US", "MX")
    assert crossing["wait"]["basis"] == "usual"
    assert across["travel"]["likely_min"] > crossing["wait"]["likely_min"]
    assert (crossing["wait"]["measured_at"], crossing["wait"]["age_min"], crossing["closed_lanes"]) == (None, None, [])
    # By the port's clock, as the departure is by the facility's: both are of Tijuana.
    assert crossing["arrives_at"][-6:] == across["departs_at"][-6:] in {"-07:00", "-08:00"}
    assert problem["code"] == "no_documents"


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({}, "no_documents", "Say with what you can cross"),
        ({"documents": "none"}, "only_this_side", "with the documents none nobody is sent there"),
        ({"documents": "general", "avoid": ["borders"]}, "avoids_borders", "Leave borders out of avoid"),
        ({"avoid": ["borders"]}, "avoids_borders", "choose a place on this side"),
    ],
)
def test_why_nobody_is_sent_across(call: Call, body: dict[str, Any], code: str, said: str) -> None:
    problem = directions(call, 422, peer=IN_SAN_DIEGO, **body)
    assert problem["code"] == code
    assert said in problem["detail"]


def test_no_map_app_leads_where_we_do_not(data_dir: Path) -> None:
    """All ways that are known lead through another country, though the place is in this one."""
    start, end = LonLat(HERE["lon"], HERE["lat"]), CLINICS[3].lon_lat
    position = PositionFor(lon_lat=start, accuracy_m=10.0, source=PositionSource.GPS)
    services = ApiServices(
        directory=Directory(data_dir / "snapshots"),
        locate_request=lambda _request, _language: position,
        consents=unasked_desk(),
        rights=Unasked(),  # type: ignore[arg-type]
        router=Roads(shape=[start, LonLat(-117.03, 32.60), end]),
    )
    body = {"to": TO, "mode": "car"}
    with TestClient(Litestar(api_routes(services))) as client:
        told = {
            documents: client.post("/api/v1/directions", json={**body, "documents": documents}).json()
            for documents in (None, "none", "general")
        }
    for kept in (told[None], told["none"]):
        assert [note["code"] for note in kept["notes"]] == ["estimate", "border"]
        assert (kept["basis"], kept["links"]) == ("estimate", [])
    assert told["general"]["basis"] == "roads"
    assert len(told["general"]["links"]) == 4


def test_a_quick_lane_that_is_closed_at_that_hour_is_told(call: Call) -> None:
    """To San Diego there is nothing in the data, so the other way round: the port's general lane at any hour."""
    body = {"depart_at": tomorrow_at(3), "mode": "foot", "documents": "ready"}
    crossing = directions(call, peer=IN_SAN_DIEGO, **body)["crossing"]
    assert set(crossing["closed_lanes"]) <= {"pedestrian", "pedestrian_ready"}
    assert crossing["lane"] not in crossing["closed_lanes"]


def test_where_no_border_crossing_is_known_it_says_that(call: Call) -> None:
    helsinki = {"lat": 60.17, "lon": 24.94, "accuracy_m": 5}
    for documents in ("none", "general"):
        problem = directions(call, 422, **{"from": {"position": helsinki}}, consent=CONSENT, documents=documents)
        assert problem["code"] == "no_port_known"


def test_nobody_walks_to_the_other_end_of_the_country(call: Call) -> None:
    oaxaca = {"lat": 17.07, "lon": -96.72, "accuracy_m": 5}
    for mode in TravelMode:
        problem = directions(call, 422, **{"from": {"position": oaxaca}}, consent=CONSENT, mode=mode)
        assert problem["code"] == "too_far"
        assert "nearer" in problem["detail"]


def test_from_a_position_that_is_known_to_some_hundred_metres_the_time_is_a_range(call: Call) -> None:
    answer = directions(call, **{"from": {"position": {**HERE, "accuracy_m": 800}}}, consent=CONSENT)
    assert [note["code"] for note in answer["notes"]] == ["estimate", "start_about"]
    assert answer["travel"]["max_min"] - answer["travel"]["likely_min"] > 12


def test_the_other_formats(call: Call) -> None:
    body = {"to": TO, "from": {"position": HERE}, "consent": CONSENT}
    geojson = call("POST", "/api/v1/directions", json={**body, "format": "geojson"})
    assert geojson.headers["content-type"] == "application/geo+json"
    assert geojson.json()["type"] == "FeatureCollection"
    gpx = call("POST", "/api/v1/directions", json={**body, "format": "gpx"})
    assert gpx.headers["content-type"] == "application/gpx+xml"
    root = ET.fromstring(gpx.content)  # noqa: S314
    assert root.tag == "{http://www.topografix.com/GPX/1/1}gpx"
    assert [child.tag.rpartition("}")[2] for child in root] == ["metadata", "wpt"], "no line through houses"


def test_the_other_formats_say_what_has_to_be_known(call: Call) -> None:
    body = {"to": TO, "documents": "general", "mode": "car", "lang": "es"}
    full, way, gpx = (
        call("POST", "/api/v1/directions", peer=IN_SAN_DIEGO, json={**body, "format": form})
        for form in ("json", "geojson", "gpx")
    )
    properties = way.json()["features"][0]["properties"]
    told = full.json()
    assert properties["basis"] == told["basis"] == "estimate"
    assert properties["notes"] == told["notes"]
    assert {key: value for key, value in properties["crossing"].items() if key != "arrives_at"} == {
        key: value for key, value in told["crossing"].items() if key != "arrives_at"
    }
    text = gpx.content.decode()
    assert all(note["text"] in text for note in told["notes"])
    assert told["crossing"]["name"] in text
    assert f"la espera es de {told['crossing']['wait']['min_min']:.0f} a" in text
    assert f"{told['crossing']['name']}, carril {told['crossing']['lane']};" in text, "a name may have parentheses of its own"
    assert f"todo el camino toma de {told['travel']['min_min']:.0f} a" in text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"to": {"facility": "nobody"}}, 404, "facility"),
        ({"from": {"position": HERE, "place": "Centro"}}, 400, "not several"),
        ({"from": {"place": "Xyzzyqua"}}, 404, "place"),
        ({"from": {"position": {**HERE, "lat": 91}}}, 400, "lat"),
        ({"mode": "rocket"}, 400, "Send one of: car, foot, bicycle, wheelchair, transit."),
        ({"depart_at": "1999-01-01T00:00:00Z"}, 400, "depart_at"),
        ({"depart_at": "2026-11-23T10:00:00"}, 400, "depart_at"),
        ({"documents": "a smile"}, 400, "Send one of: none, general, ready, sentri, medical_fast_lane."),
        ({"avoid": ["people"]}, 400, "Send one of: tolls, ferries, borders."),
        ({"format": "pdf"}, 400, "Send one of: json, geojson, gpx."),
        ({"colour": "red"}, 400, "colour"),
        ({"consent": "2020-01-01", "from": {"position": HERE}}, 409, CONSENT),
    ],
)
def test_what_is_refused_says_what_to_do(call: Call, body: dict[str, Any], status: int, said: str) -> None:
    problem = directions(call, status, **body)
    text = str(problem)
    assert said in text
    assert not re.search(r"32\.52|117\.02", text)


def test_at_the_door_already(call: Call) -> None:
    lon_lat = CLINICS[3].lon_lat
    answer = directions(
        call, **{"from": {"position": {"lat": lon_lat.lat, "lon": lon_lat.lon, "accuracy_m": 5}}}, consent=CONSENT
    )
    assert answer["length_m"] < 0.1


@pytest.mark.parametrize("path", ["directions", "reach"])
@pytest.mark.parametrize("mode", TravelMode)
@pytest.mark.parametrize(("lat", "lon"), [(0, -160), (90, 0), (-90, 180), (89.9, -180), (32.4, -117.9), (32.5223, 180), (0, 0)])
def test_in_the_sea_at_the_poles_and_beyond_all_regions(call: Call, path: str, mode: TravelMode, lat: float, lon: float) -> None:
    position = {"lat": lat, "lon": lon, "accuracy_m": 5}
    where = {"to": TO, "from": {"position": position}} if path == "directions" else {"position": position}
    response = call("POST", f"/api/v1/{path}", json={**where, "consent": CONSENT, "mode": mode})
    if path == "reach" or response.status_code == 200:
        assert response.status_code == 200, response.text
        assert "estimate" in [note["code"] for note in response.json()["notes"]]
    else:
        assert response.status_code == 422, response.text
        assert response.json()["code"] in {"too_far", "no_port_known"}


@pytest.mark.parametrize("path", ["directions", "reach", "search"])
def test_a_call_without_a_body_says_what_is_needed(call: Call, path: str) -> None:
    problem = call("POST", f"/api/v1/{path}").json()
    assert (problem["status"], problem["detail"].split(":")[0]) == (400, "A JSON body is needed")
    assert "data" not in str(problem)
    assert "data" not in str(call("POST", f"/api/v1/{path}", json=[]).json())
