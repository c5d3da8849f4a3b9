"""The privacy centre, as a browser without JavaScript uses it: over a real store."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from litestar.testing import TestClient

from finder.directory import Directory
from finder.domain.admin import Actor
from finder.domain.apps import App, AppGrant, AppScope, AppToken, TokenKind
from finder.domain.consent import Purpose, Via
from finder.errors import NotReady
from finder.http.persons import SESSION_COOKIE
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import DisclosureDesk
from finder.privacy.places import PlaceSaid
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.receipts import ReceiptKey
from finder.privacy.retention import KINDS, Where
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import Person, new_person, person_of
from finder.store.apps import AppStore, new_id
from finder.store.saved_places import MOST_SAVED_PLACES
from finder.web.preferences import PREFERENCES_COOKIE
from tests.consenting import ledger_in

from .town import services, site

HOME = PlaceSaid(name="My <b>home</b>", label="Torikatu, Helsinki", lat=60.16851, lon=24.95003, accuracy_m=15.0)
NOW = datetime.now(UTC)


@dataclass
class Centre:
    """The pages with the desks behind them."""

    client: TestClient[Any]
    consents: ConsentDesk
    rights: RightsDesk
    apps: AppStore
    ledger: Any

    def enter(self, person: Person) -> None:
        """Let the browser hold the person's key."""
        self.client.cookies.set(SESSION_COOKIE, person.token)

    def agree(self, person: Person, purpose: Purpose) -> None:
        self.consents.say_yes(person.subject, purpose, version=CURRENT_POLICY, language="en", via=Via.WEB)

    def let_in(self, person: Person) -> str:
        """Let an app in, as the consent page does it; the id of the grant."""
        app = App(
            id=new_id(), name="Pill <Box>", homepage="https://pills.example", contact="a@pills.example",
            redirect_uris=("https://pills.example/back",), scopes=tuple(AppScope), created_at=NOW,
        )  # fmt: skip
        self.apps.add(app, by=Actor(name="test", key_id=None))
        self.agree(person, Purpose.DISCLOSURE)
        grant = AppGrant(
            id=new_id(), subject=person.subject, app_id=app.id, scopes=(AppScope.PLACES_READ,), granted_at=NOW,
            expires_at=NOW + timedelta(days=365), consent_seq=self.apps.newest_yes(person.subject), receipt="a.signed.receipt",
        )  # fmt: skip
        code = AppToken(
            secret_sha256="0" * 64, grant_id=grant.id, kind=TokenKind.CODE, scopes=grant.scopes,
            expires_at=NOW + timedelta(minutes=10), wrapped_key=b"", code_challenge="", redirect_uri="",
        )  # fmt: skip
        self.apps.enter(grant, code)
        return grant.id

    def page(self, path: str = "/privacy", **more: Any) -> str:
        answer = self.client.get(path, **more)
        assert answer.status_code == 200
        return answer.text

    def post(self, path: str, data: dict[str, str] | None = None, **more: Any) -> Any:
        """What a browser sends for a form, one without fields too."""
        headers = {"Content-Type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
        content = urlencode(data or {})
        return self.client.post(path, content=content, headers=headers, follow_redirects=False, **more)


@pytest.fixture
def centre(town: Directory, tmp_path: Path) -> Iterator[Centre]:
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with ledger_in(tmp_path) as ledger, AppStore.open(url) as apps:
        consents = ConsentDesk(ledger)
        with RightsDesk.open(url, consents) as rights:
            disclosures = DisclosureDesk(apps, consents, ReceiptKey(tmp_path / "keys"))
            web = services(town, consents=consents, rights=rights, disclosures=disclosures)
            # Over https, as the cookie is taken from nowhere else.
            with TestClient(site(web), base_url="https://testserver.local") as client:
                client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html"})
                yield Centre(client, consents, rights, apps, ledger)


def section(html: str, name: str) -> str:
    found = re.search(rf'<section class="part" aria-labelledby="{name}">.*?</section>', html, re.DOTALL)
    assert found
    return found[0]


def buttons(html: str) -> list[str]:
    """What the buttons of a page say to a screen reader."""
    return [
        " ".join(re.sub(r"<[^>]+>", "", text).split()) for text in re.findall(r"<button[^>]*>(.*?)</button>", html, re.DOTALL)
    ]


def test_of_a_stranger_nothing_is_held_and_no_cookie_is_set(centre: Centre) -> None:
    answer = centre.client.get("/privacy")
    assert "<strong>Nothing.</strong>" in section(answer.text, "held")
    assert "set-cookie" not in answer.headers
    assert buttons(section(answer.text, "consents")) == [
        "I agree: Search near your exact position",
        "I agree: Directions from your exact position",
        "I agree: Statistics",
    ]
    assert "<script" not in answer.text
    for told in ("OpenStreetMap", "DB-IP", "MapLibre", "Links to other sites", "What we never do"):
        assert told in answer.text


def test_one_agrees_and_takes_it_back_without_script(centre: Centre) -> None:
    form = re.search(r'<li id="consent-search">.*?<form(.*?)</form>', centre.page(), re.DOTALL)
    assert form
    assert 'action="/privacy/consents" method="post"' in form[1]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[1]))
    answer = centre.post("/privacy/consents", {**fields, "say": "yes"})
    assert answer.status_code == 303
    agreed = section(centre.page(), "consents")
    assert "You agreed on" in agreed
    assert "Take it back: Search near your exact position" in buttons(agreed)
    assert "Search near your exact position: you agreed" in section(centre.page(), "held")
    centre.post("/privacy/consents", {"form": "plain", "purpose": "search", "say": "revoke"})
    assert "You took your agreement back on" in section(centre.page(), "consents")


