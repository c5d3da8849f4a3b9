"""The pages as a browser without JavaScript sees them."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from litestar.testing import TestClient

from finder.directory import Directory
from finder.domain.facility import FacilityKind, Provenance
from finder.domain.position import PositionFor, PositionSource
from finder.geo.points import LonLat
from finder.privacy.policy import CURRENT_POLICY
from finder.web.security import CONTENT_SECURITY_POLICY

from .town import CENTRE, FACILITIES, HOSTILE_NAME, NOT_FOUND, by_default, facility, publish_town, services, site

FIX = {"lat": "60.16943", "lon": "24.93921", "accuracy_m": "20"}


class Links(HTMLParser):
    """Every address in a page, every script element with text inside, and every attribute that would run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.tags: list[str] = []
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        # What is said to machines is data, and run by nobody.
        self._in_script = tag in {"script", "style"} and ("type", "application/ld+json") not in attrs
        for name, value in attrs:
            if name in {"href", "src", "action"} and value:
                self.addresses.append(value)
            if name.startswith("on") or name == "style":
                self.inline.append(f"{tag} {name}")

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def card_names(html: str) -> list[str]:
    return re.findall(r'<h3><a href="/facilities/\w+(?:\?[^"]*)?">(.*?)</a></h3>', html)


def test_find_page_lists_the_nearest_places_in_order(client: TestClient[Any], town: Directory) -> None:
    html = client.get("/").text
    assert card_names(html)[:1] == ["Northern Light Clinic"]
    assert re.findall(r'id="card-(\d+)"', html) == [str(number) for number in range(1, 11)]
    assert "Estimated from your network address" in html
    assert "The 10 places nearest to Helsinki" in html


def test_distances_from_a_network_address_are_ranges(client: TestClient[Any]) -> None:
    distances = re.findall(r'class="distance">(.*?)<', client.get("/").text)
    assert distances
    assert all(text.startswith(("up to", "about")) for text in distances)


def test_an_unknown_position_is_said_as_such(town: Directory) -> None:
    with TestClient(site(services(town, by_default))) as client:
        html = client.get("/", headers={"Accept-Language": "en"}).text
    assert "could not tell where you are, so we start from the centre of Helsinki" in html
    assert card_names(html)
    assert 'class="distance"' not in html  # a distance from where nobody may be is no help


def test_a_stand_in_without_a_name_is_not_called_you(town: Directory) -> None:
    def nowhere(_request: Any, _language: str) -> PositionFor[Any]:
        return PositionFor(lon_lat=LonLat(0.0, 0.0), accuracy_m=20_000_000.0, source=PositionSource.DEFAULT)

    with TestClient(site(services(town, nowhere))) as client:
        html = client.get("/", headers={"Accept-Language": "en-US"}).text
    assert "10 of the places we know" in html
    assert "near you</h2>" not in html
    assert 'class="distance"' not in html
    assert "Farther than" not in html


@pytest.mark.parametrize(
    ("language", "words", "divider"),
    [
        ("en-GB", "Nothing within 100\u00a0km of Torikatu, Kuopio, FI. The nearest we know of:", "Farther than 100\u00a0km"),
        ("en-US", "Nothing within 60\u00a0miles of Torikatu, Kuopio, FI. The nearest we know of:", "Farther than 60\u00a0miles"),
        ("es-MX", "Nada a menos de 100\u00a0km de Torikatu, Kuopio, FI.", "A más de 100\u00a0km"),
    ],
)
def test_what_is_far_is_not_called_near(tmp_path: Any, language: str, words: str, divider: str) -> None:
    near = facility(1, "Kuopio Clinic", FacilityKind.CLINIC, 27.68, 62.89)
    far = facility(2, "Helsinki Clinic", FacilityKind.CLINIC, 24.94, 60.17)
    ask = {"params": {"place": "Torikatu, Kuopio"}, "headers": {"Accept-Language": language}}
    (tmp_path / "both").mkdir()
    with TestClient(site(services(publish_town(tmp_path / "both", [far, near])))) as client:
        html = client.get("/", **ask).text
    assert words not in html
    assert re.findall(rf'data-name="([^"]+)"|>({divider})<', html) == [
        ("Kuopio Clinic", ""),
        ("", divider),
        ("Helsinki Clinic", ""),
    ]
    (tmp_path / "one").mkdir()
    with TestClient(site(services(publish_town(tmp_path / "one", [far])))) as client:
        html = client.get("/", **ask).text
    assert f">{words}" in html
    assert divider not in html


