"""A person with a browser, a visit and a notice, and the room that tells of it, over a store."""

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from finder.domain.admin import Actor
from finder.domain.consent import ForNotices, Purpose, Via
from finder.domain.delivery import Delivery
from finder.domain.fence import Trigger
from finder.domain.tenant import Tenant
from finder.notices.delivery.outgoing import Outgoing
from finder.notices.delivery.room import DeliveryPlan, DeliveryRoom
from finder.notices.visits.nouns import Notice, Visit
from finder.privacy.desk import ConsentDesk
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from finder.store.admin_engine import short_write
from finder.store.consents import ConsentLedger
from finder.store.deliveries import Deliveries, enqueue
from finder.store.personal import hold_person, open_personal_engine
from finder.store.tenants import TenantStore

NOW = datetime(2026, 11, 23, 9, 30, 17, tzinfo=UTC)
ADMIN = Actor("cli:maria")
PLACE = ("Clínica Secreta", "q6rsw4fni3ryv3is", "fence-7", "Clínicas del Norte", "Check in on floor 2", "You are at")
"""What of a notice names the place, and goes to nobody but the person and the tenant."""


class Clock:
    """Stands still; ``forward`` moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


class Browser:
    """The half of Web Push that is in a browser."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = secrets.token_bytes(16)

    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": self.endpoint,
            "expirationTime": None,
            "keys": {"p256dh": _text(point), "auth": _text(self.auth)},
        }

    def read(self, body: bytes) -> dict[str, Any]:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))


def visit(**changes: Any) -> Visit:
    made: dict[str, Any] = {
        "id": "visit-1",
        "facility_id": PLACE[1],
        "facility_name": PLACE[0],
        "language": "en",
        "armed_at": NOW,
        "ends_at": NOW + timedelta(hours=3),
        "tenants_told": (),
        "reference": "ref-abc",
        "email": None,
        "sms": None,
    }
    return Visit(**(made | changes))


def notice(id_: str = "notice-1", **changes: Any) -> Notice:
    made: dict[str, Any] = {
        "id": id_,
        "visit_id": "visit-1",
        "at": NOW,
        "title": PLACE[0],
        "body": PLACE[4],
        "language": "en",
        "facility_id": PLACE[1],
        "facility_name": PLACE[0],
        "fence_id": PLACE[2],
        "fence_name": PLACE[0],
        "trigger": Trigger.ENTER,
        "why": f"{PLACE[5]} {PLACE[0]}.",
        "tenant": "norte",
        "who": PLACE[3],
    }
    return Notice(**(made | changes))


class Parts:
    """A room over a store that is there, with a clock that a test moves; it may call this machine."""

    def __init__(self, url: str, folder: Path, clock: Clock, outgoing: Outgoing | None = None, **plan: Any) -> None:
        self.url, self.folder, self.clock = url, folder, clock
        self.problems: list[Exception] = []
        here = [ip_network("127.0.0.0/8")]
        self.plan = DeliveryPlan(store_url=url, keys_dir=folder / "keys", **({"networks": here, "push_networks": here} | plan))
        self.room = DeliveryRoom(self.plan, self.problems.append, outgoing=outgoing, clock=clock)
        self.ledger = ConsentLedger.open(url, folder / "revisions")
        self.consents = ConsentDesk(self.ledger, clock)
        self.outbox = Deliveries.open(url)

    def person(self) -> Person:
        """Who has agreed to notices."""
        made = new_person()
        self.consents.say_yes(made.subject, Purpose.NOTICES, version=CURRENT_POLICY, language="en", via=Via.APP)
        return made

    def subscribe(self, person: Person, browser: Browser) -> str:
        grant = self.consents.grant(ForNotices, person.subject)
        told = browser.subscription()
        return self.room.browsers.subscribe(grant, person, endpoint=told["endpoint"], **told["keys"]).id

    def tenant(self, id_: str = "norte") -> None:
        with TenantStore.open(self.url) as tenants:
            tenants.add(Tenant(id=id_, name=PLACE[3], created_at=self.clock()), ADMIN)

    def tell(self, person: Person, of: Notice | None = None, **changes: Any) -> list[Delivery]:
        """Put into the outbox what goes out, as whoever tells does in the transaction of the notice."""
        made = self.room.announce(person, visit(**changes), of or notice())
        engine = open_personal_engine(self.url)
        with short_write(engine) as connection:
            hold_person(connection, person.subject)
            enqueue(connection, made)
        engine.dispose()
        return made

    def close(self) -> None:
        self.room.stop()
        self.outbox.close()
        self.ledger.close()


@contextmanager
def parts(url: str, folder: Path, clock: Clock, outgoing: Outgoing | None = None, **plan: Any) -> Iterator[Parts]:
    made = Parts(url, folder, clock, outgoing, **plan)
    try:
        yield made
    finally:
        made.close()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
