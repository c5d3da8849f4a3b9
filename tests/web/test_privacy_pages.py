"""The privacy centre, as a browser without JavaScript uses it: over a real store."""

import base64
import json
import re
from html import unescape
from typing import Any

import pytest

from finder.domain.consent import ForNotices, Purpose, Via
from finder.errors import NotReady
from finder.http.persons import SESSION_COOKIE
from finder.notices.visits import VisitDesk
from finder.privacy.places import PlaceSaid
from finder.privacy.retention import KINDS, Where
from finder.privacy.subjects import new_person, person_of
from finder.store.saved_places import MOST_SAVED_PLACES
from finder.web.language import LOCALES_DIR
from finder.web.preferences import PREFERENCES_COOKIE
from tests.consenting import old_yes
from tests.notices.visiting import CLINIC, Book, fence

from .centre import Centre

HOME = PlaceSaid(name="My <b>home</b>", label="Torikatu, Helsinki", lat=60.16851, lon=24.95003, accuracy_m=15.0)


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
    assert re.findall(r"<script[^>]*(/js/[^\"]*)", answer.text) == ["/js/privacy.js"]  # it forgets, and asks nobody
    for told in ("OpenStreetMap", "DB-IP", "MapLibre", "Links to other sites", "What we never do"):
        assert told in answer.text


def test_armed_visits_are_told_of_and_go_with_the_yes(centre: Centre) -> None:
    person = new_person()
    centre.agree(person, Purpose.NOTICES)
    desk = VisitDesk(centre.rights._visits, Book(fence()))
    desk.arm(centre.consents.grant(ForNotices, person.subject), person, CLINIC.id)
    centre.enter(person)
    page = centre.page()
    assert "<script" not in page
    held = section(page, "held")
    assert "1 visit, 0 notices" in held
    assert "to tell you in time what you asked to be told" in held
    assert f"<li>{CLINIC.name}: switched on</li>" in held
    assert '<a href="/notices">' in held
    assert CLINIC.id not in held
    desk.disarm_all(person)
    assert f"<li>{CLINIC.name}: ended</li>" in section(centre.page(), "held")
    centre.rights.oppose(person.subject, [Purpose.NOTICES], via=Via.WEB)
    assert "visit" not in section(centre.page(), "held")
    taken_back = section(centre.page(), "consents")
    assert "You took your agreement back on" in taken_back
    assert "Notices when you are near a place of care" not in " ".join(buttons(taken_back))
    assert "/js/privacy.js" in centre.page()  # what this browser kept of a visit it forgets, too


@pytest.mark.parametrize("purpose", [Purpose.SEARCH, Purpose.NOTICES])
def test_an_agreement_that_a_later_policy_ended_is_shown_as_ended(centre: Centre, purpose: Purpose) -> None:
    person = new_person()
    centre.enter(person)
    assert 'id="consent-notices"' not in centre.page()
    old_yes(centre.ledger, person.subject, purpose)
    shown = re.search(rf'<li id="consent-{purpose}">.*?</li>', centre.page(), re.DOTALL)
    assert shown
    assert "This has ended: it is too old, or the policy has changed." in shown[0]
    assert ("I agree" in shown[0]) is (purpose is Purpose.SEARCH)


def test_an_app_is_out_at_once_with_the_yes_that_let_it_in(centre: Centre) -> None:
    person = new_person()
    centre.let_in(person)
    centre.enter(person)
    answer = centre.post("/privacy/consents", {"form": "plain", "purpose": "disclosure", "say": "revoke"})
    assert answer.headers["location"] == "/privacy?done=taken#consents"
    assert "This has ended" in section(centre.page(), "apps")


