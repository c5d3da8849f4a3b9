"""Webhooks: verified by the library of Standard Webhooks, tried again and again, told when they fail; secrets are sealed."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from finder.domain.admin import Action
from finder.domain.delivery import Webhook
from finder.errors import Conflict, Damaged, NotFound
from finder.notices.delivery.keys import webhook_signature
from finder.notices.delivery.outgoing import NotAllowed, Outgoing
from finder.notices.delivery.sender import LEASE_S
from finder.privacy.sealing import ServiceKey
from finder.privacy.subjects import Person
from finder.store import Store
from finder.store.audit import AuditLog
from finder.store.webhooks import MOST_WEBHOOKS, Webhooks
from tests.notices.delivery.parts import ADMIN, PLACE, Clock, Parts, parts
from tests.notices.delivery.receivers import Received, Receiver, Said, receiver


@pytest.fixture
def clock() -> Clock:
    """The verifying library looks at the machine's own clock."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def tenant() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def told(sqlite_store: Store, tmp_path: Path, clock: Clock) -> Iterator[Parts]:
    with parts(f"sqlite:///{tmp_path / 'finder.sqlite'}", tmp_path, clock) as made:
        made.tenant()
        yield made


@pytest.fixture
def webhooks(store: Store, store_url: str) -> Iterator[Webhooks]:
    with Webhooks.open(store_url) as opened:
        yield opened


def tell(told: Parts, clock: Clock, person: Person | None = None) -> str:
    """Let the facility be told of a visit; the id of the message."""
    [waiting] = told.tell(
        person or told.person(), tenants_told=("norte",), armed_at=clock(), ends_at=clock() + timedelta(hours=3)
    )
    return waiting.id


def verified(secret: str, got: Received) -> dict[str, object]:
    return Verifier(secret).verify(got.body, got.headers)


def test_a_tenant_verifies_what_it_is_told(told: Parts, tenant: Receiver, clock: Clock) -> None:
    _, secret = told.room.webhooks.add("norte", tenant.url("/hook"), by=ADMIN)
    message_id = tell(told, clock)
    assert told.room.sender.send_due() == 1, "a tenant is told at once"
    [got] = tenant.received
    said = verified(secret, got)
    assert (said["type"], said["data"]) == (
        "visit.enter",
        {"visit": "ref-abc", "facility": PLACE[1], "fence": PLACE[2], "trigger": "enter"},
    )
    assert said["timestamp"] == "2026-11-23T09:30:00Z", "to the minute"
    assert got.headers["webhook-id"] == message_id
    assert got.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_" + "A" * 43 + "=").verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        verified(secret, got._replace(body=got.body.replace(b"enter", b"leave")))
    assert set(json.loads(got.body)["data"]) == {"visit", "facility", "fence", "trigger"}, "nothing of the person"


