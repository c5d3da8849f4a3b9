"""A desk where applications are let in, over a ledger of its own and a clock that stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import DisclosureDesk
from finder.privacy.receipts import ReceiptKey
from finder.privacy.subjects import Person, new_person
from finder.store.apps import AppStore
from finder.store.consents import ConsentLedger
from tests.privacy.conftest import Clock
from tests.privacy.disclosures.app_client import Client, entered


@pytest.fixture
def consents(ledger: ConsentLedger, clock: Clock) -> ConsentDesk:
    return ConsentDesk(ledger, clock)


@pytest.fixture
def apps(ledger: ConsentLedger, store_url: str) -> Iterator[AppStore]:
    with AppStore.open(store_url) as opened:
        yield opened


@pytest.fixture
def desk(apps: AppStore, consents: ConsentDesk, clock: Clock, tmp_path: Path) -> DisclosureDesk:
    return DisclosureDesk(apps, consents, ReceiptKey(tmp_path / "keys"), clock)


@pytest.fixture
def client(desk: DisclosureDesk, apps: AppStore) -> Client:
    return Client(desk, entered(apps))


@pytest.fixture
def person() -> Person:
    return new_person()