def test_one_agrees_and_takes_it_back_without_script(centre: Centre) -> None:
    form = re.search(r'<li id="consent-search">.*?<form(.*?)</form>', centre.page(), re.DOTALL)
    assert form
    assert 'action="/privacy/consents" method="post"' in form[1]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[1]))
    answer = centre.client.post("/privacy/consents", data={**fields, "say": "yes"})
    assert [each.status_code for each in answer.history] == [307, 303]
    assert answer.history[-1].headers["location"] == "/privacy?done=agreed#consents"
    agreed = section(answer.text, "consents")
    assert "Written down: you agree to this from now on." in agreed
    assert "You agreed on" in agreed
    assert "Take it back: Search near your exact position" in buttons(agreed)
    assert "Search near your exact position: you agreed" in section(centre.page(), "held")
    answer = centre.client.post("/privacy/consents", data={"form": "plain", "purpose": "search", "say": "revoke"})
    taken_back = section(answer.text, "consents")
    assert "Taken back: it ends now." in taken_back
    assert "You took your agreement back on" in taken_back


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
    assert "So we let no new app in. Those that you let in before stay until you take them back." in section(shown, "apps")


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
    assert "<script" not in asked
    answer = centre.post("/privacy/erase")
    assert answer.status_code == 200
    assert "/js/privacy.js" in answer.text  # the browser forgets the visit that it watches, too
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


def test_a_key_with_a_slip_of_the_pen_lets_nobody_in(centre: Centre) -> None:
    mistyped = new_person()
    answer = centre.post("/privacy/key", {"key": mistyped.token})
    assert answer.status_code == 400
    assert "Nothing is held under this key" in answer.text
    assert '<form action="/privacy/key"' in answer.text
    assert mistyped.token not in answer.text
    assert "set-cookie" not in answer.headers
    centre.agree(mistyped, Purpose.SEARCH)
    centre.rights.erase(mistyped.subject, via=Via.WEB)  # a line is held that says so
    assert "You are back" in centre.client.post("/privacy/key", data={"key": mistyped.token}).text


@pytest.mark.parametrize("path", ["/privacy/key", "/privacy/consents", "/privacy/leave", "/privacy/erase", "/privacy/places"])
@pytest.mark.parametrize(
    "sent_by",
    [{"Sec-Fetch-Site": "cross-site"}, {}, {"Origin": "null"}, {"Origin": "https://elsewhere.example"}],
    ids=["by Sec-Fetch-Site", "said by nothing", "by nobody", "by Origin"],
)
def test_no_other_site_touches_the_session(centre: Centre, sent_by: dict[str, str], path: str) -> None:
    centre.enter(new_person())
    del centre.client.headers["Sec-Fetch-Site"]
    answer = centre.post(path, {"key": new_person().token} if path.endswith("key") else {}, headers=sent_by)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_browser_that_says_only_the_origin_has_forms_too(centre: Centre) -> None:
    del centre.client.headers["Sec-Fetch-Site"]
    person = new_person()
    centre.rights.save_place(person, HOME)
    key = {"key": person.token}
    assert centre.post("/privacy/key", key, headers={"Origin": "https://testserver.local"}).status_code == 303


def test_no_key_is_replaced_unasked(centre: Centre) -> None:
    held, other = new_person(), new_person()
    for person in (held, other):
        centre.rights.save_place(person, HOME)
    centre.enter(held)
    assert centre.post("/privacy/key", {"key": held.token}).status_code == 303  # the very key that is held
    for replaced in ({}, {"replace": "yes"}, {"replace": other.subject}):
        asked = centre.post("/privacy/key", {"key": other.token, **replaced})
        assert (asked.status_code, "set-cookie" in asked.headers) == (200, False)
        assert f"<code>{held.token}</code>" in asked.text
        assert buttons(asked.text)[-1] == "Use the other key"
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    assert other.token in centre.post("/privacy/key", fields).headers["set-cookie"]


