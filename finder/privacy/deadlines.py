"""Until when a request about personal data must be answered: the table of laws, and counting by it."""

import tomllib
from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from finder.domain.rights import Law, RequestKind

__all__ = ["Deadline", "deadlines", "due_on"]

_WORKING_DAYS_OF_A_WEEK: Final = 5
_MONTHS_OF_A_YEAR: Final = 12


class Deadline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long there is for an answer, in one of three units, and which text says so.

    Raises :class:`ValueError` for none or several of them, and unless it says either when the text was read or that it was not.
    """

    source: str
    read: date | None = None
    """When the text of the source was read."""
    unread: str | None = None
    """Where the row is from, as the text was not read."""
    calendar_days: int | None = None
    working_days: int | None = None
    months: int | None = None

    def __post_init__(self) -> None:
        if sum(unit is not None for unit in (self.calendar_days, self.working_days, self.months)) != 1:
            raise ValueError("A deadline has one of calendar_days, working_days and months.")
        if (self.read is None) == (self.unread is None):
            raise ValueError("A deadline says when its source was read, or in unread where it is from.")

    def last_day(self, received_on: date) -> date:
        """The last day for the answer to what came on a day; holidays are working days here, so it is never too late."""
        if self.calendar_days is not None:
            return received_on + timedelta(days=self.calendar_days)
        if self.working_days is not None:
            return _after_working_days(received_on, self.working_days)
        return _months_after(received_on, self.months or 0)


@cache
def deadlines() -> dict[Law, dict[RequestKind, Deadline]]:
    """The table of this release, ``finder/privacy/deadlines.toml``."""
    text = resources.files("finder.privacy").joinpath("deadlines.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[Law, dict[RequestKind, Deadline]])


def due_on(law: Law, kind: RequestKind, received_on: date) -> date:
    """The last day for the answer to a request that came on a day."""
    return deadlines()[law][kind].last_day(received_on)


def _after_working_days(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _WORKING_DAYS_OF_A_WEEK
    return day


def _months_after(day: date, months: int) -> date:
    """The day of the same number, or the month's last where there is none."""
    years, month = divmod(day.month - 1 + months, _MONTHS_OF_A_YEAR)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
