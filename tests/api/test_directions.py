"""POST /api/v1/directions without roads: estimates that say so, borders, formats, and what is refused."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from finder.directions.estimate import TravelMode, estimate
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import CLINICS, IN_SAN_DIEGO, IN_TIJUANA, Call

CONSENT = str(CURRENT_POLICY)
HERE = {"lat": 32.5223, "lon": -117.0297, "accuracy_m": 20}
TO = {"facility": CLINICS[3].id}


def directions(call: Call, status: int = 200, peer: str = IN_TIJUANA, **body: Any) -> Any:
    response = call("POST", "/api/v1/directions", peer=peer, json={"to": TO, **body})
    assert response.status_code == status, response.text
    return response.json()


def test_without_roads_it_is_an_estimate_that_says_so(call: Call) -> None:
    answer = directions(call, **{"from": {"position": HERE}}, consent=CONSENT, mode="foot", lang="es-MX")
    distance_m = geodesic_m(LonLat(HERE["lon"], HERE["lat"]), CLINICS[3].lon_lat)
    time = estimate(distance_m, distance_m, distance_m, TravelMode.FOOT)
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


def test_the_other_formats(call: Call) -> None:
    body = {"to": TO, "from": {"position": HERE}, "consent": CONSENT}
    geojson = call("POST", "/api/v1/directions", json={**body, "format": "geojson"})
    assert geojson.headers["content-type"] == "application/geo+json"
    assert geojson.json()["type"] == "FeatureCollection"
    gpx = call("POST", "/api/v1/directions", json={**body, "format": "gpx"})
    assert gpx.headers["content-type"] == "application/gpx+xml"
    assert ET.fromstring(gpx.content).tag == "{http://www.topografix.com/GPX/1/1}gpx"  # noqa: S314


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"to": {"facility": "nobody"}}, 404, "facility"),
        ({"from": {"position": HERE, "place": "Centro"}}, 400, "not both"),
        ({"from": {"place": "Xyzzyqua"}}, 404, "place"),
        ({"from": {"position": {**HERE, "lat": 91}}}, 400, "lat"),
        ({"mode": "rocket"}, 400, "mode"),
        ({"depart_at": "1999-01-01T00:00:00Z"}, 400, "depart_at"),
        ({"depart_at": "2026-11-23T10:00:00"}, 400, "depart_at"),
        ({"documents": "a smile"}, 400, "documents"),
        ({"avoid": ["people"]}, 400, "avoid"),
        ({"format": "pdf"}, 400, "format"),
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


def test_in_the_sea_and_beyond_all_regions(call: Call) -> None:
    for lat, lon in ((0, -160), (89.9, 0), (-89.9, 180), (32.4, -117.9)):
        response = call(
            "POST",
            "/api/v1/directions",
            json={"to": TO, "from": {"position": {"lat": lat, "lon": lon, "accuracy_m": 5}}, "consent": CONSENT},
        )
        assert response.status_code in {200, 422}, response.text