def test_nobody_is_told_unless_the_person_let_us(told: Parts, tenant: Receiver, clock: Clock) -> None:
    told.tenant("sur")
    told.room.webhooks.add("sur", tenant.url(), by=ADMIN)
    assert told.tell(told.person(), tenants_told=("norte",)) == [], "another tenant's webhook"
    told.room.webhooks.add("norte", tenant.url(), by=ADMIN)
    assert told.tell(told.person()) == []
    assert told.tell(told.person(), tenants_told=("sur",)) == [], "a yes to another, who ran the place before"
    tell(told, clock)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of its specification."""
    at = datetime.fromtimestamp(1614265330, UTC)
    body, message_id = b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signature = webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", message_id, at, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_waits_says_nothing_to_who_has_but_the_database(told: Parts, tenant: Receiver, clock: Clock, tmp_path: Path) -> None:
    webhook, secret = told.room.webhooks.add("norte", tenant.url(), by=ADMIN)
    tell(told, clock)
    with closing(sqlite3.connect(tmp_path / "finder.sqlite")) as connection:
        waits = repr(connection.execute("SELECT * FROM delivery").fetchall())
    for word in ("norte", webhook.id, tenant.url()):
        assert word not in waits, "whose place it is would tell where the person is"
    rows = b"".join(path.read_bytes() for path in tmp_path.glob("finder.sqlite*"))
    for word in ("ref-abc", PLACE[1], PLACE[2], secret, secret.removeprefix("whsec_")):
        assert word.encode() not in rows


def test_it_is_tried_again_ever_later_and_signed_anew(told: Parts, tenant: Receiver, clock: Clock) -> None:
    webhook, secret = told.room.webhooks.add("norte", tenant.url(), by=ADMIN)
    person = told.person()
    message_id = tell(told, clock, person)
    tenant.says = lambda _: Said(500)
    began, tries = clock(), list[datetime]()
    while waiting := told.outbox.of(person.subject):
        clock.now = waiting[0].next_at
        assert told.room.sender.send_due() == 1
        tries.append(clock())
    assert 15 <= len(tries) <= 40
    for number, (earlier, later) in enumerate(pairwise(tries)):
        longest = min(7200, 10 * 2**number)
        assert timedelta(seconds=longest / 2) <= later - earlier <= timedelta(seconds=longest)
    assert timedelta(hours=22) < tries[-1] - began <= timedelta(hours=24), "given up after a day"
    assert {got.headers["webhook-id"] for got in tenant.received} == {message_id}
    assert len({got.headers["webhook-timestamp"] for got in tenant.received}) == len(tries)
    [failing] = told.room.webhooks.list()
    assert failing.failing_since == began
    assert verified(secret, tenant.received[0])["type"] == "visit.enter"
    tenant.says = lambda _: Said()
    tell(told, clock)
    assert told.room.sender.send_due() == 1
    [well] = told.room.webhooks.list(tenant="norte")
    assert (well.id, well.failing_since, well.last_ok_at) == (webhook.id, None, clock())


def test_who_is_not_reached_is_tried_again(told: Parts, clock: Clock) -> None:
    with receiver() as gone:
        url = gone.url()
    told.room.webhooks.add("norte", url, by=ADMIN)
    tell(told, clock)
    assert told.room.sender.send_due() == 1
    [failing] = told.room.webhooks.list()
    assert failing.failing_since == clock()
    clock.forward(seconds=LEASE_S + 11)
    assert told.room.sender.send_due() == 1


def test_one_that_answers_that_it_is_gone_is_disabled(told: Parts, tenant: Receiver, clock: Clock) -> None:
    told.room.webhooks.add("norte", tenant.url(), by=ADMIN)
    tell(told, clock)
    tell(told, clock)
    tenant.says = lambda _: Said(410)
    while told.room.sender.send_due():
        clock.forward(seconds=LEASE_S + 1)
    assert len(tenant.received) == 1
    [gone] = told.room.webhooks.list()
    assert gone.disabled_at is not None
    assert told.outbox.due(1, clock() + timedelta(hours=1)) == []
    with AuditLog.open(told.url) as log:
        assert [entry.actor.name for entry in log.page() if entry.action is Action.WEBHOOK_DISABLE] == ["410 of the webhook"]


def test_one_that_is_disabled_is_told_nothing_more(told: Parts, tenant: Receiver, clock: Clock) -> None:
    webhook, _ = told.room.webhooks.add("norte", tenant.url(), by=ADMIN)
    tell(told, clock)
    told.room.webhooks.disable(webhook.id, by=ADMIN)
    assert told.room.sender.send_due() == 1
    assert told.outbox.due(1, clock() + timedelta(hours=1)) == [], "what waited is dropped"
    assert tenant.received == []
    assert told.tell(told.person(), tenants_told=("norte",)) == []
    with pytest.raises(NotFound):
        told.room.webhooks.try_out(webhook.id)
    assert told.room.webhooks.disable(webhook.id, by=ADMIN).disabled_at == clock()
    with AuditLog.open(told.url) as log:
        entries = [(entry.action, entry.subject) for entry in log.page() if entry.subject.startswith("webhook")]
    subject = f"webhook {webhook.id} of tenant norte"
    assert entries == [(Action.WEBHOOK_DISABLE, subject), (Action.WEBHOOK_ADD, subject)]


def test_a_sample_is_about_nobody(told: Parts, tenant: Receiver) -> None:
    webhook, secret = told.room.webhooks.add("norte", tenant.url(), by=ADMIN)
    assert told.room.webhooks.try_out(webhook.id, tenant="norte").status == 201
    [got] = tenant.received
    assert verified(secret, got)["data"] == {"webhook": webhook.id}
    tenant.says = lambda _: Said(500)
    sampled = told.room.webhooks.try_out(webhook.id)
    assert (sampled.is_ok, sampled.status) == (False, 500)
    with pytest.raises(NotFound):
        told.room.webhooks.try_out(webhook.id, tenant="sur")
    with pytest.raises(NotFound):
        told.room.webhooks.disable(webhook.id, tenant="sur", by=ADMIN)


def test_a_webhook_leads_to_a_public_address_only(sqlite_store: Store, tmp_path: Path) -> None:
    outgoing = Outgoing(resolve=lambda _host, _port: ["10.1.2.3"])
    with parts(f"sqlite:///{tmp_path / 'finder.sqlite'}", tmp_path, Clock(), outgoing) as told:
        told.tenant()
        for url in ("https://intern.example/", "http://tenant.example/", "https://tenant.example:22/"):
            with pytest.raises(NotAllowed):
                told.room.webhooks.add("norte", url, by=ADMIN)
        assert told.room.webhooks.list() == []


def test_what_a_tenant_enters_itself_leads_into_no_network_of_the_operators(told: Parts, tenant: Receiver, clock: Clock) -> None:
    """Not when it is entered, nor when its name leads there later."""
    for url in (tenant.url(), "https://127.0.0.1/", "https://localhost:8443/"):
        with pytest.raises(NotAllowed):
            told.room.webhooks.add("norte", url, by=ADMIN, public_only=True)
    key, now = ServiceKey(told.folder / "keys"), clock()
    later = Webhook(id="0" * 16, tenant="norte", url=tenant.url(), created_at=now, public_only=True)
    with Webhooks.open(told.url) as rows:
        rows.add(later, key.seal(b"whsec_c2VjcmV0", bound_to=f"webhook {later.id}"), by=ADMIN)
        assert rows.get(later.id) == later
    assert not told.room.webhooks.try_out(later.id).is_ok
    tell(told, clock)
    assert told.room.sender.send_due() == 1
    assert tenant.received == []


def test_another_key_opens_no_secret(told: Parts, tenant: Receiver, clock: Clock, tmp_path: Path) -> None:
    told.room.webhooks.add("norte", tenant.url(), by=ADMIN)
    tell(told, clock)
    (tmp_path / "keys" / "service.jwk.json").unlink()
    with parts(told.url, tmp_path, clock) as after_loss:
        assert after_loss.room.sender.send_due() == 1
        assert [type(problem) for problem in after_loss.problems] == [Damaged]
        assert tenant.received == []


def test_the_rows_of_webhooks(store: Store, store_url: str, tmp_path: Path, webhooks: Webhooks) -> None:
    clock = Clock()
    with parts(store_url, tmp_path, clock) as told:
        told.tenant()
    key = ServiceKey(tmp_path / "keys")

    def add(number: int, tenant: str = "norte") -> Webhook:
        made = Webhook(id=f"{number:016x}", tenant=tenant, url=f"https://t.example/{number}", created_at=clock())
        webhooks.add(made, key.seal(b"s", bound_to=made.id), by=ADMIN)
        clock.forward(seconds=1)
        return made

    with pytest.raises(NotFound, match="There is no tenant"):
        add(99, tenant="nobody")
    made = [add(number) for number in range(MOST_WEBHOOKS)]
    with pytest.raises(Conflict):
        add(98)
    assert webhooks.list(tenant="norte") == made[::-1]
    assert webhooks.list(tenant="sur") == []
    assert key.open(webhooks.sealed_secret(made[0].id) or b"", bound_to=made[0].id) == b"s"
    webhooks.disable(made[0].id, at=clock(), by=ADMIN)
    assert webhooks.sealed_secret(made[0].id) is None
    assert webhooks.live("norte") == tuple(made[:0:-1])
    add(97)
    webhooks.note_failure(made[1].id, at=clock())
    clock.forward(hours=1)
    webhooks.note_failure(made[1].id, at=clock())
    assert webhooks.get(made[1].id).failing_since == clock() - timedelta(hours=1), "since when, and not the last time"
    webhooks.note_ok(made[1].id, at=clock())
    clock.forward(minutes=1)
    webhooks.note_ok(made[1].id, at=clock())
    got = webhooks.get(made[1].id)
    assert (got.failing_since, got.last_ok_at) == (None, clock() - timedelta(minutes=1)), "one write in some minutes"
    with pytest.raises(NotFound):
        webhooks.get("0" * 15 + "f")
