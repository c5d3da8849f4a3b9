"""What is written into opening hours where a source does not say all: comments in OpenStreetMap's grammar, read again later."""

from typing import Final

__all__ = ["DAYS_NOT_STATED", "HOLIDAY_NOT_STATED", "HOURS_NOT_STATED"]

DAYS_NOT_STATED: Final = "days not stated"
"""The comment of a range of which no source says on which days it holds: ``08:00-19:30 "days not stated"``.

The grammar has such a range for every day, and open; nobody may be told so.
"""
HOURS_NOT_STATED: Final = "hours not stated"
"""The comment of days of which a source says only that the others are closed: ``Mo-Sa unknown "hours not stated"; Su off``."""
HOLIDAY_NOT_STATED: Final = "holiday hours not stated"
"""The comment of usual hours on a public holiday of which no source says whether they hold: never in a file, see
:mod:`finder.directory.hours`."""
