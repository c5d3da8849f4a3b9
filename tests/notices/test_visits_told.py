"""Who is told of a visit: those whom the person agreed to, and nobody who runs the place after them. On both databases."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from finder.domain.delivery import Channel
from finder.domain.tenant import Tenant
from finder.notices.delivery.envelope import opened
from finder.notices.delivery.room import DeliveryPlan, DeliveryRoom
from finder.notices.edition import Edition
from finder.notices.visits import Visit, VisitDesk
from finder.privacy.sealing import ServiceKey
from finder.privacy.subjects import Person
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.deliveries import Deliveries
from finder.store.personal import open_personal_engine
from finder.store.tenants import TenantStore
from finder.store.visit_tables import VISIT
from finder.store.visits import Visits
from tests.notices.delivery.parts import ADMIN
from tests.notices.tracks import START
from tests.notices.visiting import CLINIC, Visiting, fence, track, triggers

WALK = "walk_in_and_stay"


class Telling(Visiting):
    """Tells by the webhooks of the store's tenants, of which each has one."""

    def __init__(self, url: str, ledger: ConsentLedger, folder: Path) -> None:
        self.plan = DeliveryPlan(store_url=url, keys_dir=folder / "keys", networks=[ip_network("127.0.0.0/8")])
        self.problems: list[Exception] = []
        self.room = DeliveryRoom(self.plan, self.problems.append, clock=lambda: self.clock.now)
        super().__init__(url, ledger)
        with TenantStore.open(url) as tenants:
            for id_ in ("north", "south"):
                tenants.add(Tenant(id=id_, name=self.book.edition.tenant_name(id_), created_at=START), ADMIN)
        webhooks = [self.room.webhooks.add(id_, f"http://127.0.0.1/{id_}", by=ADMIN)[0] for id_ in ("north", "south")]
        self.tenant_of = {webhook.id: webhook.tenant for webhook in webhooks}

    def desk_over(self, store: Visits) -> VisitDesk:
        return VisitDesk(store, self.book, self.room.announce, self.heard.append, self.clock, channels={Channel.EMAIL})

    def run_by(self, tenant: str, fence_id: str) -> None:
        """Let a tenant run the place, with a fence of its own."""
        self.book.put(fence(fence_id, tenant=tenant))

    def told(self, person: Person) -> list[tuple[str, str]]:
        """Which tenant is to be told at which fence."""
        key = ServiceKey(self.plan.keys_dir)
        with Deliveries.open(self.url) as outbox:
            waiting = [opened(one, key) for one in outbox.of(person.subject)]
        return sorted((self.tenant_of[one.target], msgspec.json.decode(one.body)["data"]["fence"]) for one in waiting)

    def close(self) -> None:
        super().close()
        self.room.stop()
        assert self.problems == []


@pytest.fixture
def visiting(store: Store, store_url: str, tmp_path: Path) -> Iterator[Telling]:
    with ConsentLedger.open(store_url, tmp_path / "revisions") as ledger:
        made = Telling(store_url, ledger, tmp_path)
        yield made
        made.close()


def kept(visiting: Visiting, visit: Visit) -> bytes:
    """What is sealed of a visit."""
    engine = open_personal_engine(visiting.url)
    with engine.connect() as connection:
        sealed = connection.execute(select(VISIT.c.sealed).where(VISIT.c.id == visit.id)).scalar_one()
    engine.dispose()
    return bytes(sealed)


def keep_as_before(visiting: Visiting, visit: Visit, person: Person, *, tell_facility: bool) -> None:
    """Seal a visit in the form of the release that kept a yes, and not to whom it was."""
    bound: dict[str, Any] = {"subject": person.subject, "name": f"visit {visit.id}"}
    said = msgspec.json.decode(person.key.unseal(kept(visiting, visit), **bound))
    del said["tenants_told"]
    text = msgspec.json.encode(said | {"tell_facility": tell_facility})
    engine = open_personal_engine(visiting.url)
    with engine.begin() as connection:
        sealed = person.key.seal(text + b" " * (-len(text) % 512), **bound)
        connection.execute(VISIT.update().where(VISIT.c.id == visit.id).values(sealed=sealed))
    engine.dispose()


