"""A saved place as the start of the pages, by forms alone: exact as agreed, blurred without, and in no address."""

import re
from html import unescape
from typing import Any

import pytest

from finder.domain.consent import Act, Purpose
from finder.errors import NotReady
from finder.privacy.places import PlaceSaid
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person

from .centre import Centre

HOME = PlaceSaid(name="Grandma & co", label="Torikatu, Helsinki", lat=60.16851, lon=24.95003, accuracy_m=15.0)
BY_DEVICE = PlaceSaid(name="The jetty", label=None, lat=60.16233, lon=24.94177, accuracy_m=9.0)
WAY = "/facilities/town0001/directions"
PURPOSES = {"/": Purpose.SEARCH, WAY: Purpose.DIRECTIONS}
ON_BOTH = pytest.mark.parametrize("page", PURPOSES)


def saver(centre: Centre, said: PlaceSaid = HOME) -> tuple[Person, str]:
    """A person in the browser, and the id of the place that the person saved."""
    person = new_person()
    centre.enter(person)
    return person, centre.rights.save_place(person, said).id


def shown_at(html: str) -> tuple[float, float]:
    """Where the page takes the person to be, longitude first."""
    found = re.search(r'<section class="(?:results|way)"[^>]* data-lon="([^"]+)" data-lat="([^"]+)"', html)
    assert found
    return float(found[1]), float(found[2])


def addresses(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r' (?:href|action|formaction|src)="([^"]*)"', html)]


def fields(form: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)}


def the_form(html: str, form_id: str) -> str:
    found = re.search(rf'<form[^>]* id="{form_id}".*?</form>', html, re.DOTALL)
    assert found
    return found[0]


def formaction(html: str, pattern: str) -> str:
    found = re.search(rf'<button[^>]* form="start" formaction="({pattern})"', html)
    assert found, pattern
    return unescape(found[1])


def saved_area(html: str) -> str:
    found = re.search(r'<section class="notice saved-area".*?</section>', html, re.DOTALL)
    return found[0] if found else ""


@ON_BOTH
@pytest.mark.parametrize("said", [HOME, BY_DEVICE], ids=["by name", "by a device"])
def test_it_is_exact_with_a_yes_for_the_purpose_of_the_page(centre: Centre, page: str, said: PlaceSaid) -> None:
    person, place = saver(centre, said)
    other = next(purpose for purpose in PURPOSES.values() if purpose is not PURPOSES[page])
    centre.agree(person, other)
    assert saved_area(centre.post(page, {"saved": place}).text)
    centre.agree(person, PURPOSES[page])
    answer = centre.post(page, {"saved": place})
    assert answer.status_code == 200
    assert shown_at(answer.text) == (said.lon, said.lat)
    assert said.name in unescape(answer.text)
    assert not saved_area(answer.text)


@ON_BOTH
def test_without_a_yes_it_is_blurred_and_one_question_is_asked(centre: Centre, page: str) -> None:
    person, place = saver(centre)
    answer = centre.post(page, {"saved": place})
    lon, lat = shown_at(answer.text)
    assert (lon, lat) != (HOME.lon, HOME.lat)
    assert abs(lon - HOME.lon) < 0.05
    assert abs(lat - HOME.lat) < 0.03
    assert str(HOME.lat) not in answer.text
    asked = saved_area(answer.text)
    assert "the area around “Grandma & co”" in unescape(asked)
    yes, area = re.findall(r"<form.*?</form>", asked, re.DOTALL)
    assert not centre.ledger.entries(person.subject)
    less = centre.post(page, {**fields(area), "area": PURPOSES[page].value}).text
    assert shown_at(less) == (lon, lat)
    assert "as you wish" in saved_area(less)
    assert "<form" not in saved_area(less)
    assert not centre.ledger.entries(person.subject)
    exact = centre.post(page, {**fields(yes), "say": "yes"}).text
    assert shown_at(exact) == (HOME.lon, HOME.lat)
    [line] = centre.ledger.entries(person.subject)
    assert (line.act, line.purpose, line.policy_version, line.language) == (Act.GRANTED, PURPOSES[page], CURRENT_POLICY, "en")


@ON_BOTH
def test_only_the_area_is_a_wish_for_one_purpose(centre: Centre, page: str) -> None:
    _, place = saver(centre)
    other = next(purpose for purpose in PURPOSES.values() if purpose is not PURPOSES[page])
    answer = centre.post(page, {"saved": place, "area": other.value})
    assert "<form" in saved_area(answer.text)


@ON_BOTH
def test_no_address_holds_anything_of_it(centre: Centre, page: str) -> None:
    person, place = saver(centre)
    for agreed in (False, True):
        if agreed:
            centre.agree(person, PURPOSES[page])
        answer = centre.post(page, {"saved": place, "words": "clinic"})
        for address in addresses(answer.text):
            assert not [part for part in (place, "Grandma", "Torikatu", "60.1685", "saved=") if part in address], address
        assert answer.headers["cache-control"]
        assert centre.client.get(f"{page}?saved={place}").text.count("data-source") == centre.page(page).count("data-source")
        assert shown_at(centre.page(f"{page}?saved={place}")) == shown_at(centre.page(page))


