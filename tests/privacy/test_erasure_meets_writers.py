"""An erasure that comes between any two steps of whoever writes about a person: nothing that is being written survives it."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from finder.domain.consent import Act, ForNotices, Purpose, Via
from finder.domain.rights import Law, RequestKind
from finder.errors import ConsentNeeded, ErasedMeanwhile
from finder.notices.visits import VisitDesk
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import DisclosureDesk
from finder.privacy.grants import once
from finder.privacy.mail import MailDesk
from finder.privacy.places import PlaceSaid
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.receipts import ReceiptKey
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import Person, new_person
from finder.store.apps import AppStore
from finder.store.consents import ConsentLedger
from finder.store.deliveries import Deliveries
from finder.store.mail_requests import MailRequests
from finder.store.push_subscriptions import PushSubscriptions
from finder.store.saved_places import SavedPlaces
from finder.store.search_counts import SearchCounts
from finder.store.visits import Visits
from tests.notices.visiting import CLINIC, Book, fence
from tests.privacy.conftest import Clock
from tests.privacy.disclosures.app_client import Client, entered

HOME = PlaceSaid(name="Casa", label=None, lat=32.5331, lon=-117.0191, accuracy_m=9.0)
MOST_STEPS = 20


class Desks:
    """All desks over one store, and a way to come between their steps."""

    def __init__(self, url: str, ledger: ConsentLedger, clock: Clock, folder: Path) -> None:
        self.ledger = ledger
        self.apps, self.places, self.requests = AppStore.open(url), SavedPlaces.open(url), MailRequests.open(url)
        self.counts, self.visits = SearchCounts.open(url), Visits.open(url)
        self.consents, receipts = ConsentDesk(ledger, clock), ReceiptKey(folder / "keys")
        self.rights = RightsDesk(
            self.consents,
            places=self.places,
            requests=self.requests,
            apps=self.apps,
            counts=self.counts,
            visits=self.visits,
            subscriptions=PushSubscriptions.open(url),
            deliveries=Deliveries.open(url),
            receipts=receipts,
            clock=clock,
        )
        self.mail = MailDesk(self.rights, clock)
        self.disclosures = DisclosureDesk(self.apps, self.consents, receipts, clock)
        self.visit_desk = VisitDesk(self.visits, Book(fence()), clock=clock)
        self.client = Client(self.disclosures, entered(self.apps))

    @property
    def engines(self) -> list[Engine]:
        stores: list[Any] = [self.ledger, self.apps, self.places, self.requests, self.counts, self.visits]
        return [store._engine for store in stores]

    @contextmanager
    def before_step(self, number: int, act: Callable[[], object]) -> Generator[list[int]]:
        """Act before the transaction of that number begins, counted from 0; how many there were is in the list afterwards."""
        steps, acting = [0], [False]

        def begins(*_: object) -> None:
            if acting[0]:
                return
            steps[0] += 1
            if steps[0] == number + 1:
                acting[0] = True
                act()
                acting[0] = False

        for engine in self.engines:
            event.listen(engine, "checkout", begins)
        try:
            yield steps
        finally:
            for engine in self.engines:
                event.remove(engine, "checkout", begins)


@pytest.fixture
def desks(store_url: str, ledger: ConsentLedger, clock: Clock, tmp_path: Path) -> Iterator[Desks]:
    made = Desks(store_url, ledger, clock, tmp_path)
    with made.rights:
        yield made


def lets_an_app_in(desks: Desks, person: Person) -> None:
    desks.client.code(person)


def saves_a_place(desks: Desks, person: Person) -> None:
    desks.rights.save_place(person, HOME)


def arms_a_visit(desks: Desks, person: Person) -> None:
    desks.visit_desk.arm(once(ForNotices, CURRENT_POLICY), person, CLINIC.id)


def enters_a_letter(desks: Desks, person: Person) -> None:
    today = desks.mail.today()
    desks.mail.add(RequestKind.ACCESS, Law.MEXICO, received_on=today, reference="2026/1", whose=person.subject, again=True)


@pytest.mark.parametrize("write", [lets_an_app_in, saves_a_place, arms_a_visit, enters_a_letter])
def test_nothing_that_is_being_written_survives_an_erasure(desks: Desks, write: Callable[[Desks, Person], None]) -> None:
    met = 0
    for step in range(MOST_STEPS):
        person = new_person()
        for purpose in (Purpose.SEARCH, Purpose.NOTICES):
            desks.consents.say_yes(person.subject, purpose, version=CURRENT_POLICY, language="es", via=Via.WEB)
        refused = False
        with desks.before_step(step, lambda of=person.subject: desks.rights.erase(of, via=Via.WEB)) as steps:
            try:
                write(desks, person)
            except (ErasedMeanwhile, ConsentNeeded):
                refused = True
        if steps[0] <= step:
            break  # there is no such step any more
        data = desks.rights.export(person.subject, person.key)
        held = data.saved_places.rows + data.app_grants.rows + data.requests.rows + data.visits.rows
        if step == 0:  # the erasure came before anything was begun: so this is a new beginning
            assert (len(held), refused) == ((0, True) if write is arms_a_visit else (1, False))  # the yes was erased too
            continue
        met += 1
        assert held == ()
        assert [line.act for line in data.consents.rows] == [Act.ERASED]
        assert refused is (write is not enters_a_letter)  # a letter is kept, and is nobody's
    assert met >= 1
    assert step < MOST_STEPS - 1