def test_a_place_as_wide_as_the_way_is_not_called_far(tmp_path: Any) -> None:
    """200 km from the centre of somewhere 150 km wide may be 50 km from the person."""

    def somewhere(_request: Any, _language: str) -> PositionFor[Any]:
        return PositionFor(lon_lat=LonLat(24.94, 58.37), accuracy_m=150_000.0, source=PositionSource.IP, label="Somewhere")

    with TestClient(site(services(publish_town(tmp_path), somewhere))) as client:
        html = client.get("/", headers={"Accept-Language": "en-GB"}).text
    assert "places nearest to Somewhere" in html
    assert "Farther than" not in html


def test_what_was_not_understood_is_said(client: TestClient[Any]) -> None:
    html = client.get("/", params={"place": "Calle Xyzzy 5, Kamppi"}).text
    assert "We do not know “Calle Xyzzy 5”; this is Kamppi, Helsinki, FI." in html
    assert card_names(html)
    assert "We do not know" not in client.get("/", params={"place": "Kamppi"}).text


def test_a_station_that_bears_its_citys_name_is_called_by_the_name_typed(client: TestClient[Any]) -> None:
    assert "nearest to Rautatieasema (Helsinki)" in client.get("/", params={"place": "rautatieasema"}).text
    assert "nearest to Helsinki, FI" in client.get("/", params={"place": "Helsinki"}).text


def test_the_question_goes_to_the_facility_and_back(client: TestClient[Any]) -> None:
    html = client.get("/", params={"place": "Kamppi", "kind": "clinic", "within": "5km", "show": "20", "utm": "x"}).text
    link = re.search(r'<h3><a href="([^"]+)">', html)
    assert link
    page = client.get(link[1].replace("&amp;", "&")).text
    assert '<p class="back"><a href="/?place=Kamppi&amp;kind=clinic&amp;within=5km&amp;show=20">' in page
    assert re.search(r'<link rel="canonical" href="/facilities/\w+">', page)


@pytest.mark.parametrize("query", ["", "?lat=60.17&lon=24.94", "?kind=witchcraft&place=Kamppi", "?show=-1"])
def test_back_to_the_search_takes_nothing_else_along(client: TestClient[Any], query: str) -> None:
    answer = client.get(f"/facilities/town0001{query}")
    assert answer.status_code == 200
    assert '<p class="back"><a href="/">' in answer.text


def test_sources_are_told_in_words(tmp_path: Any) -> None:
    told = {"name": Provenance("osm:helsinki"), "phones": Provenance("county_list"), "time_zone": Provenance("tzfpy")}
    one = facility(1, "Clinic", FacilityKind.CLINIC, 24.94, 60.17, provenance=told)
    with TestClient(site(services(publish_town(tmp_path, [one])))) as client:
        html = client.get("/facilities/town0001").text
    assert "<td>OpenStreetMap</td>" in html
    assert "<td>county list</td>" in html
    assert "tzfpy" not in html
    assert "osm:" not in html


def test_a_place_is_found_by_name(client: TestClient[Any]) -> None:
    html = client.get("/", params={"place": "kamppi"}).text
    assert "nearest to Kamppi, Helsinki, FI" in html
    assert 'value="kamppi"' in html


def test_two_places_of_one_name_are_asked_about(client: TestClient[Any]) -> None:
    html = client.get("/", params={"place": "Torikatu"}).text
    assert "Torikatu, Helsinki, FI" in html
    assert "Did you mean:" in html
    other = re.search(r'<a href="([^"]+)">Torikatu, Kuopio, FI</a>', html)
    assert other
    assert "Nothing within 100\u00a0km of Torikatu, Kuopio, FI" in client.get(other[1].replace("&amp;", "&")).text


def test_a_place_that_nobody_knows_gives_an_error_summary(client: TestClient[Any]) -> None:
    html = client.get("/", params={"place": NOT_FOUND}).text
    assert f"We found no place called “{NOT_FOUND}”" in html
    assert 'aria-invalid="true"' in html
    assert 'href="#place"' in html
    assert not card_names(html)


