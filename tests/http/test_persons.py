"""Who asks, by header or cookie; and the cookie itself."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from litestar import Response
from litestar.testing import RequestFactory

from finder.errors import TokenNeeded
from finder.http.persons import SESSION_COOKIE, asking_person, end_session, known_person, opted_out, start_session
from finder.privacy.subjects import Person

PERSON, OTHER = (Person(f"fs_{letter * 40}") for letter in "ab")
COOKIE = {"Cookie": f"{SESSION_COOKIE}={PERSON.token}"}


def request(headers: dict[str, str], *, method: str = "get") -> Any:
    return getattr(RequestFactory(), method)("/", headers=headers)


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, None),
        (COOKIE, PERSON.token),
        ({"Authorization": f"Bearer {OTHER.token}"}, OTHER.token),
        ({"Authorization": f"bearer  {OTHER.token} "}, OTHER.token),
        ({**COOKIE, "Authorization": f"Bearer {OTHER.token}"}, OTHER.token),
        ({"Authorization": f"Basic {OTHER.token}"}, None),
        ({"Authorization": OTHER.token}, None),
        ({"Authorization": "Bearer fk_something"}, None),
        ({"Cookie": f"{SESSION_COOKIE}=fs_{'a' * 41}"}, None),
        ({"Cookie": f"finder-session={PERSON.token}"}, None),
    ],
)
def test_by_header_else_by_cookie(headers: dict[str, str], token: str | None) -> None:
    for method in ("get", "post"):
        person = asking_person(request({**headers, "Sec-Fetch-Site": "same-origin"}, method=method))
        assert (person.token if person else None) == token


@pytest.mark.parametrize(
    ("sent_by", "believed"), [("same-origin", True), ("same-site", False), ("cross-site", False), ("none", False)]
)
def test_another_sites_page_posts_for_nobody(sent_by: str, *, believed: bool) -> None:
    headers = {"Sec-Fetch-Site": sent_by}
    assert (asking_person(request({**COOKIE, **headers}, method="post")) is not None) is believed
    assert asking_person(request({**COOKIE, **headers})) is not None  # a link to a page, which changes nothing
    by_app = {**headers, "Authorization": f"Bearer {PERSON.token}"}
    assert asking_person(request(by_app, method="post")) is not None  # no browser sends it by itself


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://elsewhere.example"}, False),
        ({"Origin": "https://finder.example"}, True),
        ({"Origin": "http://finder.example"}, True),  # as it is reached here, where no proxy ends TLS
        ({"Origin": "https://finder.example:444"}, False),
        ({"Origin": "https://finder.example.elsewhere.example"}, False),
        ({"Origin": "https://finder.example", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://a/b", "Host": "a/b"}, False),
    ],
)
def test_where_the_browser_says_no_site_its_origin_must_be_ours(headers: dict[str, str], *, believed: bool) -> None:
    asked = request({"Host": "finder.example", **COOKIE, **headers}, method="post")
    assert (asking_person(asked) is not None) is believed


def test_somebody_unknown_is_told_what_to_send() -> None:
    assert known_person(request(COOKIE)).subject == PERSON.subject
    with pytest.raises(TokenNeeded, match=r"Authorization: Bearer fs_.*/api/v1/consents"):
        known_person(request({}))


def test_the_cookie_of_a_session() -> None:
    response = Response(None)
    start_session(response, PERSON)
    [header] = [cookie.to_header(header="") for cookie in response.cookies]
    morsel = SimpleCookie(header)[SESSION_COOKIE]
    assert morsel.value == PERSON.token
    # What the prefix asks for (RFC 6265bis, 4.1.3.2): Secure, the path of all, no domain.
    assert (morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "")
    assert (morsel["httponly"], morsel["samesite"]) == (True, "lax")
    assert (morsel["max-age"], morsel["expires"]) == ("", "")  # gone with the browser


def test_the_cookie_is_taken_back() -> None:
    response = Response(None)
    end_session(response)
    [header] = [cookie.to_header(header="") for cookie in response.cookies]
    morsel = SimpleCookie(header)[SESSION_COOKIE]
    assert (morsel.value, morsel["max-age"], morsel["secure"], morsel["path"]) == ("", "0", True, "/")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({}, False), ({"Sec-GPC": "1"}, True), ({"DNT": "1"}, True), ({"DNT": "0"}, False), ({"Sec-GPC": "0", "DNT": "1"}, True)],
)
def test_who_opts_out(headers: dict[str, str], *, expected: bool) -> None:
    assert opted_out(request(headers)) is expected
