"""What a feed of public transport in GTFS says of itself: when it holds, and whose it is.

The format: https://gtfs.org/documentation/schedule/reference/.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from finder.errors import BadFile, BadInput
from finder.region.gtfs_tables import read_table

__all__ = ["Feed", "read_feed"]

_ADDED = "1"
"""``exception_type`` of a day on which trips run besides."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as it went into a region. The days are those of its own clock."""

    name: str
    """Lower-case letters, digits and hyphens; one feed of the region."""
    first_day: date
    last_day: date
    """The last day of its timetable; what runs later it does not say."""
    attribution: str
    """Whom to name where its times are shown: its ``attributions.txt``, else its publisher, else its operators."""


def read_feed(folder: Path, name: str, today: date) -> Feed:
    """Return what the feed in the folder says of itself.

    Raises :class:`BadFile` for calendars that cannot be read or are empty, and :class:`BadInput` for a feed that has ended.
    """
    first_day, last_day = _days(folder, name)
    if last_day < today:
        raise BadInput(f"The feed {name} ended on {last_day}. Get a newer one from who publishes it.")
    return Feed(name=name, first_day=first_day, last_day=last_day, attribution=_attribution(folder, name))


def _days(folder: Path, name: str) -> tuple[date, date]:
    """The first and last day with trips, or those between that the feed itself answers for."""
    calendar = read_table(folder, "calendar.txt", name)
    dates = read_table(folder, "calendar_dates.txt", name)
    added = [
        day for day, kind in zip(dates["date"].to_pylist(), dates["exception_type"].to_pylist(), strict=True) if kind == _ADDED
    ]
    first, last = calendar["start_date"].to_pylist() + added, calendar["end_date"].to_pylist() + added
    if not first:
        raise BadFile(f"The feed {name} has no day: its calendars are empty. Get it again from who publishes it.")
    info = read_table(folder, "feed_info.txt", name)
    first_days = [min(_day(text, name) for text in set(first))]
    last_days = [max(_day(text, name) for text in set(last))]
    first_days += [_day(text, name) for text in info["feed_start_date"].to_pylist()[:1] if text]
    last_days += [_day(text, name) for text in info["feed_end_date"].to_pylist()[:1] if text]
    return max(first_days), min(last_days)


def _day(text: str, name: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise BadFile(f"The feed {name} has a day in its calendar that is none: {text[:20]!r}. GTFS writes 20261231.") from None


def _attribution(folder: Path, name: str) -> str:
    for file, column in (
        ("attributions.txt", "organization_name"),
        ("feed_info.txt", "feed_publisher_name"),
        ("agency.txt", "agency_name"),
    ):
        names = [said for said in dict.fromkeys(read_table(folder, file, name)[column].to_pylist()) if said]
        if names:
            return ", ".join(names)
    return name