def test_kind_and_distance_narrow_the_search(client: TestClient[Any]) -> None:
    html = client.get("/", params={"kind": "pharmacy"}).text
    assert card_names(html) == ["Corner Pharmacy"]
    assert "1 place near Helsinki" in html
    nothing = client.get("/", params={"kind": "laboratory", "within": "2km"}).text
    assert "No places found near Helsinki" in nothing
    # without the kind there are places that near; without the distance there is no laboratory all the same
    assert 'href="/?within=2km" data-ask>Laboratory</a>' in nothing
    assert "data-ask>Within 2 km</a>" not in nothing


def test_show_more_works_by_links_up_to_the_last(client: TestClient[Any]) -> None:
    html = client.get("/").text
    shown = []
    while more := re.search(r'class="button line-button more" href="([^"#]+)', html):
        shown.append(len(card_names(html)))
        html = client.get(more[1].replace("&amp;", "&")).text
    assert [*shown, len(card_names(html))] == [10, 20, len(FACILITIES)]


@pytest.mark.parametrize(
    "query",
    [
        "kind=witchcraft",
        "within=far",
        "within=0km",
        "show=-1",
        "show=x",
        "place=" + "x" * 201,
        "what=all",
        "open=at",
        "open=yes",
        "speaks=*",
        "plan=" + "x" * 301,
        "accepting=1",
        "gender=other",
        "sort=price",
    ],
)
def test_what_no_form_sends_is_refused_with_a_page(client: TestClient[Any], query: str) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 400
    assert "<h1>We could not read that request</h1>" in answer.text


def test_unpublished_says_come_back_later(tmp_path: Any) -> None:
    with TestClient(site(services(Directory(tmp_path)))) as client:
        answer = client.get("/")
    assert answer.status_code == 503
    assert "No places of care have been published" in answer.text


def test_an_empty_town_is_answered(tmp_path: Any) -> None:
    with TestClient(site(services(publish_town(tmp_path, [])))) as client:
        assert "No places found near Helsinki" in client.get("/", headers={"Accept-Language": "en"}).text


def test_hours_are_told_by_the_clock_of_the_place(client: TestClient[Any]) -> None:
    html = client.get("/", params={"show": "100"}, headers={"Accept-Language": "en-US"}).text
    assert '<span class="badge open">Open now</span> until 6:00\u202fPM' in html
    assert '<span class="badge closed">Closed now</span> opens 2:00\u202fPM' in html
    assert '<span class="badge unknown">Hours not known</span> by appointment' in html


def test_facility_page(client: TestClient[Any]) -> None:
    html = client.get("/facilities/town0001").text
    for text in ("<h1>Northern Light Clinic</h1>", "tel:+358931050151", "tel:+358931050152", "https://clinic.example"):
        assert text in html
    for text in ("Finnish, Swedish and Spanish", "Wheelchair access", "first aid", "town survey", "5 October 2026", "Sun 29 Nov"):
        assert text in html
    plans = "<dd><ul><li>Plan Imaginario / Red Norte</li><li>Seguro &lt;Ficticio&gt;</li></ul></dd>"
    assert f"<dt>Plans accepted</dt>{plans}" in html
    spanish = client.get("/facilities/town0001", headers={"Accept-Language": "es-MX"}).text
    assert f"<dt>Seguros y planes aceptados</dt>{plans}" in spanish
    assert "Plans accepted" not in client.get("/facilities/town0002").text


@pytest.mark.parametrize(
    ("language", "hours", "place"),
    [
        ("en-GB", "07:00\u201314:30, days not stated: call first", "about 1.5 km: found by its address"),
        ("es-ES", "7:00\u201314:30, no se indican los días: llame antes", "alrededor de 1,5 km: se ubicó por su dirección"),
    ],
)
def test_what_is_only_roughly_known_is_said_as_such(tmp_path: Any, language: str, hours: str, place: str) -> None:
    """Hours without days are told once and not for each day; a place found by its address has its error beside it."""
    one = facility(
        1, "Clinic", FacilityKind.CLINIC, 24.94, 60.17, phones=("+358931050151",),
        opening_hours='07:00-14:30 "days not stated"', position_accuracy_m=1500.0,
    )  # fmt: skip
    other = facility(2, "Other", FacilityKind.CLINIC, 24.95, 60.17, opening_hours='07:00-14:30 "days not stated"; Su off')
    with TestClient(site(services(publish_town(tmp_path, [one, other])))) as client:
        client.headers.update({"Accept-Language": language})
        page = client.get("/facilities/town0001").text.replace("\u00a0", " ")
        card = client.get("/").text.replace("\u00a0", " ")
        with_sunday = client.get("/facilities/town0002").text
    assert page.count(hours) == 2  # beside the badge, and under opening hours
    assert '<table class="week">' not in page
    assert place in page
    assert 'data-accuracy-m="1500.0"' in page
    assert hours in card
    assert place in card
    assert 'class="badge open"' not in page + card
    assert re.findall(r'<tr><th scope="row">(\w+)', with_sunday) == ["Sun" if language == "en-GB" else "Dom"]


