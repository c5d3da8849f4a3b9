"""The parts of the facility page that need more than a label: hours by day, phones, sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from finder.directory.hours import DayHours, undated_ranges
from finder.domain.facility import Facility
from finder.web.formats import clock_range_text, date_text, phone_link, phone_text, weekday_text
from finder.web.labels import FIELD_LABELS
from finder.web.language import Reader

__all__ = ["SourceLine", "day_lines", "phone_lines", "source_lines"]

_OURS = frozenset({"tzfpy"})
"""Sources of what was worked out here from the place on the map (the time zone): nobody asked about them said it."""


@dataclass(frozen=True)
class SourceLine:
    """One source, what it told, and when somebody last looked whether it holds."""

    source: str
    fields: str
    verified: str


def day_lines(facility: Facility, days: Sequence[DayHours], reader: Reader) -> list[tuple[str, str]]:
    """(day, hours) for each day, or nothing where the hours are unknown throughout.

    Of hours without days (:func:`finder.directory.hours.undated_ranges`) only the days that are known all the same.
    """
    if not facility.opening_hours or all(day.unknown for day in days):
        return []
    shown = [day for day in days if not day.unknown] if undated_ranges(facility) else days
    return [(_capital(weekday_text(day.date, reader)), _hours(day, reader)) for day in shown]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _hours(day: DayHours, reader: Reader) -> str:
    if any(end - start >= timedelta(hours=24) for start, end in day.ranges):
        return reader.text("Open 24 hours")
    if day.ranges:
        return ", ".join(clock_range_text(start, end, reader) for start, end in day.ranges)
    return reader.text("Not known") if day.unknown else reader.text("Closed")


def phone_lines(facility: Facility) -> list[tuple[str, str | None]]:
    """(text, tel: address or None) for each phone."""
    return [(phone_text(phone), phone_link(phone)) for phone in facility.phones]


def _readable(source: str) -> str:
    """A source as a person may know it: ``OpenStreetMap`` for every region's extract, ``hifld hospitals`` for a load's name."""
    return "OpenStreetMap" if source.partition(":")[0] in {"osm", "openstreetmap"} else source.replace("_", " ")


def source_lines(facility: Facility, reader: Reader) -> list[SourceLine]:
    """The sources with the fields that each told, latest verified first."""
    grouped: dict[tuple[str, date | None], list[str]] = {}
    for field, provenance in facility.provenance.items():
        if provenance.source in _OURS:
            continue
        label = reader.text(FIELD_LABELS.get(field, field))
        labels = grouped.setdefault((provenance.source, provenance.verified_at), [])
        if label not in labels:
            labels.append(label)
    ordered = sorted(grouped.items(), key=lambda item: (item[0][1] or date.min, item[0][0]), reverse=True)
    return [
        SourceLine(
            source=_readable(source),
            fields=", ".join(labels),
            verified=date_text(verified, reader) if verified else reader.text("date not known"),
        )
        for (source, verified), labels in ordered
    ]
