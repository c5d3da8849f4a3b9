"""The consent ledger: lines are added and read. Only the erasure of all that a subject has said takes lines away."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, override

import msgspec
from sqlalchemy import Connection, Engine, delete, exists, func, insert, select

from finder.domain.consent import Act, ConsentEntry, Purpose, Receipt, Subject, Via
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.engine import EngineHolder
from finder.store.personal import Eraser, hold_person, open_personal_engine
from finder.store.revisions import Revisions
from finder.store.sweeping import leave_no_trace

__all__ = ["Beside", "ConsentLedger"]

type Beside = Callable[[Connection, int], None]
"""Writes, in the transaction of a line of the ledger that holds its person, what rests on the line; it gets the line's number."""

_WRITERS_LOCK = 0x636F6E73656E74
"""The number of PostgreSQL's advisory lock of who writes here: "consent" in ASCII. SQLite has one writer anyway."""


class ConsentLedger(EngineHolder):
    """The ledger of a store."""

    def __init__(self, engine: Engine, revisions: Revisions) -> None:
        super().__init__(engine)
        self._revisions = revisions
        self.revision_of = revisions.of
        """What :meth:`last` says may be remembered while the number that was read *before* it stands, unless that is 0."""
        self.reaches_other_machines = engine.dialect.name == "postgresql"
        """Whether others may write into it whose revisions are in another file."""

    @classmethod
    def open(cls, url: str, revisions_path: Path) -> Self:
        """The ledger of the store at a SQLAlchemy address. All processes of one machine name the same ``revisions_path``.

        Raises :class:`BadInput` for an address of anything else.
        """
        return cls(open_personal_engine(url), Revisions(revisions_path))

    @override
    def close(self) -> None:
        """Give the connections and the file of revisions back."""
        super().close()
        self._revisions.close()

    def append(self, entry: ConsentEntry, *, also: Sequence[Eraser] = (), beside: Beside | None = None) -> int:
        """Add a yes or a no and return its number. Every process of this machine sees it before this returns.

        ``also`` take the subject out of other tables, and ``beside`` writes what rests on the line, in the same transaction.

        Raises :class:`ValueError` for anything else, and :class:`NotReady` when it cannot be written now.
        """
        if entry.act not in {Act.GRANTED, Act.REFUSED}:
            raise ValueError("revoke() and erase() add the other lines.")
        with self._writing(entry.subject) as connection:
            _take_out(connection, entry.subject, also)
            seq = _append(connection, entry)
            if beside is not None:
                beside(connection, seq)
            return seq

    def revoke(self, subject: Subject, purpose: Purpose, *, at: datetime, via: Via, also: Sequence[Eraser] = ()) -> bool:
        """Add that a yes is taken back, if a yes is the newest line of this purpose; whether it was.

        ``also`` take the subject out of other tables in any case, in the same transaction.

        Every process of this machine sees it before this returns. Raises :class:`NotReady` when it cannot be written now.
        """
        of_purpose = (CONSENT_ENTRY.c.subject == subject, CONSENT_ENTRY.c.purpose == purpose)
        newest = select(CONSENT_ENTRY).where(*of_purpose).order_by(CONSENT_ENTRY.c.seq.desc()).limit(1)
        with self._writing(subject) as connection:
            _take_out(connection, subject, also)
            row = connection.execute(newest).mappings().one_or_none()
            if row is None or row["act"] != Act.GRANTED:
                return False
            version = row["policy_version"]
            entry = ConsentEntry(subject=subject, act=Act.REVOKED, at=at, via=via, purpose=purpose, policy_version=version)
            _append(connection, entry)
        return True

    def entries(self, subject: Subject) -> list[ConsentEntry]:
        """All that a subject has said, oldest first."""
        query = select(CONSENT_ENTRY).where(CONSENT_ENTRY.c.subject == subject).order_by(CONSENT_ENTRY.c.seq)
        with short_read(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def last(self, subject: Subject) -> dict[Purpose, ConsentEntry]:
        """The newest line of each purpose that the subject has spoken of: what holds, unless it has expired."""
        newest = select(func.max(CONSENT_ENTRY.c.seq)).where(CONSENT_ENTRY.c.subject == subject)
        query = select(CONSENT_ENTRY).where(CONSENT_ENTRY.c.seq.in_(newest.group_by(CONSENT_ENTRY.c.purpose)))
        with short_read(self._engine) as connection:
            found = [_entry(row) for row in connection.execute(query).mappings()]
        return {entry.purpose: entry for entry in found if entry.purpose is not None}

    def newest(self) -> int:
        """The number of the newest line; 0 where there is none."""
        with short_read(self._engine) as connection:
            return connection.execute(select(func.coalesce(func.max(CONSENT_ENTRY.c.seq), 0))).scalar_one()

    def written_since(self, seq: int) -> tuple[int, set[Subject]]:
        """The number of the newest line, and of whom there are lines newer than ``seq``."""
        query = select(CONSENT_ENTRY.c.seq, CONSENT_ENTRY.c.subject).where(CONSENT_ENTRY.c.seq > seq)
        with short_read(self._engine) as connection:
            found = connection.execute(query).all()
        return max((row.seq for row in found), default=seq), {Subject(row.subject) for row in found}

    def erase(self, subject: Subject, *, at: datetime, via: Via, also: Sequence[Eraser] = ()) -> Receipt:
        """Put one line, that all was erased, in the place of all that a subject has said, of earlier erasures too.

        ``also`` take the subject out of other tables, in the same transaction. SQLite's files do not hold it any longer either,
        unless somebody reads on for longer than a second; then the next sweep sees to it. Of whom there is no row and no line
        nothing is written, or anybody could fill the ledger with persons whom they invent.

        Raises :class:`NotReady` when it cannot be written now: then all is as before.
        """
        of_subject = CONSENT_ENTRY.c.subject == subject
        with self._writing(subject) as connection:
            erased = _take_out(connection, subject, also)
            if not erased and not connection.execute(select(exists().where(of_subject))).scalar_one():
                return Receipt(seq=None, at=at.astimezone(UTC), erased=0)
            seq = _append(connection, ConsentEntry(subject=subject, act=Act.ERASED, at=at, via=via))
            said = delete(CONSENT_ENTRY).where(of_subject, CONSENT_ENTRY.c.purpose.is_not(None))
            erased += connection.execute(said).rowcount
            connection.execute(delete(CONSENT_ENTRY).where(of_subject, CONSENT_ENTRY.c.seq < seq))
        leave_no_trace(self._engine)
        return Receipt(seq=seq, at=at.astimezone(UTC), erased=erased)

    @contextmanager
    def _writing(self, subject: Subject) -> Generator[Connection]:
        """One writer at a time, so that the order of numbers is the order in which readers see the lines."""
        with ExitStack() as after_commit, short_write(self._engine) as connection:
            if self.reaches_other_machines:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")
            # Not before, so that who waits for the database does not make others wait for him.
            after_commit.enter_context(self._revisions.changing(subject))
            yield connection


def _take_out(connection: Connection, subject: Subject, erasers: Sequence[Eraser]) -> int:
    """Hold the person, as what is written of them elsewhere goes by what stands in the ledger, and run the erasers."""
    hold_person(connection, subject)
    return sum(erase(connection, subject) for erase in erasers)


def _append(connection: Connection, entry: ConsentEntry) -> int:
    values = msgspec.structs.asdict(entry) | {
        "at": entry.at.astimezone(UTC),
        "expires_at": entry.expires_at.astimezone(UTC) if entry.expires_at else None,
    }
    del values["seq"]
    return connection.execute(insert(CONSENT_ENTRY).values(values).returning(CONSENT_ENTRY.c.seq)).scalar_one()


def _entry(row: Mapping[Any, Any]) -> ConsentEntry:
    at = in_utc(row["at"])
    assert at is not None  # noqa: S101 - the column is not nullable
    return ConsentEntry(
        subject=Subject(row["subject"]),
        act=Act(row["act"]),
        at=at,
        via=Via(row["via"]),
        purpose=Purpose(row["purpose"]) if row["purpose"] else None,
        policy_version=row["policy_version"],
        language=row["language"],
        text_sha256=row["text_sha256"],
        expires_at=in_utc(row["expires_at"]),
        seq=row["seq"],
    )