def test_no_such_facility(client: TestClient[Any]) -> None:
    answer = client.get("/facilities/nobody")
    assert answer.status_code == 404
    assert "<h1>Page not found</h1>" in answer.text


def test_hostile_text_is_only_text(client: TestClient[Any]) -> None:
    page, shown = client.get("/?place=Kamppi").text, client.get("/facilities/town0003").text
    for html in (page, shown, client.get("/", params={"place": '"><script>alert(1)</script>'}).text):
        links = Links(html)
        assert not links.inline
        assert not any(address.lower().startswith("javascript:") for address in links.addresses)
        assert HOSTILE_NAME not in html
    assert "&lt;script&gt;alert(" in page
    assert "&lt;script&gt;alert(" in shown
    assert "tel:ask" not in page


@pytest.mark.parametrize("path", ["/", "/?place=Kamppi", "/facilities/town0001", "/privacy", "/facilities/nobody"])
def test_pages_are_safe_and_ask_nobody_else(client: TestClient[Any], path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["permissions-policy"].startswith("geolocation=(self)")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    fetched = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', answer.text)
    assert fetched
    for address in fetched:
        assert address.startswith("/")
        assert client.get(address).status_code == 200
    assert not Links(answer.text).inline


def test_a_device_fix_with_consent_gives_exact_distances(client: TestClient[Any]) -> None:
    answer = client.post("/results", data={**FIX, "consent": CURRENT_POLICY.isoformat()})
    assert answer.status_code == 200
    assert "accurate to about 20\u00a0m" in answer.text
    assert re.findall(r'class="distance">(\d+\u00a0m)<', answer.text)
    assert "<html" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_device_fix_without_consent_is_blurred(client: TestClient[Any]) -> None:
    html = client.post("/results", data=FIX).text
    assert "your area" in html
    assert FIX["lat"] not in html
    assert FIX["lon"] not in html
    assert all(text.startswith(("up to", "about")) for text in re.findall(r'class="distance">(.*?)<', html))


def test_the_position_is_in_no_address_of_the_answer(client: TestClient[Any]) -> None:
    exact = client.post("/results", data={**FIX, "consent": CURRENT_POLICY.isoformat()}).text
    guessed = client.get("/").text
    for html, lon, lat in ((exact, FIX["lon"], FIX["lat"]), (guessed, str(CENTRE.lon), str(CENTRE.lat))):
        addresses = Links(html).addresses
        assert addresses
        assert not [address for address in addresses if lon[:7] in address or lat[:7] in address]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({**FIX, "consent": "2020-01-01"}, 409),
        ({**FIX, "consent": "yes"}, 400),
        ({**FIX, "lat": "91"}, 400),
        ({**FIX, "lat": "north"}, 400),
        ({**FIX, "accuracy_m": "-1"}, 400),
        ({**FIX, "who": "me"}, 400),
        ({**FIX, "lang": "es"}, 400),
        ({**FIX, "place": "Kamppi"}, 400),
        ({**FIX, "open": "sometimes"}, 400),
        ({"lat": "60"}, 400),
    ],
)
def test_a_bad_fix_is_refused_without_repeating_it(client: TestClient[Any], form: dict[str, str], status: int) -> None:
    answer = client.post("/results", data=form)
    assert answer.status_code == status
    assert FIX["lon"] not in answer.text


def test_only_the_page_itself_may_ask_for_results(client: TestClient[Any]) -> None:
    assert client.post("/results", data=FIX, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/results", json=FIX).status_code in {400, 415}
    assert client.get("/results").status_code == 405
