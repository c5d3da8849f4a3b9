"""A code serves once, within minutes, and only whom it was for; so do refresh tokens, and access tokens for an hour."""

from datetime import timedelta
from pathlib import Path

import pytest

from finder.domain.apps import AppScope
from finder.errors import AppTokenRefused
from finder.privacy.subjects import Person, new_person
from finder.store.apps import AppStore
from tests.privacy.conftest import Clock
from tests.privacy.disclosures.app_client import Client, entered, refusal
from tests.stores import migrated_sqlite


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """What the two databases do alike is asked of one: what they may do otherwise is in tests/store and test_showing_out.py."""
    return migrated_sqlite(tmp_path / "finder.sqlite")


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "x" * 43},
        {"code_verifier": ""},
        {"code_verifier": "short"},
        {"code_verifier": "ñ" * 43},
        {"redirect_uri": "http://127.0.0.1/back"},
        {"redirect_uri": ""},
        {"client_id": "b" * 16},
        {"client_id": ""},
        {"code": f"fc_{'a' * 40}"},
        {"code": "fc_"},
        {"code": ""},
        {"grant_type": "password"},
        {"grant_type": ""},
    ],
)
def test_a_code_alone_is_worth_nothing(client: Client, person: Person, change: dict[str, str]) -> None:
    code = client.code(person)
    status, answer = client.exchange(code, **change)
    assert status in {400, 401}
    assert "access_token" not in answer
    assert answer["error"] in {"invalid_grant", "invalid_client", "invalid_request", "unsupported_grant_type"}
    assert client.exchange(code)[0] == 200  # whoever it is for gets the tokens all the same


def test_another_apps_code_is_nobodys(client: Client, person: Person, apps: AppStore) -> None:
    other = Client(client.desk, entered(apps, name="Otra"))
    other.verifier = client.verifier
    assert other.exchange(client.code(person))[1]["error"] == "invalid_grant"


def test_the_challenge_itself_does_not_pass_for_the_verifier(client: Client, person: Person) -> None:
    assert client.exchange(client.code(person), code_verifier=client.challenge)[1]["error"] == "invalid_grant"


def test_a_code_lasts_ten_minutes(client: Client, person: Person, clock: Clock) -> None:
    first, second = (client.code(who) for who in (person, new_person()))
    clock.forward(minutes=10, microseconds=-1)
    assert client.exchange(first)[0] == 200
    clock.forward(microseconds=1)
    assert client.exchange(second)[1]["error"] == "invalid_grant"


def test_a_code_that_comes_twice_ends_all(client: Client, person: Person) -> None:
    code = client.code(person)
    _, answer = client.exchange(code)
    assert client.exchange(code, code_verifier="x" * 43)[1]["error"] == "invalid_grant"
    assert refusal(client.desk, answer["access_token"]) == "access_revoked"
    assert client.refresh(answer["refresh_token"])[1]["error"] == "invalid_grant"
    assert [grant.is_live for grant in client.desk.grants(person.subject)] == [False]


def test_an_access_token_lasts_an_hour(client: Client, person: Person, clock: Clock) -> None:
    token = client.tokens(person)["access_token"]
    clock.forward(hours=1, microseconds=-1)
    client.desk.access(token, AppScope.PLACES_READ)
    clock.forward(microseconds=1)
    with pytest.raises(AppTokenRefused, match="refresh token"):
        client.desk.access(token, AppScope.PLACES_READ)


@pytest.mark.parametrize("token", ["", "fa_", f"fa_{'a' * 40}", f"fs_{'a' * 40}"])
def test_what_is_no_access_token_opens_nothing(client: Client, token: str) -> None:
    with pytest.raises(AppTokenRefused):
        client.desk.access(token, AppScope.PLACES_READ)


def test_neither_a_code_nor_a_refresh_token_is_an_access_token(client: Client, person: Person) -> None:
    code, refresh_token = client.code(person), client.tokens(new_person())["refresh_token"]
    for token in (code, refresh_token):
        for sent in (token, f"fa_{token[3:]}"):
            with pytest.raises(AppTokenRefused):
                client.desk.access(sent, AppScope.PLACES_READ)
    assert client.exchange(refresh_token)[0] == 400
    assert client.refresh(code)[0] == 400


def test_a_scope_that_was_not_given_is_refused(client: Client, person: Person) -> None:
    token = client.tokens(person, scope="consents.read")["access_token"]
    client.desk.access(token, AppScope.CONSENTS_READ)
    assert refusal(client.desk, token) == "insufficient_scope"


def test_a_refresh_token_serves_once_and_its_successor_keeps_what_was_given(client: Client, person: Person, clock: Clock) -> None:
    first = client.tokens(person)
    clock.forward(hours=2)
    status, second = client.refresh(first["refresh_token"], scope="consents.read")
    assert (status, second["scope"]) == (200, "consents.read")
    assert refusal(client.desk, second["access_token"]) == "insufficient_scope"
    status, third = client.refresh(second["refresh_token"])
    assert (status, third["scope"]) == (200, "places.read consents.read")
    sealed = person.key.seal(b"home", subject=person.subject)
    access = client.desk.access(third["access_token"], AppScope.PLACES_READ)
    assert access.key.unseal(sealed, subject=person.subject) == b"home"
    assert client.refresh(first["refresh_token"])[1]["error"] == "invalid_grant"  # somebody has a copy
    assert refusal(client.desk, third["access_token"]) == "access_revoked"
    assert client.refresh(third["refresh_token"])[1]["error"] == "invalid_grant"


def test_a_refresh_asks_for_no_more_than_was_given(client: Client, person: Person) -> None:
    tokens = client.tokens(person, scope="consents.read")
    assert client.refresh(tokens["refresh_token"], scope="places.read")[1]["error"] == "invalid_scope"
    assert client.refresh(tokens["refresh_token"])[0] == 200


def test_another_app_cannot_refresh(client: Client, person: Person, apps: AppStore) -> None:
    other = entered(apps, name="Otra")
    tokens = client.tokens(person)
    assert client.refresh(tokens["refresh_token"], client_id=other.id)[1]["error"] == "invalid_grant"
    assert client.refresh(tokens["refresh_token"])[0] == 200


def test_a_refresh_token_lasts_ninety_days_and_a_grant_a_year(client: Client, person: Person, clock: Clock) -> None:
    tokens = client.tokens(person)
    for _ in range(4):
        clock.forward(days=90, microseconds=-1)
        status, tokens = client.refresh(tokens["refresh_token"])
        assert status == 200
    clock.forward(days=5)  # less than an hour of the year is left
    clock.forward(microseconds=-3_000_000)
    status, tokens = client.refresh(tokens["refresh_token"])
    assert (status, tokens["expires_in"]) == (200, 3)
    clock.forward(seconds=4)
    assert client.refresh(tokens["refresh_token"])[1]["error"] == "invalid_grant"
    with pytest.raises(AppTokenRefused):
        client.desk.access(tokens["access_token"], AppScope.PLACES_READ)


def test_after_ninety_days_of_silence_the_person_is_asked_again(client: Client, person: Person, clock: Clock) -> None:
    tokens = client.tokens(person)
    clock.forward(days=60)
    assert client.desk.grants(person.subject)[0].expires_at == clock() + timedelta(days=30)
    _, tokens = client.refresh(tokens["refresh_token"])
    assert client.desk.grants(person.subject)[0].expires_at == clock() + timedelta(days=90)
    clock.forward(days=90)
    assert [grant.is_live for grant in client.desk.grants(person.subject)] == [False]
    assert client.refresh(tokens["refresh_token"])[1]["error"] == "invalid_grant"
