"""POST /api/v1/search from a device, a place, a network address and nothing at all."""

import json

import pytest
from pyproj import Geod

from finder.api.results import Reckoned
from finder.directory.summary import FacilitySummary
from finder.privacy.policy import CURRENT_POLICY
from tests.api.conftest import CLINICS, IN_MEXICO_CITY, IN_SAN_DIEGO, IN_TIJUANA, NOWHERE, PROXY, Call

WGS84 = Geod(ellps="WGS84")
CONSENT = str(CURRENT_POLICY)
AT_THE_BORDER = {"lat": 32.5423, "lon": -117.0297, "accuracy_m": 20}


def search(call: Call, peer: str = NOWHERE, headers: dict[str, str] | None = None, **body: object) -> dict[str, object]:
    response = call("POST", "/api/v1/search", peer=peer, headers=headers, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_device_with_consent_gets_the_nearest_in_order(call: Call) -> None:
    answer = search(call, position=AT_THE_BORDER, consent=CONSENT, limit=7)
    assert answer["position"] == {**AT_THE_BORDER, "source": "gps", "label": None, "coarsened": False}
    true_m = {one.id: WGS84.inv(AT_THE_BORDER["lon"], AT_THE_BORDER["lat"], *one.lon_lat)[2] for one in CLINICS}
    assert [result["id"] for result in answer["results"]] == sorted(true_m, key=true_m.__getitem__)[:7]
    for result in answer["results"]:
        assert result["distance_m"] == pytest.approx(true_m[result["id"]], abs=0.06)
        assert result["distance_max_m"] - result["distance_m"] == pytest.approx(20, abs=0.11)


def test_a_device_without_consent_is_blurred_and_says_so(call: Call) -> None:
    answer = search(call, position=AT_THE_BORDER, limit=1)
    position = answer["position"]
    assert position["coarsened"]
    assert position["accuracy_m"] > 1000
    assert (position["lat"], position["lon"]) != (AT_THE_BORDER["lat"], AT_THE_BORDER["lon"])
    nearby = search(call, position={**AT_THE_BORDER, "lat": AT_THE_BORDER["lat"] + 0.0001}, limit=1)
    of_its_minute = {"next_cursor": None}  # a cursor holds the time of its search
    assert nearby | of_its_minute == answer | of_its_minute


def test_an_outdated_consent_is_refused_with_a_hint(call: Call) -> None:
    response = call("POST", "/api/v1/search", json={"position": AT_THE_BORDER, "consent": "2020-01-01"})
    assert (response.status_code, response.headers["content-type"]) == (409, "application/problem+json")
    assert CONSENT in response.json()["detail"]


def test_a_network_address_gives_ranges_that_hold(call: Call) -> None:
    answer = search(call, peer=IN_TIJUANA, limit=40)
    position = answer["position"]
    assert (position["source"], position["label"], position["accuracy_m"]) == ("ip", "Tijuana", 10_000.0)
    for bearing in range(0, 360, 30):
        lon, lat, _ = WGS84.fwd(position["lon"], position["lat"], bearing, position["accuracy_m"])
        for result in answer["results"]:
            true_m = WGS84.inv(lon, lat, result["lon"], result["lat"])[2]
            assert result["distance_min_m"] - 0.1 <= true_m <= result["distance_max_m"] + 0.1


def test_headers_count_only_behind_a_trusted_proxy(call: Call) -> None:
    def label(peer: str, forwarded_for: str) -> str:
        return search(call, peer=peer, headers={"X-Forwarded-For": forwarded_for}, limit=1)["position"]["label"]

    assert label(PROXY, IN_SAN_DIEGO) == "San Diego"
    assert label(PROXY, f"{IN_SAN_DIEGO}, {IN_TIJUANA}") == "Tijuana"
    assert label(IN_TIJUANA, IN_SAN_DIEGO) == "Tijuana"


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.168.1.5", NOWHERE, "fe80::1", "nonsense"])
def test_an_address_that_tells_nothing_gives_the_stand_in(call: Call, peer: str) -> None:
    assert search(call, peer=peer, limit=1)["position"]["source"] == "default"


def test_a_place_by_name_forgives_accents_and_a_typo(call: Call) -> None:
    for typed in ("Tijuana", "tijuana", "Tijauna", "22010"):
        position = search(call, place=typed, limit=1)["position"]
        assert position["source"] == "place"
        assert position["label"].startswith(("Tijuana", "22010"))
    assert search(call, place="Avenida Xyzzy 5, Tijuana", limit=1)["position"]["label"].startswith("Tijuana")
    assert call("POST", "/api/v1/search", json={"place": "5"}).status_code == 404
    response = call("POST", "/api/v1/search", json={"place": "Reikiavik"})
    assert response.status_code == 404
    assert "/api/v1/places" in response.json()["detail"]


def test_of_places_of_one_name_the_near_one_is_meant_as_on_the_page(call: Call) -> None:
    position = search(call, peer=IN_TIJUANA, place="Centro", limit=1)["position"]
    assert position["label"] == "Centro, Tijuana, MX"
    page = call("GET", "/", peer=IN_TIJUANA, params={"place": "Centro"}, headers={"Accept": "text/html"}).text
    assert f"nearest to {position['label']}" in page
    assert search(call, peer=IN_MEXICO_CITY, place="Centro", limit=1)["position"]["label"] == "Centro, Aguascalientes, MX"


@pytest.mark.parametrize(
    ("accepted", "label"),
    [("es-MX, en;q=0.5", "Ciudad de México"), ("en", "Mexico City"), ("fi", "Mexico City"), ("", "Mexico City")],
)
def test_a_network_address_is_named_in_the_language_asked_for(call: Call, accepted: str, label: str) -> None:
    headers = {"Accept-Language": accepted}
    assert search(call, peer=IN_MEXICO_CITY, headers=headers, limit=1)["position"]["label"] == label
    page = call("GET", "/", peer=IN_MEXICO_CITY, headers={**headers, "Accept": "text/html"}).text
    assert label in page


def test_kinds_radius_and_pages(call: Call) -> None:
    body = {"position": AT_THE_BORDER, "consent": CONSENT, "kind": ["hospital", "pharmacy"], "radius_m": 6000, "limit": 4}
    found: list[str] = []
    cursor = None
    while True:
        answer = search(call, **body, **({"cursor": cursor} if cursor else {}))
        found += [result["id"] for result in answer["results"]]
        if (cursor := answer["next_cursor"]) is None:
            break
    near = {one.id: WGS84.inv(AT_THE_BORDER["lon"], AT_THE_BORDER["lat"], *one.lon_lat)[2] for one in CLINICS}
    wanted = [one.id for one in CLINICS if one.kind in {"hospital", "pharmacy"} and near[one.id] <= 6000]
    assert found == sorted(wanted, key=near.__getitem__)
    assert search(call, position=AT_THE_BORDER, kind="hospital", limit=1)["results"][0]["kind"] == "hospital"


def test_a_result_has_every_field_of_a_summary(call: Call) -> None:
    result = search(call, limit=1)["results"][0]
    assert set(result) == {*FacilitySummary.__struct_fields__, *Reckoned.__struct_fields__, "type"}
    assert result["type"] == "facility"
    assert result["name"].endswith("<b>")
    assert result["plans"] == ["Plan Imaginario / Red Norte"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"limit": 0}, ">= 1"),
        ({"limit": 101}, "<= 100"),
        ({"nearby": True}, "unknown field `nearby`"),
        ({"position": {"lat": 32, "lon": -117, "altitude": 5}}, "unknown field `altitude`"),
        ({"position": {"lat": 117.123456, "lon": -32.654321}}, "<= 90"),
        ({"position": {"lat": 32, "lon": -117}, "consent": CONSENT}, "missing required field `accuracy_m`"),
        ({"kind": "117.123456"}, "Send one of: "),
        ({"117.123456": 1}, "does not take"),
        ({"radius_m": -1}, ">= 1"),
        ({"cursor": "abc"}, "next_cursor"),
        ({"cursor": ""}, "next_cursor"),
        ({"position": AT_THE_BORDER, "place": "Tijuana"}, "not several"),
        ({"consent": "yes"}, "consent"),
        ({"open": "at"}, "open_at"),
        ({"open_at": "2026-11-24T10:00:00-08:00"}, "open_at"),
        ({"open": "now", "open_at": "2026-11-24T10:00:00-08:00"}, "open_at"),
        ({"open": "at", "open_at": "2026-11-24T10:00:00"}, "open_at"),
        ({"open": "at", "open_at": "9999-12-31T23:59:59Z"}, "366 days"),
        ({"open": "at", "open_at": "9999-12-31T23:59:59-14:00"}, "366 days"),
        ({"open": "at", "open_at": "0001-01-01T00:00:00Z"}, "366 days"),
        ({"open": "at", "open_at": "0001-01-01T00:00:00+14:00"}, "366 days"),
        ({"specialty": "117.123456"}, "GET /api/v1/specialties"),
        ({"service": ["x_ray", "nonsense"]}, "GET /api/v1/specialties"),
        ({"plan": "117.123456"}, "GET /api/v1/plans"),
        ({"languages": ["español"]}, "languages"),
        ({"mode": "train"}, "mode"),
        ({"sort": "price"}, "sort"),
        ({"gender": "any"}, "gender"),
        ({"lang": "fi"}, "lang"),
        ({"words": "x" * 2001}, "<= 2000"),
        ({"telehealth": "yes"}, "telehealth"),
        ([], "Expected `object`"),
    ],
)
def test_what_cannot_be_used_is_refused_and_not_repeated(call: Call, body: object, said: str) -> None:
    response = call("POST", "/api/v1/search", json=body)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert said in response.text
    assert set(response.json()) <= {"type", "title", "status", "detail", "errors"}
    assert "117.123456" not in response.text
    assert "32.654321" not in response.text


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"limit": 1e999}', b"null", b"[" * 20_000])
def test_a_body_that_is_no_json_is_refused(call: Call, content: bytes) -> None:
    response = call("POST", "/api/v1/search", content=content, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")


def test_a_huge_body_is_refused(call: Call) -> None:
    content = json.dumps({"place": "x" * 100_000}).encode()
    response = call("POST", "/api/v1/search", content=content, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": "Reikiavik"},
        {"plan": "Plan de nadie"},
        {"specialty": "nonsense"},
        {"service": ["nonsense"]},
        {"open": "at"},
        {"position": AT_THE_BORDER, "place": "Tijuana"},
    ],
)
def test_whom_to_call_is_said_whatever_else_is_wrong(call: Call, wrong: dict[str, object]) -> None:
    assert call("POST", "/api/v1/search", json={"words": "pediatra", **wrong}).status_code in {400, 404}
    answer = search(call, peer=IN_TIJUANA, words="me duele mucho el pecho", limit=2, **wrong)
    assert answer["emergency"]["number"] == "911"
    assert answer["emergency"]["country"] == "MX"
    assert answer["position"]["source"] == "ip"


def test_a_long_story_is_answered_by_its_beginning(call: Call) -> None:
    told = search(call, words=("pediatra " + "y luego otra cosa " * 200)[:2000], limit=2)
    assert told["understood"][0]["value"] == "paediatrics"
    assert max(part["end"] for part in told["understood"]) <= 200
    alarmed = search(call, words="me duele mucho el pecho " + "x" * 1900, limit=2)
    assert alarmed["emergency"]["number"]


def test_a_part_that_a_field_overrules_is_told_as_ignored(call: Call) -> None:
    body = {"words": "pediatra que hable inglés", "what": "practitioners", "limit": 5}
    for language, ignored in ((None, False), ("fr", True)):
        answer = search(call, **body, **({"languages": language} if language else {}))
        told = {part["kind"]: part["ignored"] for part in answer["understood"]}
        assert told == {"specialty": False, "language": ignored}
        assert bool(answer["results"]) is not ignored  # nobody speaks French


def test_facets_are_on_the_first_page_alone(call: Call) -> None:
    first = search(call, limit=2)
    assert first["facets"]["counted"] == len(CLINICS)
    assert search(call, limit=2, cursor=first["next_cursor"])["facets"] is None
    assert search(call, limit=2, facets=False)["facets"] is None