def test_a_yes_to_one_tenant_is_none_to_who_runs_the_place_after_it(visiting: Telling) -> None:
    person, fixes = visiting.agreeing(), track(WALK)
    visit = visiting.arm(person, tell_facility=True)
    assert triggers(visiting.take(person, fixes[:40]).notices) == ["enter"]
    assert visiting.told(person) == [("north", "fence-1")]
    visiting.run_by("south", "fence-2")
    more = visiting.take(person, fixes[40:]).notices
    assert {(notice.tenant, notice.fence_id) for notice in more} == {("south", "fence-2")}, "the person is told all the same"
    assert visiting.told(person) == [("north", "fence-1")]
    assert (visit.tenants_told, visiting.desk.tells_facility(visit)) == (("north",), False)
    visiting.run_by("north", "fence-1")
    assert visiting.desk.tells_facility(visit)


def test_who_says_it_again_says_it_to_who_runs_the_place_then(visiting: Telling) -> None:
    person, fixes = visiting.agreeing(), track(WALK)
    visiting.arm(person, tell_facility=True)
    visiting.take(person, fixes[:40])
    visiting.run_by("south", "fence-2")
    again = visiting.arm(person, tell_facility=True)
    assert (again.tenants_told, visiting.desk.tells_facility(again)) == (("south",), True)
    assert visiting.told(person) == [], "What waits for another is told no more."
    told = visiting.take(person, fixes[40:]).notices
    assert visiting.told(person) == [("south", "fence-2")] * len(told)
    assert told


@pytest.mark.parametrize(
    ("asked_about", "told"),
    [(["Northern Care"], ("north",)), (["Southern Care", "Northern Care"], ("north",)), (["Southern Care"], ()), ([], ())],
)
def test_only_those_are_told_about_whom_the_person_was_asked(
    visiting: Telling, asked_about: list[str], told: tuple[str, ...]
) -> None:
    person = visiting.agreeing()
    visit = visiting.arm(person, tell_facility=True, asked_about=asked_about)
    assert (visit.tenants_told, visiting.desk.tells_facility(visit)) == (told, bool(told))
    assert visiting.arm(visiting.agreeing(), asked_about=asked_about).tenants_told == ()
    assert visiting.take(person, track(WALK)[:40]).notices
    assert visiting.told(person) == [(one, "fence-1") for one in told]


@pytest.mark.parametrize("said", [True, False])
def test_a_yes_of_another_release_which_kept_not_to_whom_tells_nobody(visiting: Telling, said: bool) -> None:
    person = visiting.agreeing()
    visit = visiting.arm(person, tell_facility=True)
    keep_as_before(visiting, visit, person, tell_facility=said)
    [opened_again] = visiting.desk.visits(person)
    assert (opened_again.id, opened_again.facility_id, opened_again.tenants_told) == (visit.id, CLINIC.id, ())
    assert not visiting.desk.tells_facility(opened_again)
    assert visiting.take(person, track(WALK)[:40]).notices
    assert visiting.told(person) == []


def test_where_it_is_not_known_who_runs_the_place_it_is_who_did(visiting: Telling) -> None:
    visit, silent = (visiting.arm(visiting.agreeing(), tell_facility=tells) for tells in (True, False))
    for fences, awaited in (([], []), ([], [fence()])):
        visiting.book.put(*fences, awaited=awaited)
        assert [visiting.desk.tells_facility(one) for one in (visit, silent)] == [True, False]


def test_the_length_does_not_tell_what_the_person_chose(visiting: Telling) -> None:
    facility, tenant = msgspec.structs.replace(CLINIC, name="ñ" * 100), "n" * 40
    visiting.book.edition = Edition([fence(tenant=tenant)], {facility.id: facility}, {tenant: "Northern Care"})
    longest = "x" * 64 + "@" + "y" * 185 + ".org"
    chosen: list[dict[str, Any]] = [{}, {"tell_facility": True}, {"email": longest}, {"tell_facility": True, "email": longest}]
    lengths = [len(kept(visiting, visiting.arm(visiting.agreeing(), **more))) for more in chosen]
    assert len(set(lengths)) == 1
