"""Saved places: sealed rows, of which the database knows whose they are and when they were used, and not where they are."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from finder.domain.consent import Subject
from finder.domain.rights import SealedPlace
from finder.errors import Conflict, NotFound
from finder.store.admin_engine import short_read, short_write
from finder.store.erasures import hold_unless_erased, last_erasure
from finder.store.personal import PersonalStore
from finder.store.saved_places_tables import SAVED_PLACE
from finder.store.sweeping import BATCH_ROWS

__all__ = ["MOST_SAVED_PLACES", "SavedPlaces", "erase_saved_places", "sweep_saved_places"]

MOST_SAVED_PLACES: Final = 50
"""Of one person: more than anybody goes to, and few enough that nobody stores other things here."""
_ID_BYTES: Final = 12


class SavedPlaces(PersonalStore):
    """The saved places of a store. An id of somebody else's place is as unknown as one of none."""

    def last_erasure(self, subject: Subject) -> int:
        """What :meth:`add` is told that comes of a request which begins now."""
        with short_read(self._engine) as connection:
            return last_erasure(connection, subject)

    def add(self, subject: Subject, sealed: bytes, *, on: date, since: int) -> SealedPlace:
        """Keep a place for a person. ``since``: what :meth:`last_erasure` said when the request began.

        Raises :class:`Conflict` when the person has :data:`MOST_SAVED_PLACES`, :class:`ErasedMeanwhile` after an erasure since,
        and :class:`NotReady` when it cannot be written now.
        """
        place = SealedPlace(id=secrets.token_hex(_ID_BYTES), sealed=sealed, saved_on=on, used_on=on)
        row = {"id": place.id, "subject": subject, "sealed": sealed, "saved_on": on, "used_on": on}
        with short_write(self._engine) as connection:
            hold_unless_erased(connection, subject, since)
            of_subject = select(func.count()).select_from(SAVED_PLACE).where(SAVED_PLACE.c.subject == subject)
            if connection.execute(of_subject).scalar_one() >= MOST_SAVED_PLACES:
                raise Conflict(f"{MOST_SAVED_PLACES} places are saved, and no more can be: delete one first.")
            connection.execute(insert(SAVED_PLACE).values(row))
        return place

    def of(self, subject: Subject) -> list[SealedPlace]:
        """All of a person's, those saved first before others."""
        query = select(SAVED_PLACE).where(SAVED_PLACE.c.subject == subject).order_by(SAVED_PLACE.c.saved_on, SAVED_PLACE.c.id)
        with short_read(self._engine) as connection:
            return [_place(row) for row in connection.execute(query).mappings()]

    def get(self, subject: Subject, place_id: str) -> SealedPlace:
        """One of a person's. Raises :class:`NotFound`."""
        with short_read(self._engine) as connection:
            row = connection.execute(select(SAVED_PLACE).where(*_one(subject, place_id))).mappings().one_or_none()
        if row is None:
            raise _not_found()
        return _place(row)

    def replace(self, subject: Subject, place_id: str, old: bytes, new: bytes, *, on: date) -> SealedPlace | None:
        """Put ``new`` in the place of ``old``; ``None``, and nothing is changed, when something else stands there by now.

        Raises :class:`NotFound`, and :class:`NotReady` as :meth:`add` does.
        """
        same = (*_one(subject, place_id), SAVED_PLACE.c.sealed == old)
        change = update(SAVED_PLACE).where(*same).values(sealed=new, used_on=on).returning(SAVED_PLACE)
        with short_write(self._engine) as connection:
            if (row := connection.execute(change).mappings().one_or_none()) is not None:
                return _place(row)
            if connection.execute(select(SAVED_PLACE.c.id).where(*_one(subject, place_id))).one_or_none() is None:
                raise _not_found()
        return None

    def note_use(self, subject: Subject, place_id: str, *, on: date) -> None:
        """Remember the last day on which a place was used: one write a day. Raises :class:`NotReady` as :meth:`add` does."""
        older = (*_one(subject, place_id), SAVED_PLACE.c.used_on < on)
        with short_write(self._engine) as connection:
            connection.execute(update(SAVED_PLACE).where(*older).values(used_on=on))

    def remove(self, subject: Subject, place_id: str) -> None:
        """Delete one. Raises :class:`NotFound`, and :class:`NotReady` as :meth:`add` does."""
        with short_write(self._engine) as connection:
            if not connection.execute(delete(SAVED_PLACE).where(*_one(subject, place_id))).rowcount:
                raise _not_found()


def erase_saved_places(connection: Connection, subject: Subject) -> int:
    """Delete all of a person's, in the transaction of the erasure; how many there were."""
    return connection.execute(delete(SAVED_PLACE).where(SAVED_PLACE.c.subject == subject)).rowcount


def sweep_saved_places(connection: Connection, before: datetime) -> int:
    """Delete a batch of those that were last used on a day before that of ``before``; how many: 0 when none is left."""
    old = select(SAVED_PLACE.c.id).where(SAVED_PLACE.c.used_on < before.date()).limit(BATCH_ROWS)
    return connection.execute(delete(SAVED_PLACE).where(SAVED_PLACE.c.id.in_(old))).rowcount


def _one(subject: Subject, place_id: str) -> tuple[Any, Any]:
    return SAVED_PLACE.c.id == place_id, SAVED_PLACE.c.subject == subject


def _not_found() -> NotFound:
    return NotFound("No place of this id is saved: GET /api/v1/me/places lists them.")


def _place(row: Mapping[Any, Any]) -> SealedPlace:
    return SealedPlace(id=row["id"], sealed=bytes(row["sealed"]), saved_on=row["saved_on"], used_on=row["used_on"])
