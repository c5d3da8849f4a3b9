"""Desks for tests of the faces: one over a real ledger, and one for whoever must be asked nothing."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from finder.domain.apps import AppGrant, AppToken
from finder.domain.consent import Act, ConsentEntry, Purpose, Subject, Via
from finder.privacy.desk import ConsentDesk
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.apps import entering
from finder.store.consents import ConsentLedger
from finder.store.personal import open_personal_engine


class Unasked:
    """Stands for a desk or a store that must not be asked: whoever does fails the test."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"{name} was asked for.")


class UnaskedLedger(Unasked):
    """The same for the ledger of consents, of which a desk may know what it is."""

    reaches_other_machines = False

    def revision_of(self, _subject: Subject) -> NoReturn:
        """Fail."""
        raise AssertionError("The ledger of consents was asked.")


def unasked_desk() -> ConsentDesk:
    """A desk for pages and calls that need no consent."""
    return ConsentDesk(UnaskedLedger())  # type: ignore[arg-type]


@contextmanager
def ledger_in(folder: Path) -> Generator[ConsentLedger]:
    """The ledger of a store in a folder, which is migrated; it lies where the finder that serves the folder has it."""
    url = f"sqlite:///{folder / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
    with ConsentLedger.open(url, folder / "consents.revisions") as ledger:
        yield ledger


def old_yes(ledger: ConsentLedger, subject: Subject, purpose: Purpose) -> None:
    """Write down that the subject agreed to a policy that was in force before the first one of this release."""
    at = datetime.now(UTC) - timedelta(days=30)
    ledger.append(
        ConsentEntry(
            subject=subject,
            act=Act.GRANTED,
            at=at,
            via=Via.WEB,
            purpose=purpose,
            policy_version=date(2026, 10, 1),
            language="en",
            text_sha256="0" * 64,
            expires_at=at + timedelta(days=365),
        )
    )


def enter_grant(url: str, grant: AppGrant, token: AppToken) -> None:
    """Keep a grant and a token of it in the store at an address, with the line of the ledger that the grant names."""
    engine = open_personal_engine(url)
    with short_write(engine) as connection:
        entering(grant, token, since=0)(connection, grant.consent_seq)
    engine.dispose()
