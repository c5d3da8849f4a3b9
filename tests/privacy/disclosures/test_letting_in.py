"""What an application may ask a person for, and where the person is sent: never to an address that is not the application's."""

import hashlib
import logging
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from finder.domain.apps import AppScope
from finder.domain.consent import Purpose, Via
from finder.errors import OutdatedPolicy
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import Asked, BadAppRequest, DisclosureDesk, SendBack
from finder.privacy.disclosures.server import WhyBad
from finder.privacy.disclosures.texts import RISKS, SCOPES
from finder.privacy.policy import CURRENT_POLICY, LANGUAGES
from finder.privacy.subjects import Person
from finder.store.apps import AppStore
from tests.privacy.conftest import Clock
from tests.privacy.disclosures.app_client import BACK, CONTROLLER, ISSUER, Client, entered, told
from tests.privacy.test_receipts import verified
from tests.stores import migrated_sqlite


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """What the two databases do alike is asked of one: what they may do otherwise is in tests/store and test_showing_out.py."""
    return migrated_sqlite(tmp_path / "finder.sqlite")


def test_the_tokens_open_what_the_person_saved_and_nobody_elses(client: Client, person: Person) -> None:
    sealed = person.key.seal(b"home", subject=person.subject)
    answer = client.tokens(person)
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 3600, "places.read consents.read")
    access = client.desk.access(answer["access_token"], AppScope.PLACES_READ)
    assert access.subject == person.subject
    assert access.key.unseal(sealed, subject=access.subject) == b"home"
    assert client.desk.access(answer["access_token"], AppScope.CONSENTS_READ).scopes == tuple(AppScope)


def test_the_state_comes_back_letter_for_letter_and_so_does_who_answers(client: Client, person: Person) -> None:
    back = client.desk.agree(client.asks(), person, version=CURRENT_POLICY, language="en", controller=CONTROLLER)
    assert isinstance(back, SendBack)
    assert back.location.startswith(f"{BACK}?")
    answer = told(back)
    assert (answer["state"], answer["iss"]) == ("st/ä te", ISSUER)
    assert set(answer) == {"code", "state", "iss"}
    no = client.desk.decline(client.asks(), ISSUER)
    assert isinstance(no, SendBack)
    assert {"error": "access_denied", "state": "st/ä te", "iss": ISSUER}.items() <= told(no).items()


def test_a_no_is_written_nowhere(client: Client, person: Person, consents: ConsentDesk) -> None:
    client.desk.decline(client.asks(), ISSUER)
    assert consents.history(person.subject) == []
    assert client.desk.grants(person.subject) == []


def test_a_yes_stands_in_the_ledger_and_among_the_grants(
    client: Client, person: Person, consents: ConsentDesk, clock: Clock
) -> None:
    client.code(person, scope="places.read")
    [line] = consents.history(person.subject)
    assert (line.purpose, line.policy_version, line.language, line.via) == (Purpose.DISCLOSURE, CURRENT_POLICY, "es", Via.WEB)
    [grant] = client.desk.grants(person.subject)
    assert (grant.app, grant.scopes, grant.granted_at, grant.is_live) == (client.app, (AppScope.PLACES_READ,), clock(), True)
    assert grant.expires_at == clock() + timedelta(days=90)
    assert grant.expires_at_latest == line.expires_at == clock() + timedelta(days=365) == client.desk.would_end_at()


def test_the_receipt_says_until_when_as_it_is(client: Client, person: Person, clock: Clock) -> None:
    client.code(person)
    [grant] = client.desk.grants(person.subject)
    claims = verified(grant.receipt, client.desk.public_keys())
    [purpose] = claims["services"][0]["purposes"]
    assert claims["exp"] == int((clock() + timedelta(days=365)).timestamp())
    assert purpose["termination"].startswith("2027-11-23 at the latest; before that 90 days after the application last came")


def test_another_policy_than_the_one_in_force_lets_nobody_in(client: Client, person: Person, consents: ConsentDesk) -> None:
    with pytest.raises(OutdatedPolicy):
        client.desk.agree(
            client.asks(),
            person,
            version=CURRENT_POLICY - timedelta(days=1),
            language="en",
            controller=CONTROLLER,
        )
    assert client.desk.grants(person.subject) == []
    assert consents.history(person.subject) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"client_id": "b" * 16}, WhyBad.UNKNOWN_APP),
        ({"client_id": ""}, WhyBad.UNKNOWN_APP),
        ({"redirect_uri": ""}, WhyBad.BAD_REDIRECT),
        ({"redirect_uri": "https://amigo.example/back/"}, WhyBad.BAD_REDIRECT),
        ({"redirect_uri": "https://amigo.example/back?x=1"}, WhyBad.BAD_REDIRECT),
        ({"redirect_uri": "https://amigo.example.evil.example/back"}, WhyBad.BAD_REDIRECT),
        ({"redirect_uri": "https://evil.example/back"}, WhyBad.BAD_REDIRECT),
        ({"redirect_uri": "http://amigo.example/back"}, WhyBad.BAD_REDIRECT),
        ({"redirect_uri": "/back"}, WhyBad.BAD_REDIRECT),
        ({"redirect_uri": "http://127.0.0.1:4711/other"}, WhyBad.BAD_REDIRECT),
        ({"redirect_uri": "http://127.0.0.1@evil.example/back"}, WhyBad.BAD_REDIRECT),
        ({"state": "x" * 2001}, WhyBad.MALFORMED),
    ],
)
def test_nobody_is_sent_where_no_app_is(client: Client, person: Person, change: dict[str, str], why: WhyBad) -> None:
    assert client.desk.asked(client.asks(**change), ISSUER) == BadAppRequest(why)
    assert client.desk.decline(client.asks(**change), ISSUER) == BadAppRequest(why)
    yes = client.desk.agree(client.asks(**change), person, version=CURRENT_POLICY, language="en", controller=CONTROLLER)
    assert yes == BadAppRequest(why)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "response_type"])
