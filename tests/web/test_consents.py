"""One question, asked when it is needed: what is written of a yes, what of a no, and when it is asked again."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from finder.directory import Directory
from finder.domain.consent import Act, Purpose
from finder.http.persons import SESSION_COOKIE
from finder.privacy.desk import ConsentDesk
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import Person, new_person, person_of
from finder.store.consents import ConsentLedger
from tests.consenting import ledger_in, old_yes

from .town import services, site
from .ways import TwoStreets

FIX = {"lat": "60.16943", "lon": "24.93921", "accuracy_m": "20"}
SEARCH, WAY = "/results", "/facilities/town0001/way"
PAGES = {"search": ("/", SEARCH), "directions": ("/facilities/town0001/directions", WAY)}
CHEST_PAIN = "me duele mucho el pecho"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[ConsentLedger]:
    with ledger_in(tmp_path) as opened:
        yield opened


@pytest.fixture
def client(town: Directory, ledger: ConsentLedger, tmp_path: Path) -> Iterator[TestClient[Any]]:
    desk = ConsentDesk(ledger, lambda: NOW)
    with RightsDesk.open(f"sqlite:///{tmp_path / 'finder.sqlite'}", desk) as rights:
        web = services(town, router=TwoStreets(), consents=desk, rights=rights)
        # https, as no jar sends the cookie of a session back over http but those of browsers, to the machine itself.
        with TestClient(site(web), base_url="https://finder.test") as client:
            client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
            yield client


def say(client: TestClient[Any], word: str, purpose: str = "search", **more: str) -> httpx.Response:
    form = {"say": word, "purpose": purpose, "policy": str(CURRENT_POLICY), "language": "es", **more}
    return client.post("/privacy/consents", data=form)


def as_person(client: TestClient[Any]) -> Person:
    person = new_person()
    client.cookies.set(SESSION_COOKIE, person.token)
    return person


def session_of(response: httpx.Response) -> Any:
    """The cookie that a response sets, or one that led to it."""
    cookies = SimpleCookie()
    for each in (*response.history, response):
        for header in each.headers.get_list("set-cookie"):
            cookies.load(header)
    return cookies.get(SESSION_COOKIE)


def agreed_on(html: str) -> str | None:
    found = re.search(r'<dialog id="consent"[^>]*data-agreed="([^"]+)"', html)
    return found[1] if found else None


@pytest.mark.parametrize("purpose", PAGES)
def test_a_yes_is_written_down_and_holds_for_the_pages_of_its_purpose(
    client: TestClient[Any], ledger: ConsentLedger, purpose: str
) -> None:
    page, fragment = PAGES[purpose]
    html = client.get(page).text
    assert f'data-purpose="{purpose}" data-policy="{CURRENT_POLICY}"' in html
    assert agreed_on(html) is None
    said = say(client, "yes", purpose)
    assert (said.status_code, said.text) == (204, "")
    person = person_of(session_of(said).value)
    assert person is not None
    [line] = ledger.entries(person.subject)
    assert (line.act, line.purpose, line.policy_version, line.language) == (Act.GRANTED, purpose, CURRENT_POLICY, "es")
    assert agreed_on(client.get(page).text) == NOW.isoformat()
    assert "accurate to about 20" in client.post(fragment, data={**FIX, "exact": "yes"}).text
    other_page, other_fragment = PAGES[next(name for name in PAGES if name != purpose)]
    assert agreed_on(client.get(other_page).text) is None
    assert client.post(other_fragment, data={**FIX, "exact": "yes"}).status_code == 403


def test_the_same_person_says_yes_twice(client: TestClient[Any], ledger: ConsentLedger) -> None:
    first, second = say(client, "yes"), say(client, "yes", "directions")
    assert session_of(second) is None  # the browser holds it already
    person = person_of(session_of(first).value)
    assert person is not None
    assert [line.purpose for line in ledger.entries(person.subject)] == ["search", "directions"]


@pytest.mark.parametrize("word", ["no", "revoke"])
def test_who_is_not_known_and_says_no_stays_unknown(client: TestClient[Any], ledger: ConsentLedger, word: str) -> None:
    answer = say(client, word)
    assert answer.status_code == 204
    assert "set-cookie" not in answer.headers
    assert ledger.newest() == 0


def test_a_no_is_written_of_who_is_known(client: TestClient[Any], ledger: ConsentLedger) -> None:
    person = as_person(client)
    assert say(client, "no").status_code == 204
    [line] = ledger.entries(person.subject)
    assert (line.act, line.policy_version) == (Act.REFUSED, CURRENT_POLICY)


def test_what_is_taken_back_holds_no_more(client: TestClient[Any], ledger: ConsentLedger) -> None:
    person = as_person(client)
    say(client, "yes")
    assert client.post(SEARCH, data={**FIX, "exact": "yes"}).status_code == 200
    assert say(client, "revoke").status_code == 204
    assert client.post(SEARCH, data={**FIX, "exact": "yes"}).status_code == 403
    assert agreed_on(client.get("/").text) is None
    assert [line.act for line in ledger.entries(person.subject)] == [Act.GRANTED, Act.REVOKED]


@pytest.mark.parametrize("form", ["", "plain"])
def test_of_who_keeps_no_cookie_no_yes_is_written(client: TestClient[Any], ledger: ConsentLedger, form: str) -> None:
    def forget(_: httpx.Response) -> None:
        client.cookies.clear()

    client.event_hooks["response"] = [forget]
    answer = say(client, "yes", form=form)
    assert ledger.newest() == 0
    if form:
        assert "does not keep cookies of this site" in answer.text
        assert "Written down" not in answer.text
    else:
        assert (answer.status_code, [each.status_code for each in answer.history]) == (202, [307])


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_who_opts_out_cannot_agree_to_statistics(client: TestClient[Any], ledger: ConsentLedger, header: str) -> None:
    client.headers[header] = "1"
    answer = say(client, "yes", "analytics", form="plain")
    assert "cannot agree to it here" in answer.text
    assert session_of(answer) is None
    assert ledger.newest() == 0
    say(client, "yes")
    assert ledger.newest() == 1


@pytest.mark.parametrize("exact", ["no", ""])
def test_who_said_yes_to_nothing_is_blurred_and_leaves_no_trace(
    client: TestClient[Any], ledger: ConsentLedger, exact: str
) -> None:
    for fragment in (SEARCH, WAY):
        answer = client.post(fragment, data={**FIX, "exact": exact})
        assert answer.status_code == 200
        assert "your area" in answer.text
        assert FIX["lat"] not in answer.text
        assert "set-cookie" not in answer.headers
    assert ledger.newest() == 0


def test_only_my_area_is_blurred_even_with_a_yes(client: TestClient[Any]) -> None:
    say(client, "yes")
    assert "your area" in client.post(SEARCH, data={**FIX, "exact": "no"}).text
    assert "accurate to about 20" in client.post(SEARCH, data=FIX).text


def test_an_emergency_waits_for_no_consent(client: TestClient[Any]) -> None:
    answer = client.post(SEARCH, data={**FIX, "exact": "yes", "words": CHEST_PAIN})
    assert answer.status_code == 200
    assert "emergency" in answer.text
    assert FIX["lat"] not in answer.text


def test_a_new_policy_asks_again_and_the_old_yes_stays_in_the_ledger(client: TestClient[Any], ledger: ConsentLedger) -> None:
    person = as_person(client)
    old_yes(ledger, person.subject, Purpose.SEARCH)
    assert agreed_on(client.get("/").text) is None
    assert client.post(SEARCH, data={**FIX, "exact": "yes"}).status_code == 409
    assert "your area" in client.post(SEARCH, data=FIX).text
    assert say(client, "yes").status_code == 204
    assert client.post(SEARCH, data={**FIX, "exact": "yes"}).status_code == 200
    assert [str(line.policy_version) for line in ledger.entries(person.subject)] == ["2026-10-01", str(CURRENT_POLICY)]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"say": "maybe"}, 400),
        ({"purpose": "everything"}, 400),
        ({"policy": "2020-01-01"}, 409),
        ({"policy": "newest"}, 400),
        ({"policy": ""}, 400),
        ({"who": "me"}, 400),
        ({"form": "https://evil.example"}, 400),
    ],
)
def test_what_is_no_answer_of_ours_is_refused(
    client: TestClient[Any], ledger: ConsentLedger, change: dict[str, str], status: int
) -> None:
    form = {"say": "yes", "purpose": "search", "policy": str(CURRENT_POLICY), "language": "en", **change}
    answer = client.post("/privacy/consents", data=form)
    assert answer.status_code == status
    assert session_of(answer) is None
    assert ledger.newest() == 0


def test_only_our_own_page_may_say_it(client: TestClient[Any], ledger: ConsentLedger) -> None:
    for sent_by in ("cross-site", "same-site"):
        client.headers["Sec-Fetch-Site"] = sent_by
        assert say(client, "yes").status_code == 403
    assert ledger.newest() == 0


def test_the_language_is_that_of_the_page_where_the_form_says_none(client: TestClient[Any], ledger: ConsentLedger) -> None:
    person = as_person(client)
    for language in ("", "tlh"):
        say(client, "yes", language=language)
    assert {line.language for line in ledger.entries(person.subject)} == {"en"}


def test_without_its_ledger_the_pages_are_there_and_nothing_is_promised(town: Directory, tmp_path: Path) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    with (
        ConsentLedger.open(empty, tmp_path / "revisions") as never_migrated,
        RightsDesk.open(empty, ConsentDesk(never_migrated)) as rights,
    ):
        site_without = site(services(town, consents=ConsentDesk(never_migrated), rights=rights))
        with TestClient(site_without, base_url="https://finder.test") as client:
            client.headers["Sec-Fetch-Site"] = "same-origin"
            as_person(client)
            for page, _ in PAGES.values():
                answer = client.get(page)
                assert answer.status_code == 200
                assert agreed_on(answer.text) is None
            assert "your area" in client.post(SEARCH, data=FIX).text
            answer = say(client, "yes")
            assert answer.status_code == 503
            assert "set-cookie" not in answer.headers
