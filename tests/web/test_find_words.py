"""The find page asked in a person's own words: what was understood, what can be taken out, and what comes first."""

import re
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from finder.directory import OpenWish, Sort, What
from finder.domain.facility import FacilityKind
from finder.domain.practitioner import Gender
from finder.web.find import Question, question_from

from .test_pages import FIX


def chips(html: str) -> dict[str, str]:
    """The address of each chip by what it says."""
    found = re.findall(r'<a class="chip" href="([^"]+)" data-ask><span>(.*?)</span>', html)
    return {unescape(label): unescape(address) for address, label in found}


def names(html: str) -> list[str]:
    return [unescape(name) for name in re.findall(r'data-name="([^"]+)"', html)]


def test_each_part_of_the_words_is_a_link_without_it(client: TestClient[Any]) -> None:
    html = client.get("/", params={"words": "heart doctor who speaks English", "place": "Kamppi"}).text
    assert names(html) == ["Dr. Aino Esimerkki", "Dr. Ben Muestra"]
    found = chips(html)
    assert list(found) == ["Cardiology", "Speaks English", "near Kamppi"]
    without_language = client.get(found["Speaks English"]).text
    assert names(without_language)[:2] == ["Dr. Aino Esimerkki", "Dra. Carmen Ejemplo"]
    assert list(chips(without_language)) == ["Cardiology", "near Kamppi"]
    assert 'value="heart doctor"' in without_language


def test_a_place_in_the_words_decides_where(client: TestClient[Any]) -> None:
    html = client.get("/", params={"words": "heart doctor near Kamppi", "place": "Torikatu, Kuopio"}).text
    assert "Kamppi, Helsinki, FI</h2>" in html
    assert list(chips(html)) == ["Cardiology", "near Kamppi"]


def test_what_is_only_related_comes_under_a_line(client: TestClient[Any]) -> None:
    html = client.get("/", params={"words": "doctor del corazón"}).text
    assert [name for name in names(html) if name.startswith("Dr")][-1] == "Dr. Ben Muestra"
    assert html.index("Dra. Carmen Ejemplo") < html.index("Also related:") < html.index("Dr. Ben Muestra")


def test_a_practitioners_card(client: TestClient[Any]) -> None:
    html = client.get("/", params={"words": "heart doctor", "plan": "seguro-ficticio", "what": "practitioners"}).text
    card = html.split('<li class="card')[1]
    for text in (
        'href="/practitioners/doctor01?words=heart+doctor',
        '<span class="credential">fictional</span>',
        'Sees patients at <a href="/facilities/town0001?words=heart+doctor',
        '<span class="badge soon">Open now</span> closes in 20 min',
        "Cardiology · ", "Accepting new patients", "as of 3 November 2026", "Speaks Finnish and English", "Video visit",
        "Takes your plan: Seguro Ficticio", "tel:+358931050191", "by car (estimate)",
    ):  # fmt: skip
        assert text in card
    outdated = client.get("/", params={"words": "Dr. Ben Muestra"}).text
    assert re.search(r'class="accepting unknown">.*as of 3 November 2025, over 1 year ago: ask', outdated)


def test_unknown_words_are_said_to_be_unknown(client: TestClient[Any]) -> None:
    html = client.get("/", params={"words": "qwrtpxyz heart doctor"}).text
    assert "We know nothing called “qwrtpxyz”." in html
    assert names(html)
    assert list(chips(html)) == ["Cardiology"]


def test_my_plan_asks_which(client: TestClient[Any]) -> None:
    html = client.get("/", params={"words": "heart doctor that takes my insurance", "wheelchair": ""}).text
    form = re.search(r'<form class="which-plan".*?</form>', html, re.DOTALL)
    assert form
    assert '<input type="hidden" name="words" value="heart doctor">' in form[0]
    assert '<option value="seguro-ficticio">' in form[0]