@ON_BOTH
def test_the_use_is_noted(centre: Centre, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person, place = saver(centre)
    noted: list[str] = []
    use_place = centre.rights.use_place

    def note(holder: Any, place_id: str) -> Any:
        noted.append(place_id)
        return use_place(holder, place_id)

    monkeypatch.setattr(centre.rights, "use_place", note)
    centre.post(page, {"saved": place})
    centre.page(page)
    assert noted == [place]
    assert person


@ON_BOTH
def test_it_goes_along_by_forms(centre: Centre, page: str) -> None:
    person, place = saver(centre)
    for purpose in PURPOSES.values():
        centre.agree(person, purpose)
    there = (HOME.lon, HOME.lat)
    html = centre.post(page, {"saved": place, "words": "clinic"}).text
    start = fields(the_form(html, "start"))
    assert start == {"saved": place}
    spanish = formaction(html, r"\?[^\"]*lang=es")
    answer = centre.post(page + spanish, start)
    assert '<html lang="es">' in answer.text
    assert shown_at(answer.text) == there
    assert 'value="clinic"' in answer.text
    onwards = [WAY + '[^"]*', r"/\?[^\"]*show=20[^\"]*", r"/\?[^\"]*"] if page == "/" else [r"/\?[^\"]*"]
    for pattern in onwards:
        assert shown_at(centre.post(formaction(html, pattern).partition("#")[0], start).text) == there
    ask = fields(the_form(html, "ask"))
    assert ask["saved_before"] == place
    assert shown_at(centre.post(page, ask).text) == there
    assert shown_at(centre.post(page, {**ask, "mode": "foot"}).text) == there


@ON_BOTH
def test_a_link_that_cannot_take_it_along_says_so(centre: Centre, page: str) -> None:
    _, place = saver(centre)
    html = centre.post(page, {"saved": place}).text
    links = [one for one in addresses(html) if one.startswith("/facilities/") and "/directions" not in one and "/way" not in one]
    assert links
    assert all(one.endswith("#start-left") for one in links)
    assert 'id="start-left"' in centre.page(links[0].partition("#")[0])
    assert "#start-left" not in centre.page(page)


@ON_BOTH
def test_what_is_typed_since_goes_before_it_and_what_is_chosen_now_before_all(centre: Centre, page: str) -> None:
    person, place = saver(centre)
    centre.agree(person, PURPOSES[page])
    typed = centre.post(page, {"saved_before": place, "place": "Kamppi"})
    assert typed.status_code == 303
    assert typed.headers["location"] == f"{page}?place=Kamppi"
    other = centre.rights.save_place(person, BY_DEVICE).id
    chosen = centre.post(page, {"saved": other, "saved_before": place, "place": "Kamppi"}).text
    assert shown_at(chosen) == (BY_DEVICE.lon, BY_DEVICE.lat)
    assert "Kamppi" not in fields(the_form(chosen, "ask")).values()
    assert re.search(rf'value="{other}" aria-current="true"', chosen)


@ON_BOTH
def test_only_who_has_saved_a_place_sees_a_choice(centre: Centre, page: str) -> None:
    assert 'name="saved"' not in centre.page(page)
    person, place = saver(centre)
    assert re.search(
        rf'<button[^>]* form="ask" formmethod="post"[^>]* name="saved" value="{place}">Grandma &amp; co<', centre.page(page)
    )
    for number in range(5):
        centre.rights.save_place(person, HOME)
        assert ("More of your places" in centre.page(page)) == (number >= 3)
    centre.client.cookies.clear()
    centre.enter(new_person())
    assert "Grandma" not in centre.page(page)


@ON_BOTH
def test_a_place_that_cannot_be_opened_is_said_to_be_so(centre: Centre, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person, place = saver(centre)
    centre.agree(person, PURPOSES[page])
    plain = shown_at(centre.page(page))

    def is_lost(posted: dict[str, str]) -> bool:
        answer = centre.post(page, posted)
        assert answer.status_code == 200
        assert shown_at(answer.text) == plain
        return 'id="saved-lost"' in answer.text and 'id="start"' not in answer.text

    assert is_lost({"saved": "0" * 24})
    centre.client.cookies.clear()
    assert is_lost({"saved": place})  # the browser was closed meanwhile
    stranger = new_person()
    centre.enter(stranger)
    centre.agree(stranger, PURPOSES[page])
    assert is_lost({"saved": place})
    centre.client.cookies.clear()
    centre.enter(person)

    def away(*_: Any) -> Any:
        raise NotReady("The database does not answer.")

    for name in ("use_place", "places"):
        monkeypatch.setattr(centre.rights, name, away)
    assert is_lost({"saved": place})


@ON_BOTH
@pytest.mark.parametrize(
    ("posted", "status"),
    [
        ({"saved": "1' OR 1=1"}, 400),
        ({"saved": "A" * 24}, 400),
        ({"area": "everything"}, 400),
        ({"say": "no"}, 400),
        ({"say": "yes", "policy": "2020-01-01"}, 409),
        ({"say": "yes"}, 400),
        ({"lat": "60.1"}, 400),
    ],
)
def test_what_no_form_of_ours_sends_is_refused(centre: Centre, page: str, posted: dict[str, str], status: int) -> None:
    person, place = saver(centre)
    answer = centre.post(page, {"saved": place, **posted})
    assert answer.status_code == status
    assert ("Our privacy policy has changed" in answer.text) == (status == 409)
    assert not centre.ledger.entries(person.subject)


@ON_BOTH
def test_no_other_site_starts_from_it(centre: Centre, page: str) -> None:
    _, place = saver(centre)
    assert centre.post(page, {"saved": place}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_privacy_centre_leads_to_it_by_a_form(centre: Centre) -> None:
    person, place = saver(centre, BY_DEVICE)
    centre.agree(person, Purpose.SEARCH)
    html = centre.page("/privacy")
    assert re.search(rf'<button[^>]* form="find-near" name="saved" value="{place}">', html)
    assert '<form id="find-near" action="/" method="post"></form>' in html
    assert "nearest to The jetty" in centre.post("/", {"saved": place}).text.replace("\u00a0", " ")