def test_buttons_of_yes_and_no_are_equal(centre: Centre) -> None:
    person = new_person()
    centre.enter(person)
    centre.agree(person, Purpose.SEARCH)
    for path in ("/privacy", "/privacy/erase", "/privacy/key"):
        assert "main-button" not in centre.page(path)


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_a_browser_that_opts_out_is_told_that_this_goes_first(centre: Centre, header: str) -> None:
    assert "Global Privacy Control" not in section(centre.page(), "consents")
    shown = centre.page(headers={header: "1"})
    assert "you are not counted" in section(shown, "consents")
    assert "We hand nothing to any app" in section(shown, "apps")


def test_a_place_is_shown_renamed_and_deleted_by_its_person_alone(centre: Centre) -> None:
    person, stranger = new_person(), new_person()
    place = centre.rights.save_place(person, HOME)
    centre.enter(person)
    shown = section(centre.page(), "places")
    assert "My &lt;b&gt;home&lt;/b&gt;" in shown
    assert "60.16851, 24.95003" in shown
    assert centre.post(f"/privacy/places/{place.id}", {"name": "  Flat   of  mum "}).headers["location"].startswith("/privacy?")
    assert centre.rights.places(person)[0].name == "Flat of mum"
    for name in ("", "   ", "x" * 81):
        assert centre.post(f"/privacy/places/{place.id}", {"name": name}).status_code == 400
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert centre.post(f"/privacy/places/{place.id}/delete", headers=elsewhere).status_code == 403
    centre.client.cookies.clear()
    assert centre.post(f"/privacy/places/{place.id}/delete", {"name": "x"}).status_code == 404
    centre.enter(stranger)
    assert centre.post(f"/privacy/places/{place.id}", {"name": "mine"}).status_code == 404
    assert centre.post(f"/privacy/places/{place.id}/delete", {"name": "x"}).status_code == 404
    assert "Flat of mum" not in centre.page()
    centre.client.cookies.clear()
    centre.enter(person)
    assert centre.post(f"/privacy/places/{place.id}/delete", {"name": "as the form sends it"}).status_code == 303
    assert not centre.rights.places(person)


def test_an_app_is_shown_with_its_receipt_and_shown_out(centre: Centre) -> None:
    person = new_person()
    grant = centre.let_in(person)
    centre.enter(person)
    shown = section(centre.page(), "apps")
    assert "Pill &lt;Box&gt;" in shown
    assert "The places that you saved here" in shown
    assert "Take it back: Pill &lt;Box&gt;" in buttons(shown)
    receipt = centre.client.get(f"/privacy/apps/{grant}/receipt")
    assert receipt.text == "a.signed.receipt"
    assert receipt.headers["content-disposition"].startswith("attachment")
    assert centre.post(f"/privacy/apps/{grant}/revoke").status_code == 303
    shown = section(centre.page(), "apps")
    assert "This has ended" in shown
    assert not buttons(shown)
    centre.client.cookies.clear()
    centre.enter(new_person())
    assert centre.client.get(f"/privacy/apps/{grant}/receipt").status_code == 404


