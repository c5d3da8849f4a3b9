"""Web Push to a real endpoint on this machine that decrypts: what it says, how it is signed, and that it comes once."""

import json
import signal
import subprocess
import sys
import threading
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from finder.domain.consent import ForNotices, Purpose, Via
from finder.errors import BadInput, ConsentNeeded, Damaged, NotFound
from finder.notices.delivery.keys import VapidKey
from finder.notices.delivery.outgoing import Outgoing
from finder.notices.delivery.sender import LEASE_S
from finder.privacy.delivery_lines import subscription_line
from finder.privacy.subjects import new_person
from finder.privacy.subscriptions import opened_browser
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.deliveries import cancel
from finder.store.personal import open_personal_engine
from finder.store.push_subscriptions import MOST_SUBSCRIPTIONS, PushSubscriptions
from tests.conftest import REPOSITORY
from tests.notices.delivery.parts import PLACE, Browser, Clock, Parts, notice, parts
from tests.notices.delivery.receivers import NAME, Received, Receiver, Said, certificate, receiver


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service() -> Iterator[Receiver]:
    """A push service."""
    with receiver() as made:
        yield made


@pytest.fixture
def told(sqlite_store: Store, tmp_path: Path, clock: Clock) -> Iterator[Parts]:
    with parts(f"sqlite:///{tmp_path / 'finder.sqlite'}", tmp_path, clock) as made:
        yield made


@pytest.fixture
def told_anywhere(store: Store, store_url: str, tmp_path: Path, clock: Clock) -> Iterator[Parts]:
    """On either database."""
    with parts(store_url, tmp_path, clock) as made:
        yield made


