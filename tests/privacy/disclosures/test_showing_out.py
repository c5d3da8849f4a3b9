"""An application is out at once, by the person's word, the operator's or its own; on both databases."""

from pathlib import Path

import pytest

from finder.domain.apps import AppScope, HeldToken
from finder.domain.consent import Purpose, Via
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import Asked, BadAppRequest, DisclosureDesk
from finder.privacy.disclosures.server import WhyBad
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.receipts import ReceiptKey
from finder.privacy.subjects import Person, new_person
from finder.store.apps import AppStore, erase_grants
from finder.store.consents import ConsentLedger
from tests.privacy.conftest import Clock
from tests.privacy.disclosures.app_client import ADMIN, CONTROLLER, ISSUER, Client, entered, refusal


def test_revoked_is_refused_at_once_and_with_the_last_grant_the_consent_goes(
    client: Client, person: Person, apps: AppStore, consents: ConsentDesk, clock: Clock
) -> None:
    other = Client(client.desk, entered(apps, name="Otra"))
    mine = client.tokens(person)["access_token"]
    clock.forward(minutes=1)
    others = other.tokens(person)["access_token"]
    second, first = client.desk.grants(person.subject)
    client.desk.revoke(person.subject, first.id, via=Via.WEB)
    assert refusal(client.desk, mine) == "access_revoked"
    client.desk.access(others, AppScope.PLACES_READ)
    assert Purpose.DISCLOSURE in consents.live(person.subject)
    client.desk.revoke(person.subject, second.id, via=Via.APP)
    assert refusal(client.desk, others) == "access_revoked"
    assert Purpose.DISCLOSURE not in consents.live(person.subject)


def test_a_no_in_the_ledger_ends_access_and_a_later_yes_to_another_app_does_not_bring_it_back(
    client: Client, person: Person, apps: AppStore, consents: ConsentDesk, clock: Clock
) -> None:
    tokens = client.tokens(person)
    consents.revoke(person.subject, Purpose.DISCLOSURE, via=Via.WEB)
    assert refusal(client.desk, tokens["access_token"]) == "access_revoked"
    assert client.refresh(tokens["refresh_token"])[1]["error"] == "invalid_grant"
    clock.forward(minutes=1)
    other = Client(client.desk, entered(apps, name="Otra")).tokens(person)["access_token"]
    client.desk.access(other, AppScope.PLACES_READ)
    assert refusal(client.desk, tokens["access_token"]) == "access_revoked"
    assert [grant.is_live for grant in client.desk.grants(person.subject)] == [True, False]


def test_another_process_sees_it_at_once(client: Client, person: Person, store_url: str, tmp_path: Path, clock: Clock) -> None:
    token = client.tokens(person)["access_token"]
    with ConsentLedger.open(store_url, tmp_path / "other machine") as ledger, AppStore.open(store_url) as apps:
        elsewhere = DisclosureDesk(apps, ConsentDesk(ledger, clock), ReceiptKey(tmp_path / "keys"), clock)
        elsewhere.access(token, AppScope.PLACES_READ)
        client.desk.revoke(person.subject, client.desk.grants(person.subject)[0].id, via=Via.WEB)
        assert refusal(elsewhere, token) == "access_revoked"


def test_a_disabled_app_is_out(client: Client, person: Person, apps: AppStore, clock: Clock) -> None:
    tokens, code = client.tokens(person), client.code(new_person())
    apps.disable(client.app.id, at=clock(), by=ADMIN)
    assert refusal(client.desk, tokens["access_token"]) == "access_revoked"
    assert client.exchange(code)[0] == 401
    assert client.refresh(tokens["refresh_token"])[0] == 401
    assert client.desk.asked(client.asks(), ISSUER) == BadAppRequest(WhyBad.UNKNOWN_APP)


def test_an_app_disabled_while_the_person_reads_gets_nothing(
    client: Client, person: Person, apps: AppStore, clock: Clock
) -> None:
    assert isinstance(client.desk.asked(client.asks(), ISSUER), Asked)
    apps.disable(client.app.id, at=clock(), by=ADMIN)
    answer = client.desk.agree(client.asks(), person, version=CURRENT_POLICY, language="en", controller=CONTROLLER)
    assert answer == BadAppRequest(WhyBad.UNKNOWN_APP)
    assert client.desk.grants(person.subject) == []


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_an_app_gives_its_access_back(client: Client, person: Person, apps: AppStore, which: str) -> None:
    tokens = client.tokens(person)
    other = entered(apps, name="Otra")
    for given, status in (
        ({"token": tokens[which], "client_id": other.id}, 200),  # RFC 7009: of others it cannot, and learns nothing
        ({"token": f"fa_{'a' * 40}", "client_id": client.app.id}, 200),
        ({"client_id": client.app.id}, 400),
        ({"token": tokens[which]}, 401),
    ):
        assert client.desk.revocation(list(given.items())).status == status
    client.desk.access(tokens["access_token"], AppScope.PLACES_READ)
    assert client.desk.revocation([("token", tokens[which]), ("client_id", client.app.id)]).status == 200
    assert refusal(client.desk, tokens["access_token"]) == "access_revoked"


def test_the_yes_ends_with_the_last_app_that_gives_its_access_back(
    client: Client, person: Person, apps: AppStore, consents: ConsentDesk, clock: Clock
) -> None:
    other = Client(client.desk, entered(apps, name="Otra"))
    mine, others = client.tokens(person), other.tokens(person)
    clock.forward(minutes=1)
    for app, tokens, is_agreed in ((client, mine, True), (other, others, False)):
        assert client.desk.revocation([("token", tokens["refresh_token"]), ("client_id", app.app.id)]).status == 200
        assert (Purpose.DISCLOSURE in consents.live(person.subject)) is is_agreed


def test_who_erases_all_while_an_app_gives_its_access_back_is_no_fault_of_the_apps(
    client: Client, person: Person, apps: AppStore, consents: ConsentDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = client.tokens(person)
    found = apps.held

    def erased_meanwhile(secret_sha256: str) -> HeldToken | None:
        held = found(secret_sha256)
        consents.erase(person.subject, via=Via.WEB, also=[erase_grants])
        return held

    monkeypatch.setattr(apps, "held", erased_meanwhile)
    assert client.desk.revocation([("token", tokens["access_token"]), ("client_id", client.app.id)]).status == 200