def test_no_template_runs_two_sentences_together() -> None:
    """Jinja takes the line's end after a tag away, and the blanks before the next one."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in (LOCALES_DIR.parent / "templates").glob("*.html")}
    assert "authorize.html" in texts
    assert [name for name, text in texts.items() if re.search(r"endtrans %\}\n\s*\{% trans", text)] == []


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
    for done in ("units", "back", "agreed"):
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


@pytest.mark.parametrize(
    ("act", "path", "fields", "said"),
    [
        ("erase", "/privacy/erase", {}, "Nothing is erased yet"),
        ("oppose", "/privacy/consents", {"form": "plain", "purpose": "search", "say": "revoke"}, "Nothing is taken back yet"),
        ("remove_place", "/privacy/places/{id}/delete", {"name": '"My" <home>'}, "Nothing is saved or changed yet"),
        ("correct_place", "/privacy/places/{id}", {"name": '"My" <home>'}, "Nothing is saved or changed yet"),
    ],
)
def test_what_could_not_be_done_is_said_and_can_be_repeated(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, act: str, path: str, fields: dict[str, str], said: str
) -> None:
    def busy(*_: Any, **_named: Any) -> Any:
        raise NotReady("The store is busy.")

    person = new_person()
    path = path.format(id=centre.rights.save_place(person, HOME).id)
    centre.agree(person, Purpose.SEARCH)
    centre.enter(person)
    before = centre.rights.export(person.subject, person.key)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(centre.rights, act, busy)
        answer = centre.post(path, fields)
    assert answer.status_code == 503
    assert said in answer.text
    assert "No places of care" not in answer.text
    assert 'href="/privacy"' in answer.text
    form = re.search(rf'<form action="{path}" method="post"(.*?)</form>', answer.text, re.DOTALL)
    assert form
    again = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1])}
    assert again == fields
    assert centre.post(path, again).status_code < 400
    after = centre.rights.export(person.subject, person.key)
    assert (after.consents, after.saved_places) != (before.consents, before.saved_places)


def test_what_cannot_be_looked_up_is_said_too(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise NotReady("The database does not answer.")

    centre.enter(new_person())
    monkeypatch.setattr(centre.rights, "export", away)
    answer = centre.client.get("/privacy/data.json")
    assert answer.status_code == 503
    assert "We cannot look this up right now" in answer.text
    assert 'href="/privacy"' in answer.text
    assert "No places of care" not in answer.text
    assert "<form" not in answer.text


def test_where_the_database_does_not_answer_the_rest_is_there(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise NotReady("The database does not answer.")

    person = new_person()
    centre.enter(person)
    for desk, name in ((centre.rights, "export"), (centre.consents, "history")):
        monkeypatch.setattr(desk, name, away)
    shown = centre.page()
    for part in ("held", "consents", "places", "apps"):
        assert section(shown, part).count("We cannot look this up right now") == 1
    for untrue in ("Nothing.", "You have saved no place", "You have let no app", "You have not agreed"):
        assert untrue not in shown
    assert "OpenStreetMap" in shown


def save_form(html: str) -> dict[str, str]:
    """The fields of the form that saves the place of a results page."""
    form = re.search(r'<form class="save-place" action="/privacy/places" method="post">(.*?)</form>', html, re.DOTALL)
    assert form
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[1])}


def test_a_place_is_saved_by_its_name_and_no_consent_is_written(centre: Centre) -> None:
    answer = centre.client.post("/privacy/places", data=save_form(centre.page("/?place=Kamppi")))
    assert answer.history[-1].headers["location"] == "/privacy?done=saved#places"
    shown = answer.text
    assert "The place is saved" in shown
    assert "Kamppi" in section(shown, "places")
    again = centre.post("/privacy/places", save_form(centre.page("/?place=Torikatu")))
    assert again.status_code == 303
    person = person_of(centre.client.cookies[SESSION_COOKIE])
    assert person
    assert len(centre.rights.places(person)) == 2
    assert not centre.ledger.newest()


def test_of_who_keeps_no_cookie_no_place_is_saved(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[Any] = []

    def save(*said: Any) -> None:
        saved.append(said)

    def forget(_: Any) -> None:
        centre.client.cookies.clear()

    form = save_form(centre.page("/?place=Kamppi"))
    monkeypatch.setattr(centre.rights, "save_place", save)
    centre.client.event_hooks["response"] = [forget]
    assert "does not keep cookies" in centre.client.post("/privacy/places", data=form).text
    assert not saved


def test_only_a_place_that_was_found_can_be_saved(centre: Centre) -> None:
    for path in ("/", "/?place=Nowhereatallx", "/?words=dentist"):
        assert "save-place" not in centre.page(path)
    for place in ("", "Nowhereatallx"):
        assert centre.post("/privacy/places", {"place": place}).status_code == 400
    kamppi = {"place": "Kamppi, Helsinki"}
    assert centre.post("/privacy/places", {**kamppi, "lat": "60.1"}).status_code == 400
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