def test_the_file_has_what_the_page_has(centre: Centre) -> None:
    person = new_person()
    centre.rights.save_place(person, HOME)
    centre.agree(person, Purpose.SEARCH)
    centre.enter(person)
    answer = centre.client.get("/privacy/data.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="finder-data.json"'
    assert answer.headers["cache-control"] == "private, no-store"
    told = answer.json()
    assert told["subject"] == person.subject
    assert told["saved_places"]["rows"][0]["lat"] == HOME.lat
    assert told["consents"]["rows"][0]["purpose"] == "search"
    assert person.token not in answer.text
    centre.client.cookies.clear()
    assert centre.client.get("/privacy/data.json", follow_redirects=False).status_code == 303


def test_all_is_erased_with_a_receipt_that_can_be_kept(centre: Centre) -> None:
    person = new_person()
    centre.rights.save_place(person, HOME)
    centre.agree(person, Purpose.SEARCH)
    centre.let_in(person)
    centre.enter(person)
    asked = centre.page("/privacy/erase")
    assert buttons(asked) == ["Erase everything"]
    assert re.search(r'<a class="button line-button" href="/privacy">Erase nothing</a>', asked)
    assert centre.rights.places(person)  # looking erases nothing
    assert centre.post("/privacy/erase", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    answer = centre.post("/privacy/erase")
    assert answer.status_code == 200
    cookies = answer.headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in cookies if "Max-Age=0" in cookie} == {SESSION_COOKIE, PREFERENCES_COOKIE}
    file = re.search(r'href="data:application/json;base64,([^"]+)" download', answer.text)
    assert file
    receipt = json.loads(base64.b64decode(unescape(file[1])))
    assert receipt["subject"] == person.subject
    assert receipt["erased"] >= 2
    assert str(receipt["seq"]) in answer.text
    data = centre.rights.export(person.subject, person.key)
    assert not data.saved_places.rows + data.app_grants.rows + data.statistics.rows
    assert [line.act for line in data.consents.rows] == ["erased"]


def test_who_has_no_key_has_nothing_to_erase(centre: Centre) -> None:
    assert "There is nothing to erase" in centre.page("/privacy/erase")
    assert centre.post("/privacy/erase").status_code == 303
    assert not centre.ledger.newest()


def test_one_comes_back_with_the_key_as_it_was_written_down(centre: Centre) -> None:
    person = new_person()
    centre.rights.save_place(person, HOME)
    centre.enter(person)
    key = re.search(r"<code>(fs_[a-z2-7]{40})</code>", centre.page("/privacy/key"))
    assert key
    assert key[1] == person.token
    assert person.token not in centre.page()
    assert "Max-Age=0" in centre.post("/privacy/leave").headers["set-cookie"]
    centre.client.cookies.clear()
    assert "<strong>Nothing.</strong>" in centre.page()
    typed = f" {key[1][:20]} {key[1][20:].upper()}\n"
    answer = centre.client.post("/privacy/key", data={"key": typed})
    assert "You are back" in answer.text
    assert "My &lt;b&gt;home" in answer.text


@pytest.mark.parametrize("key", ["", "fs_", "fs_" + "a" * 39, "fs_" + "1" * 40, '"><script>', "fs_" + "a" * 41])
def test_what_is_no_key_is_said_to_be_none(centre: Centre, key: str) -> None:
    answer = centre.post("/privacy/key", {"key": key})
    assert answer.status_code == 400
    assert "This is no key" in answer.text
    assert "set-cookie" not in answer.headers
    assert not key or key not in answer.text or person_of(key) is None
    assert "<script" not in answer.text


def test_no_other_site_slips_a_key_in(centre: Centre) -> None:
    answer = centre.post("/privacy/key", {"key": new_person().token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_units_are_chosen_and_forgotten(centre: Centre) -> None:
    answer = centre.post("/privacy/preferences", {"units": "mi"})
    assert answer.headers["set-cookie"].startswith(f"{PREFERENCES_COOKIE}=mi;")
    shown = centre.page("/privacy?done=units")
    assert "These units are used from now on" in shown
    assert '<code class="value">mi</code>' in section(shown, "cookies")
    assert "mi</span>" in centre.page("/?place=Torikatu") or "miles" in centre.page("/?place=Torikatu")
    centre.post("/privacy/preferences", {"units": "mi", "forget": "yes"})
    assert not centre.client.cookies.get(PREFERENCES_COOKIE)
    assert centre.post("/privacy/preferences", {"units": "mi"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_browser_that_keeps_no_cookies_is_told_so(centre: Centre) -> None:
    for done in ("units", "back"):
        assert "does not keep cookies" in centre.page(f"/privacy?done={done}")
    for done in ("", "x", "<script>"):
        assert 'role="status"' not in centre.page(f"/privacy?done={done}")


@pytest.mark.parametrize("language", ["en-GB", "es-MX"])
def test_every_kind_that_is_kept_is_told_with_its_end(centre: Centre, language: str) -> None:
    shown = unescape(section(centre.page(headers={"Accept-Language": language}), "kept"))
    assert len(re.findall("<details", shown)) == len(Where)
    for kind in KINDS:
        for text in (kind.what, kind.why, kind.until):
            assert text.in_language(language[:2])[1:] in shown


def test_where_the_database_does_not_answer_the_rest_is_there(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise NotReady("The database does not answer.")

    person = new_person()
    centre.enter(person)
    for desk, name in ((centre.rights, "export"), (centre.consents, "history")):
        monkeypatch.setattr(desk, name, away)
    shown = centre.page()
    assert "We cannot look this up right now" in section(shown, "held")
    assert "OpenStreetMap" in shown


def save_form(html: str) -> dict[str, str]:
    """The fields of the form that saves the place of a results page."""
    form = re.search(r'<form class="save-place" action="/privacy/places" method="post">(.*?)</form>', html, re.DOTALL)
    assert form
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[1])}


def test_a_place_is_saved_after_one_question(centre: Centre) -> None:
    asked = centre.post("/privacy/places", save_form(centre.page("/?place=Kamppi")))
    assert asked.status_code == 200
    assert "set-cookie" not in asked.headers
    assert not centre.ledger.newest()
    fields = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text)}
    assert 'href="/?place=Kamppi' in asked.text  # the way back of who says no
    answer = centre.post("/privacy/places", {**fields, "say": "yes"})
    assert answer.headers["location"] == "/privacy?done=saved#places"
    shown = centre.page("/privacy?done=saved")
    assert "The place is saved" in shown
    assert "Kamppi" in section(shown, "places")
    # Who has agreed is not asked again.
    again = centre.post("/privacy/places", save_form(centre.page("/?place=Torikatu")))
    assert again.status_code == 303
    person = person_of(centre.client.cookies[SESSION_COOKIE])
    assert person
    assert len(centre.rights.places(person)) == 2
    place = centre.rights.places(person)[0]
    searched = centre.post(f"/privacy/places/{place.id}/search", {"name": "as the form sends it"})
    assert searched.status_code == 303
    assert "nearest to Kamppi" in centre.page(searched.headers["location"]).replace("\u00a0", " ")


def test_only_a_place_that_was_found_can_be_saved(centre: Centre) -> None:
    for path in ("/", "/?place=Nowhereatallx", "/?words=dentist"):
        assert "save-place" not in centre.page(path)
    for place in ("", "Nowhereatallx"):
        assert centre.post("/privacy/places", {"place": place, "say": "yes"}).status_code == 400
    kamppi = {"place": "Kamppi, Helsinki", "say": "yes", "language": "en"}
    assert centre.post("/privacy/places", {**kamppi, "policy": "2020-01-01"}).status_code == 409
    assert centre.post("/privacy/places", kamppi, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not centre.ledger.newest()


def test_there_is_room_for_so_many_places(centre: Centre) -> None:
    person = new_person()
    centre.enter(person)
    centre.agree(person, Purpose.SEARCH)
    for _ in range(MOST_SAVED_PLACES):
        centre.rights.save_place(person, HOME)
    answer = centre.post("/privacy/places", {"place": "Kamppi"})
    assert answer.headers["location"] == "/privacy?done=full#places"
    assert "delete one first" in centre.page("/privacy?done=full")