def claims_of(got: Received, key: str) -> dict[str, Any]:
    """By RFC 8292 and RFC 7515 alone, without the library that signed."""
    scheme, _, rest = got.headers["authorization"].partition(" ")
    said = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, said["k"]) == ("vapid", key)
    header, payload, signature = said["t"].split(".")
    assert json.loads(bytes_of(header)) == {"typ": "JWT", "alg": "ES256"}
    halves = bytes_of(signature)
    der = encode_dss_signature(int.from_bytes(halves[:32]), int.from_bytes(halves[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(key))
    public.verify(der, f"{header}.{payload}".encode(), ec.ECDSA(SHA256()))
    return json.loads(bytes_of(payload))


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_browser_decrypts_that_there_is_a_notice_and_nobody_else_anything(told: Parts, service: Receiver, clock: Clock) -> None:
    person, browser = told.person(), Browser(service.url("/push/abc"))
    told.subscribe(person, browser)
    [waiting] = told.tell(person)
    for hidden in (waiting.target.encode(), waiting.body):
        assert b"http" not in hidden
        assert b"notice" not in hidden
    assert told.room.sender.send_due() == 0, "an open page has five seconds"
    clock.forward(seconds=5)
    assert told.room.sender.send_due() == 1
    [got] = service.received
    assert browser.read(got.body) == {"notice": "notice-1", "language": "en"}
    assert got.path == "/push/abc"
    assert (got.headers["content-encoding"], got.headers["ttl"], got.headers["urgency"]) == ("aes128gcm", "10795", "high")
    assert got.headers["topic"] == waiting.id
    assert len(waiting.id) <= 32  # RFC 8030, 5.4
    claims = claims_of(got, told.room.browsers.public_key())
    assert claims == {"aud": f"http://127.0.0.1:{service.port}", "exp": int((clock() + timedelta(hours=12)).timestamp())}
    assert told.outbox.of(person.subject) == []
    everything = repr(got).encode() + got.body
    for name in PLACE:
        assert name.encode() not in everything
    with pytest.raises(http_ece.ECEException):
        Browser("x").read(got.body)
    assert told.problems == []


def test_what_is_encrypted_is_what_rfc_8291_says() -> None:
    """Its example, of appendix A: the library with our arguments makes the very bytes."""
    made = http_ece.encrypt(
        b"When I grow up, I want to be a watermelon",
        private_key=ec.derive_private_key(
            int.from_bytes(bytes_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1()
        ),
        dh=bytes_of("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        auth_secret=bytes_of("BTBZMqHH6r4Tts7J_aSIgg"),
        salt=bytes_of("DGv6ra1nlYgDCS1FRnbzlw"),
        version="aes128gcm",
    )
    assert made == bytes_of(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
        "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_an_open_page_that_has_shown_it_leaves_nothing_to_send(told: Parts, service: Receiver, clock: Clock) -> None:
    person = told.person()
    told.subscribe(person, Browser(service.url()))
    told.tell(person)
    told.tell(person, notice("notice-2"))
    engine = open_personal_engine(told.url)
    with short_write(engine) as connection:
        assert cancel(connection, "notice-1") == 1
    engine.dispose()
    clock.forward(seconds=6)
    assert told.room.sender.send_due() == 1
    assert len(service.received) == 1


def test_a_browser_that_is_gone_is_forgotten_though_nobody_can_open_where_it_is(
    told_anywhere: Parts, service: Receiver, clock: Clock
) -> None:
    told = told_anywhere
    person = told.person()
    gone, there = Browser(service.url("/gone")), Browser(service.url("/there"))
    for browser in (gone, there):
        told.subscribe(person, browser)
    service.says = lambda got: Said(410 if got.path == "/gone" else 201)
    told.tell(person)
    clock.forward(seconds=6)
    assert told.room.sender.send_due() == 2
    with PushSubscriptions.open(told.url) as kept:
        [left] = kept.of(person.subject)
    assert opened_browser(left.sealed, person.key, person.subject).endpoint == there.endpoint
    assert told.outbox.of(person.subject) == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_push_service_that_asks_for_patience_gets_it(told: Parts, service: Receiver, clock: Clock, status: int) -> None:
    person, browser = told.person(), Browser(service.url())
    told.subscribe(person, browser)
    [waiting] = told.tell(person)
    service.says = lambda _: Said(status, (("Retry-After", "120"),))
    clock.forward(seconds=6)
    assert told.room.sender.send_due() == 1
    clock.forward(seconds=119)
    assert told.room.sender.send_due() == 0
    service.says = lambda _: Said()
    clock.forward(seconds=2)
    assert told.room.sender.send_due() == 1
    assert [got.headers["topic"] for got in service.received] == [waiting.id] * 2
    assert told.outbox.of(person.subject) == []


@pytest.mark.parametrize("status", [301, 400, 403, 413])
def test_what_a_push_service_refuses_is_not_sent_again(told: Parts, service: Receiver, clock: Clock, status: int) -> None:
    person = told.person()
    told.subscribe(person, Browser(service.url()))
    told.tell(person)
    service.says = lambda _: Said(status)
    clock.forward(seconds=6)
    assert told.room.sender.send_due() == 1
    assert told.outbox.of(person.subject) == []
    assert [str(problem) for problem in told.problems] == [f"A push service refuses what it is sent, with status {status}."]


def test_it_is_given_up_when_the_visit_ends(told: Parts, service: Receiver, clock: Clock) -> None:
    person = told.person()
    told.subscribe(person, Browser(service.url()))
    told.tell(person)
    service.says = lambda _: Said(503)
    for _ in range(60):
        clock.forward(minutes=5)
        told.room.sender.send_due()
    assert 15 < len(service.received) < 40
    assert told.outbox.of(person.subject) == []
    assert told.tell(person, ends_at=clock() + timedelta(seconds=4)) == [], "the visit will have ended"


def test_with_the_yes_the_browsers_go_and_what_waits_for_them(told_anywhere: Parts, service: Receiver, clock: Clock) -> None:
    told = told_anywhere
    person, other = told.person(), told.person()
    for each in (person, other):
        told.subscribe(each, Browser(service.url()))
        told.tell(each)
    told.consents.revoke(person.subject, Purpose.NOTICES, via=Via.APP)
    assert told.outbox.of(person.subject) == []
    with PushSubscriptions.open(told.url) as kept:
        assert kept.of(person.subject) == []
        assert len(kept.of(other.subject)) == 1
    clock.forward(seconds=6)
    assert told.room.sender.send_due() == 1


def test_who_has_taken_the_yes_back_meanwhile_cannot_subscribe(told: Parts, service: Receiver) -> None:
    person, browser = told.person(), Browser(service.url()).subscription()
    grant = told.consents.grant(ForNotices, person.subject)
    told.consents.revoke(person.subject, Purpose.NOTICES, via=Via.APP)
    with pytest.raises(ConsentNeeded):
        told.room.browsers.subscribe(grant, person, endpoint=browser["endpoint"], **browser["keys"])


def test_a_browser_is_kept_once_and_the_oldest_goes_first(told_anywhere: Parts, service: Receiver, clock: Clock) -> None:
    told = told_anywhere
    person, browser = told.person(), Browser(service.url("/first"))
    first = told.subscribe(person, browser)
    assert told.subscribe(person, browser) == first
    clock.forward(days=1)
    ids = [told.subscribe(person, Browser(service.url(f"/{number}"))) for number in range(MOST_SUBSCRIPTIONS)]
    with PushSubscriptions.open(told.url) as kept:
        assert {one.id for one in kept.of(person.subject)} == set(ids)
    with pytest.raises(NotFound):
        told.room.browsers.unsubscribe(person, first)
    with pytest.raises(NotFound):
        told.room.browsers.unsubscribe(told.person(), ids[0])
    told.room.browsers.unsubscribe(person, ids[0])
    assert told.room.browsers.unsubscribe_all(person) == MOST_SUBSCRIPTIONS - 1


def test_the_day_of_the_last_use_is_remembered(told: Parts, service: Receiver, clock: Clock) -> None:
    person = told.person()
    told.subscribe(person, Browser(service.url()))
    clock.forward(days=40)
    told.tell(person, ends_at=clock() + timedelta(hours=1))
    with PushSubscriptions.open(told.url) as kept:
        [one] = kept.of(person.subject)
    assert one.used_on == clock().date()
    line = subscription_line(one, person.key, person.subject)
    assert (line.endpoint, line.until) == (service.url(), clock().date() + timedelta(days=90))
    assert subscription_line(one, new_person().key, person.subject).endpoint is None
    with pytest.raises(Damaged):
        opened_browser(one.sealed, new_person().key, person.subject)


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://push.example/x"},
        {"endpoint": "https://push.example:22/x"},
        {"p256dh": "AAAA"},
        {"p256dh": "!!"},
        {"auth": "AAAA"},
        {"auth": "A"},
    ],
)
def test_what_is_no_subscription_is_refused(sqlite_store: Store, tmp_path: Path, change: dict[str, str]) -> None:
    with parts(f"sqlite:///{tmp_path / 'finder.sqlite'}", tmp_path, Clock(), Outgoing()) as told:
        person, browser = told.person(), Browser("https://push.example/x").subscription()
        said = {"endpoint": browser["endpoint"]} | browser["keys"] | change
        with pytest.raises(BadInput):
            told.room.browsers.subscribe(told.consents.grant(ForNotices, person.subject), person, **said)


def test_what_a_browser_names_leads_into_no_network_that_is_the_operators(
    sqlite_store: Store, tmp_path: Path, service: Receiver, clock: Clock
) -> None:
    """Though webhooks may go there; nor does what has been kept since tests were made here."""
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with parts(url, tmp_path, clock) as told:
        person = told.person()
        told.subscribe(person, Browser(service.url()))
        told.tell(person)
    clock.forward(seconds=6)
    with parts(url, tmp_path, clock, push_networks=[]) as told:
        assert told.plan.networks
        assert told.room.sender.send_due() == 1
        assert told.outbox.of(person.subject) == []
        for refused in (service.url(), "https://10.0.0.1/", "https://[::1]/", "https://localhost:8443/"):
            with pytest.raises(BadInput):
                told.subscribe(person, Browser(refused))
    assert service.received == []


def test_a_name_is_looked_up_when_a_browser_is_told_and_not_for_who_subscribes(
    sqlite_store: Store, tmp_path: Path, clock: Clock
) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8", "10.0.0.1"]

    with parts(f"sqlite:///{tmp_path / 'finder.sqlite'}", tmp_path, clock, Outgoing(resolve=resolve)) as told:
        person = told.person()
        told.subscribe(person, Browser("https://inside.example/"))
        assert asked == [], "who subscribes would learn which names there are"
        told.tell(person)
        clock.forward(seconds=6)
        assert told.room.sender.send_due() == 1
        assert asked == ["inside.example"]
        assert told.outbox.of(person.subject) == [], "refused, and not tried again"


@pytest.mark.parametrize("contact", ["hola@finder.example", "Finder <hola@finder.example>"])
def test_a_push_service_learns_whom_to_write_to(
    sqlite_store: Store, tmp_path: Path, service: Receiver, clock: Clock, contact: str
) -> None:
    with parts(f"sqlite:///{tmp_path / 'finder.sqlite'}", tmp_path, clock, contact=contact) as told:
        person = told.person()
        told.subscribe(person, Browser(service.url()))
        told.tell(person)
        clock.forward(seconds=6)
        told.room.sender.send_due()
        [got] = service.received
        assert claims_of(got, VapidKey(tmp_path / "keys").public_key())["sub"] == "mailto:hola@finder.example"


def test_pushes_go_by_https_to_a_name(sqlite_store: Store, tmp_path: Path, clock: Clock) -> None:
    server, believes = certificate(tmp_path)
    outgoing = Outgoing([ip_network("127.0.0.0/8")], tls=believes, resolve=lambda _host, _port: ["127.0.0.1"])
    with receiver(server) as service, parts(f"sqlite:///{tmp_path / 'finder.sqlite'}", tmp_path, clock, outgoing) as told:
        person, browser = told.person(), Browser(service.url("/x", NAME))
        told.subscribe(person, browser)
        told.tell(person)
        clock.forward(seconds=6)
        told.room.sender.send_due()
        [got] = service.received
        assert browser.read(got.body)["notice"] == "notice-1"


SENDER = """
import sys
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from finder.domain.delivery import Channel
from finder.notices.delivery.keys import VapidKey
from finder.notices.delivery.outgoing import NotAllowed, Outgoing
from finder.notices.delivery.push import PushChannel
from finder.notices.delivery.sender import Sender
from finder.privacy.sealing import ServiceKey
from finder.store.deliveries import Deliveries
url, folder, now = sys.argv[1:]
keys, outgoing = Path(folder) / "keys", Outgoing([ip_network("127.0.0.0/8")])
push = PushChannel(outgoing, VapidKey(keys), contact="", forget=print, on_problem=print)
Sender(Deliveries.open(url), {Channel.PUSH: push}, ServiceKey(keys), print, clock=lambda: datetime.fromisoformat(now)).start()
sys.stdin.read()
"""


def test_each_comes_once_though_the_server_is_killed_and_started_again(
    told_anywhere: Parts, service: Receiver, clock: Clock, store_url: str, tmp_path: Path
) -> None:
    """The first process is killed while the push service has taken one message and has not answered it, and another waits."""
    told = told_anywhere
    person, browser = told.person(), Browser(service.url())
    told.subscribe(person, browser)
    waiting = {each.id for number in range(6) for each in told.tell(person, notice(f"notice-{number}"))}
    clock.forward(seconds=6)
    taken, hold = threading.Semaphore(0), threading.Event()

    def says(got: Received) -> Said:
        if len(answered) >= 2:  # two are done, all else hangs
            taken.release()
            hold.wait(20)
        answered.append(got)
        return Said()

    answered: list[Received] = []
    service.says = says
    command = [sys.executable, "-c", SENDER, store_url, str(tmp_path), clock().isoformat()]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert taken.acquire(timeout=30)
        first.send_signal(signal.SIGKILL)
    hold.set()
    service.says = lambda _: Said()
    told.room.sender.send_due()  # what nobody had begun with
    left = len(told.outbox.of(person.subject))
    assert left >= 1, "what the dead one had leased is not taken at once"
    clock.forward(seconds=LEASE_S + 1)
    assert told.room.sender.send_due() == left
    assert told.outbox.of(person.subject) == []
    came = service.wait_for(6 + 1)
    topics = [got.headers["topic"] for got in came]
    assert set(topics) == waiting, "none is lost, and what came twice came under the same topic"
    by_topic = {got.headers["topic"]: browser.read(got.body)["notice"] for got in came}
    assert sorted(by_topic.values()) == [f"notice-{number}" for number in range(6)]
    assert all(by_topic[got.headers["topic"]] == browser.read(got.body)["notice"] for got in came)


def test_the_threads_of_the_room_send_by_themselves(store: Store, store_url: str, tmp_path: Path, service: Receiver) -> None:
    with parts(store_url, tmp_path, Clock()) as told:
        person, browser = told.person(), Browser(service.url())
        told.subscribe(person, browser)
        sent = {each.id for number in range(10) for each in told.tell(person, notice(f"n{number}"))}
        told.clock.forward(seconds=6)
        told.room.start()
        came = service.wait_for(10)
        assert sorted(got.headers["topic"] for got in came) == sorted(sent), "each once"
        told.room.sender.stop()
        assert told.outbox.of(person.subject) == []
        assert told.problems == []


def test_the_key_stays_the_same_and_nobody_else_reads_it(tmp_path: Path) -> None:
    key = VapidKey(tmp_path / "keys").public_key()
    assert VapidKey(tmp_path / "keys").public_key() == key
    point = bytes_of(key)
    assert (len(point), point[0]) == (65, 4)
    [file] = (tmp_path / "keys").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("vapid.jwk.json", 0o600)
    told = json.loads(file.read_text())
    file.write_text(json.dumps({name: value for name, value in told.items() if name != "d"}))
    with pytest.raises(Damaged, match=r"vapid\.jwk\.json"):
        VapidKey(tmp_path / "keys").public_key()