def test_what_is_said_twice_is_not_believed_once(client: Client, name: str) -> None:
    twice = [*client.asks(), (name, dict(client.asks())[name])]
    assert client.desk.asked(twice, ISSUER) == BadAppRequest(WhyBad.MALFORMED)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "", "code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge": "ñ" * 43}, "invalid_request"),
        ({"code_challenge": "a" * 44}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unauthorized_client"),
        ({"response_type": "none"}, "unauthorized_client"),
        ({"response_type": ""}, "invalid_request"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "places.write"}, "invalid_scope"),
        ({"scope": "places.read places.write"}, "invalid_scope"),
    ],
)
def test_an_app_that_asks_wrongly_is_told_so(client: Client, change: dict[str, str], error: str) -> None:
    asked = client.desk.asked(client.asks(**change), ISSUER)
    assert isinstance(asked, SendBack)
    assert {"error": error, "state": "st/ä te", "iss": ISSUER}.items() <= told(asked).items()
    assert asked.location.startswith(f"{BACK}?")


def test_an_app_gets_no_scope_that_it_was_not_entered_for(desk: DisclosureDesk, apps: AppStore) -> None:
    limited = Client(desk, entered(apps, scopes=[AppScope.CONSENTS_READ]))
    assert isinstance(desk.asked(limited.asks(scope="consents.read"), ISSUER), Asked)
    refused = desk.asked(limited.asks(scope="places.read"), ISSUER)
    assert isinstance(refused, SendBack)
    assert told(refused)["error"] == "invalid_scope"


def test_findings_of_oauthlib_cannot_be_sent_in(client: Client, person: Person) -> None:
    """Its requests keep what it was sent beside what it found out, under names such as these."""
    smuggled = [(name, "x") for name in ("client", "user", "scopes", "held", "response_mode", "extra_credentials")]
    asked = client.desk.asked([*client.asks(), *smuggled], ISSUER)
    assert isinstance(asked, Asked)
    assert asked.parameters == tuple(client.asks())
    assert client.exchange(client.code(person), scopes="x", client="y", user="z", extra_credentials="w")[0] == 200


@pytest.mark.parametrize(
    ("back", "begins"),
    [
        ("http://127.0.0.1:51004/back", "http://127.0.0.1:51004/back?"),
        ("http://127.0.0.1/back", "http://127.0.0.1/back?"),
        ("com.example.amigo:/back", "com.example.amigo:/back?"),
    ],
)
def test_apps_on_the_device_get_their_code_too(client: Client, person: Person, back: str, begins: str) -> None:
    sent = client.desk.agree(client.asks(redirect_uri=back), person, version=CURRENT_POLICY, language="en", controller=CONTROLLER)
    assert isinstance(sent, SendBack)
    assert sent.location.startswith(begins)
    assert client.exchange(told(sent)["code"], redirect_uri=back)[0] == 200


def test_everything_that_is_asked_is_in_plain_words_in_each_language() -> None:
    assert set(SCOPES) == set(AppScope)
    for language in LANGUAGES:
        assert all(words[language].endswith(".") for words in SCOPES.values())
        assert RISKS[language].may_happen
        assert all(question.endswith("?") for question in RISKS[language].find_out)


def test_no_secret_is_shown_or_logged(client: Client, person: Person, apps: AppStore, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        code = client.code(person)
        _, tokens = client.exchange(code)
        client.refresh(tokens["refresh_token"])
    shown = f"{caplog.text} {apps.held(hashlib.sha256(code.encode()).hexdigest())!r}"
    shown += repr(client.desk.access(tokens["access_token"], AppScope.PLACES_READ))
    assert not [secret for secret in (code, tokens["access_token"], tokens["refresh_token"], person.token) if secret in shown]
    assert "sealed" not in shown
    assert msgspec.json.encode(client.desk.grants(person.subject)).count(person.subject.encode()) == 0
