"""Time the rights of a person of whom much is held: export and erasure, over the whole way from the request's desk to the tables.

    python benchmarks/person.py --lines 10000

The goal is less than 2 s each, on either database. Others' rows lie beside the person's, as they would.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Engine, insert

from finder.domain.admin import Actor
from finder.domain.apps import App, AppGrant, AppScope, AppToken, TokenKind
from finder.domain.consent import Act, Purpose, Subject, Via
from finder.domain.rights import Law, RequestKind
from finder.domain.statistics import SearchNote, week_of
from finder.privacy.desk import ConsentDesk
from finder.privacy.mail import MailDesk
from finder.privacy.places import PlaceSaid
from finder.privacy.policy import CURRENT_POLICY, policies
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import Person, new_person
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.apps import AppStore, entering
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.consents import ConsentLedger
from finder.store.personal import open_personal_engine
from finder.store.saved_places import MOST_SAVED_PLACES
from finder.store.search_counts import CONTRIBUTION, SearchCounts

GOAL_S = 2.0
GRANTS = 20
TOKENS_OF_A_GRANT = 50


def main() -> None:
    """Read the arguments, run, print the table."""
    parser = argparse.ArgumentParser(description="Time export and erasure of a person.")
    parser.add_argument("--url", help="a migrated, empty database; without it a SQLite file of its own")
    parser.add_argument("--lines", type=int, default=10_000, help="of the person in the ledger")
    parser.add_argument("--others", type=int, default=100_000, help="lines of others in the ledger")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = str(arguments.url or f"sqlite:///{folder}/finder.sqlite")
        with Store.open(url) as store:
            store.migrate()
        with (
            ConsentLedger.open(url, Path(folder) / "revisions") as ledger,
            RightsDesk.open(url, ConsentDesk(ledger)) as rights,
        ):
            person = new_person()
            write_lines(url, [new_person().subject for _ in range(int(arguments.others) // 10)], 10)
            write_lines(url, [person.subject], int(arguments.lines))
            write_the_rest(url, rights, person)
            Console().print(measured(rights, person, "PostgreSQL" if ledger.reaches_other_machines else "SQLite"))


def write_lines(url: str, subjects: list[Subject], of_each: int) -> None:
    """Write yes and no by turns, a minute apart, past the desk, which would take one transaction for each."""
    sha256, start = policies().current.text_sha256("es"), datetime.now(UTC) - timedelta(days=30)
    purposes = list(Purpose)

    def line(subject: Subject, number: int) -> dict[str, object]:
        at, is_yes = start + timedelta(minutes=number), number % 2 == 0
        return {
            "subject": subject,
            "act": (Act.GRANTED if is_yes else Act.REFUSED).value,
            "at": at,
            "via": Via.WEB.value,
            "purpose": purposes[number // 2 % len(purposes)].value,
            "policy_version": CURRENT_POLICY,
            "language": "es",
            "text_sha256": sha256,
            "expires_at": at + timedelta(days=365) if is_yes else None,
        }

    engine = open_personal_engine(url)
    with short_write(engine) as connection:
        write(connection, [line(subject, number) for number in range(of_each) for subject in subjects])
    engine.dispose()


def write(connection: Connection, rows: list[dict[str, object]]) -> None:
    """Insert lines, some at a time."""
    for start in range(0, len(rows), 5000):
        connection.execute(insert(CONSENT_ENTRY), rows[start : start + 5000])


def write_the_rest(url: str, rights: RightsDesk, person: Person) -> None:
    """Write as many saved places as there may be, applications with their tokens, letters, and searches that wait."""
    now = datetime.now(UTC)
    for number in range(MOST_SAVED_PLACES):
        rights.save_place(person, PlaceSaid(name=f"Lugar {number}", label=None, lat=32.5, lon=-117.0, accuracy_m=9.0))
    mail = MailDesk(rights)
    for number in range(20):
        mail.add(RequestKind.ACCESS, Law.MEXICO, received_on=mail.today(), reference=f"2026/{number}", whose=person.subject)
    engine = open_personal_engine(url)
    consents = rights_consents(engine, person, now)
    with SearchCounts.open(url) as counts:
        cells = [f"8729a6d6dffff{number:02d}" for number in range(CONTRIBUTION)]
        counts.note([SearchNote(week=week_of(now), subject=person.subject, cell=cell, specialty="any") for cell in cells], at=now)
    with AppStore.open(url) as apps:
        for number in range(GRANTS):
            let_in(apps, engine, person, number, now=now, seq=consents)
    engine.dispose()


def rights_consents(engine: Engine, person: Person, now: datetime) -> int:
    """Say yes to statistics, so that searches are kept; the number of the line."""
    yes = {
        "subject": person.subject,
        "act": Act.GRANTED.value,
        "at": now,
        "via": Via.WEB.value,
        "purpose": Purpose.ANALYTICS.value,
        "policy_version": CURRENT_POLICY,
        "language": "es",
        "text_sha256": policies().current.text_sha256("es"),
        "expires_at": now + timedelta(days=365),
    }
    with short_write(engine) as connection:
        return connection.execute(insert(CONSENT_ENTRY).values(yes).returning(CONSENT_ENTRY.c.seq)).scalar_one()


def let_in(apps: AppStore, engine: Engine, person: Person, number: int, *, now: datetime, seq: int) -> None:
    """Let an application in, which has renewed its tokens often."""
    app = App(
        id=f"benchmark{number:07d}",
        name=f"App {number}",
        homepage="https://app.example",
        contact="a@app.example",
        redirect_uris=("https://app.example/back",),
        scopes=tuple(AppScope),
        created_at=now,
    )
    grant = AppGrant(
        id=f"grant{number:011d}",
        subject=person.subject,
        app_id=app.id,
        scopes=app.scopes,
        granted_at=now,
        expires_at=now + timedelta(days=365),
        consent_seq=seq,
        receipt="x" * 1500,
    )
    tokens = [
        AppToken(
            secret_sha256=f"{number:032d}{turn:032d}",
            grant_id=grant.id,
            kind=TokenKind.REFRESH,
            scopes=app.scopes,
            expires_at=now + timedelta(days=90),
            wrapped_key=person.key.wrapped_for(f"{number} {turn}"),
        )
        for turn in range(TOKENS_OF_A_GRANT)
    ]
    apps.add(app, by=Actor("cli:benchmark"))
    with short_write(engine) as connection:
        entering(grant, tokens[0], since=0)(connection, seq)
    held = apps.held(tokens[0].secret_sha256)
    assert held is not None  # noqa: S101 - it was just entered
    apps.exchange(held, tokens[1:], at=now)


def measured(rights: RightsDesk, person: Person, database: str) -> Table:
    """Return the table of what the person waits for."""
    data = rights.export(person.subject, person.key)
    held = sum(len(kind.rows) for kind in (data.consents, data.saved_places, data.app_grants, data.requests, data.statistics))
    table = Table(title=f"{database}: a person of whom {held:,} rows are told")
    for column in ("what", "s", "goal"):
        table.add_column(column, justify="left" if column == "what" else "right")

    def add(name: str, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        taken = time.perf_counter() - start
        table.add_row(name, f"{taken:.3f}", f"< {GOAL_S:.0f}" if taken < GOAL_S else f"missed: {GOAL_S:.0f}")

    add("export as JSON", lambda: msgspec.json.encode(rights.export(person.subject, person.key)))
    add("erasure", lambda: rights.erase(person.subject, via=Via.WEB))
    add("export afterwards", lambda: msgspec.json.encode(rights.export(person.subject, person.key)))
    return table


if __name__ == "__main__":
    main()