@pytest.mark.parametrize(
    ("words", "language", "number", "crisis"),
    [("me duele mucho el pecho", "es-MX", "112", False), ("I want to kill myself", "en-GB", "112", True)],
)
def test_an_emergency_comes_before_everything(
    client: TestClient[Any], words: str, language: str, number: str, crisis: bool
) -> None:
    for place in ("", "Xyzzyville Qwrtp"):  # help does not wait for the spelling of a place
        html = client.get("/", params={"words": words, "place": place}, headers={"Accept-Language": language}).text
        assert html.index('class="emergency" role="alert"') < html.index("<h1>")
        assert f'href="tel:{number}"' in html
        assert names(html)[0] == "Old Harbour Hospital"
        assert ("suicid" in html.lower()) is crisis
    posted = client.post("/results", data={**FIX, "words": words}).text
    assert posted.index('class="emergency"') < posted.index("<section")
    assert 'class="emergency"' not in client.get("/", params={"words": "heart doctor"}).text


def test_a_long_story_is_answered_by_its_beginning(client: TestClient[Any]) -> None:
    answer = client.get("/", params={"words": "I have chest pain and " + "then something else " * 50})
    assert answer.status_code == 200
    assert 'class="emergency" role="alert"' in answer.text
    assert names(client.get("/", params={"words": "heart doctor " + "x" * 1000}).text)


def test_what_the_form_overrules_is_no_chip(client: TestClient[Any]) -> None:
    """The form says Spanish, so the words' English narrows nothing down."""
    html = client.get("/", params={"words": "heart doctor who speaks English", "speaks": "es", "what": "practitioners"}).text
    assert list(chips(html)) == ["Cardiology", "Doctors and other professionals", "Speaks Spanish"]
    assert names(html)[0] == "Dra. Carmen Ejemplo"


def test_nothing_found_says_what_to_give_up(client: TestClient[Any]) -> None:
    html = client.get("/", params={"words": "heart doctor", "gender": "male", "video": "yes"}).text
    assert not names(html)
    wider = html[html.index("There is something if you give up:") :]
    links = {label: unescape(address) for address, label in re.findall(r'href="([^"]+)" data-ask>([^<]+)</a>', wider)}
    assert links
    for address in links.values():
        assert names(client.get(address).text)


def test_choices_tell_how_many_there_are(client: TestClient[Any]) -> None:
    html = client.get("/", params={"words": "heart doctor", "what": "practitioners"}).text
    assert re.search(r'<option value="en" data-label="English">English \(2\)</option>', html)
    assert "Video visit (1)" in html
    chosen = client.get("/", params={"words": "heart doctor", "what": "practitioners", "speaks": "en"}).text
    assert '<option value="en" data-label="English" selected>English</option>' in chosen


def test_a_search_by_position_keeps_the_words(client: TestClient[Any]) -> None:
    html = client.post("/results", data={**FIX, "words": "heart doctor", "speaks": "en"}).text
    assert names(html) == ["Dr. Aino Esimerkki", "Dr. Ben Muestra"]
    assert list(chips(html)) == ["Cardiology", "Speaks English"]
    assert 'href="/practitioners/doctor01?words=heart+doctor&amp;speaks=en"' in html


def test_a_plan_that_nobody_takes_any_more_is_passed_over(client: TestClient[Any]) -> None:
    assert names(client.get("/", params={"plan": "gone"}).text)


def test_a_question_survives_its_address(client: TestClient[Any]) -> None:
    question = Question(
        words="heart doctor", place="Kamppi", what=What.PRACTITIONERS, kind=FacilityKind.CLINIC, open=OpenWish.ON_ARRIVAL,
        speaks="es", plan="seguro-ficticio", accepting=True, wheelchair=True, video=True, gender=Gender.FEMALE, sort=Sort.BEST,
        within="5km", show=20,
    )  # fmt: skip
    assert question_from(question.values()) == question
    assert question.filters == 11
    html = client.get(question.address()).text
    for value in ("practitioners", "clinic", "on_arrival", "es", "seguro-ficticio", "female", "best", "5km"):
        assert re.search(rf'<option value="{value}"[^>]* selected>', html), value
    assert len(re.findall(r'type="checkbox"[^>]* checked', html)) == 3
