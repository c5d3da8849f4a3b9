"""A marked person's whole visit: in a browser, by the API, at a fence, with an app of somebody else's, and with mistakes."""

import secrets
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from playwright.sync_api import Browser

from finder.geo.points import LonLat
from tests.notices.delivery.receivers import Receiver
from tests.proof.noticed import Place, noticed_in_browser, noticed_visit

__all__ = [
    "APP_REDIRECT",
    "CHROMIUM",
    "HERE",
    "NETWORK_V4",
    "NETWORK_V6",
    "PLACE_NAME",
    "PLACE_TYPED",
    "Visited",
    "visit_by_api",
    "visit_in_browser",
]

HERE = LonLat(24.94126537, 60.17341593)
"""In the middle of Helsinki, with digits that nothing else has."""
NETWORK_V6, NETWORK_V4 = "2001:db8:5e1f:77a1:b2c3:d4e5:f607:1829", "203.0.113.77"
PLACE_NAME, PLACE_TYPED = "Casa Ocho Marcada", "Mannerheimintie Marcada 7391"
APP_REDIRECT = "https://app.example/back"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
"""As a browser says that a page of the finder's own sends something."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Visited:
    """What the visit leaves in the hands of the person and of the app: all of it secret to everybody else."""

    token: str
    secrets: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)


def visit_in_browser(browser: Browser, address: str, place: Place) -> str:
    """Search by GPS, ask the way and be noticed at a place, with a yes to each; return the token that the browser got."""
    context = browser.new_context(
        base_url=address,
        geolocation={"latitude": HERE.lat, "longitude": HERE.lon, "accuracy": 8.0},
        permissions=["geolocation"],
        extra_http_headers={"X-Forwarded-For": NETWORK_V6},
        locale="es-MX",
    )
    page = context.new_page()
    page.goto("/?" + urlencode({"words": "dentista", "place": PLACE_TYPED}))
    page.goto("/")
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_selector("#card-1")
    page.click("#card-1 h3 a")
    page.goto(page.url.partition("?")[0].partition("#")[0] + "/directions")
    page.click("#use-location")
    page.click("#consent-exact")
    page.wait_for_function("() => document.querySelector('#location-message')?.hidden !== false")
    noticed_in_browser(context, place.facility.id)
    page.goto("/privacy")
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "__Host-finder-session")
    context.close()
    return token


def visit_by_api(address: str, token: str, client_id: str, place: Place, receiver: Receiver) -> Visited:
    """All else that the person does: searches, ways, areas, a saved place, a fence, an app let in and shown out, mistakes."""
    visited = Visited(token)
    caller = httpx.Client(
        base_url=address, headers={"Authorization": f"Bearer {token}", "X-Forwarded-For": f"{NETWORK_V4}"}, timeout=60
    )
    position = {"lat": HERE.lat, "lon": HERE.lon, "accuracy_m": 8.0}

    def said(what: str, answer: httpx.Response, *, status: int = 200) -> Any:
        assert answer.status_code == status, f"{what}: {answer.status_code} {answer.text[:300]}"
        visited.done.append(what)
        return answer.json() if "json" in answer.headers.get("content-type", "") else None

    policy = said("the policy", caller.get("/api/v1/policies/current"))["version"]
    agreed = {"purposes": ["search", "directions", "analytics", "notices"], "policy": policy, "language": "es"}
    said("a yes", caller.post("/api/v1/consents", json=agreed), status=201)
    found = said(
        "a search by GPS", caller.post("/api/v1/search", json={"position": position, "exact": True, "words": "dentista"})
    )
    assert found["position"]["coarsened"] is False
    clinic = said("another", caller.post("/api/v1/search", json={"position": position, "exact": True}))["results"][0]["id"]
    said("where am I", caller.post("/api/v1/locate", json={"position": position, "exact": True}))
    for form in ("json", "geojson", "gpx"):
        asked = {"to": {"facility": clinic}, "from": {"position": position}, "exact": True, "format": form}
        said(f"the way as {form}", caller.post("/api/v1/directions", json=asked))
    said("an area", caller.post("/api/v1/reach", json={"position": position, "exact": True, "minutes": [5, 10]}))
    saved = said("a saved place", caller.post("/api/v1/me/places", json={"name": PLACE_NAME, "position": position}), status=201)
    said("a search from there", caller.post("/api/v1/search", json={"saved_place": saved["id"], "exact": True}))
    visited.told |= noticed_visit(caller, receiver, place)
    visited.done.append("a walk through a fence")
    said("all that is held", caller.get("/api/v1/me/data"))
    _app_visit(caller, visited, client_id, policy)
    _mistakes(caller, position)
    visited.done.append("requests gone wrong")
    return visited


def _app_visit(caller: httpx.Client, visited: Visited, client_id: str, policy: str) -> None:
    """An app is let in, reads, renews its token, and is refused once it is shown out."""
    verifier = secrets.token_urlsafe(48)
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": APP_REDIRECT,
        "scope": "places.read consents.read",
        "state": "s7",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    question = caller.get("/authorize", params=asked)
    assert question.status_code == 200, question.text[:300]
    sent = caller.post("/authorize", data=asked | {"decision": "yes", "policy": policy, "language": "es"}, headers=OWN_PAGE)
    assert sent.status_code == 303, sent.text[:300]
    code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
    app = httpx.Client(base_url=caller.base_url, headers={"X-Forwarded-For": NETWORK_V4}, timeout=60)

    def token(form: Mapping[str, str]) -> dict[str, str]:
        answer = app.post("/oauth/token", data={"client_id": client_id, "redirect_uri": APP_REDIRECT, **form})
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = token({"grant_type": "authorization_code", "code": code, "code_verifier": verifier})
    second = token({"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    visited.secrets |= {"code": code, "verifier": verifier}
    visited.secrets |= {f"{name} {number}": pair[name] for number, pair in enumerate((first, second), 1) for name in _TOKENS}

    def read() -> httpx.Response:
        return app.get("/api/v1/me/places", headers={"Authorization": f"Bearer {second['access_token']}"})

    assert PLACE_NAME in read().text, "the app reads what the person let it read"
    grant = caller.get("/api/v1/me/grants").json()["grants"][0]["id"]
    assert caller.delete(f"/api/v1/me/grants/{grant}").status_code == 204
    assert read().status_code == 403, "and nothing from then on"
    visited.done.append("an app let in, reading, renewing, shown out and refused")


_TOKENS = ("access_token", "refresh_token")


def _mistakes(caller: httpx.Client, position: Mapping[str, float]) -> None:
    """What callers do wrong with a position in their hands: none of it may be repeated in an answer's error or a log."""
    lat, lon = HERE.lat, HERE.lon
    wrong = [
        caller.get("/api/v1/search", params={"lat": str(lat), "lon": str(lon)}),
        caller.get("/", params={"lat": str(lat), "lon": str(lon)}),
        caller.get(f"/api/v1/facilities/{lat},{lon}"),
        caller.get(f"/facilities/{lat},{lon}"),
        caller.get(f"/{lat}/{lon}"),
        caller.post("/api/v1/search", json={"position": {**position, "lat": f"{lat} north"}}),
        caller.post("/api/v1/search", json={"position": {**position, "lat": lat * 1000}}),
        caller.post("/api/v1/search", content=f'{{"position": {{"lat": {lat}, "lon": {lon}'),
        caller.post("/api/v1/search", json={"place": PLACE_TYPED}),
        caller.post("/api/v1/search", json={"words": f"{lat} {lon}", "position": position}),
        caller.post("/api/v1/directions", json={"to": {"facility": f"{lat}"}, "from": {"position": position}}),
        caller.post("/results", data={"lat": str(lat), "lon": str(lon), "accuracy_m": "-1"}, headers=OWN_PAGE),
    ]
    for number, answer in enumerate(wrong):
        assert answer.status_code < 500, f"mistake {number}: {answer.status_code}"
        if answer.status_code >= 400:
            assert f"{lat}" not in answer.text
            assert PLACE_TYPED not in answer.text
