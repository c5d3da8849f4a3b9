"""What the facility page shows, and what the practitioner page shows alike: hours by day, phones, sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request

from finder.care.specialties import specialties
from finder.directory.hours import DayHours, undated_ranges, week
from finder.directory.snapshot import Snapshot
from finder.domain.facility import Facility, Provenance
from finder.domain.hours import HOLIDAY_NOT_STATED
from finder.http.site import site_address
from finder.web.cards import local_name, place_note
from finder.web.formats import clock_range_text, date_text, language_names, phone_link, phone_text, safe_website, weekday_text
from finder.web.hours_text import hours_line, undated_line
from finder.web.labels import FIELD_LABELS, KIND_LABELS, WHEELCHAIR_LABELS
from finder.web.language import Reader
from finder.web.staff import staff_of
from finder.web.structured_data import facility_data, script_text
from finder.web.visit import asked_before, canonical_address

__all__ = ["SourceLine", "day_lines", "facility_values", "phone_lines", "source_lines", "today_at"]

_OURS = frozenset({"tzfpy"})
"""Sources of what was worked out here from the place on the map (the time zone): nobody asked about them said it."""


@dataclass(frozen=True)
class SourceLine:
    """One source, what it told, and when somebody last looked whether it holds."""

    source: str
    fields: str
    verified: str


def facility_values(
    snapshot: Snapshot, facility: Facility, request: Request[Any, Any, Any], at: datetime, reader: Reader
) -> dict[str, object]:
    """What ``facility.html`` shows of a facility to whoever opens it at that moment."""
    wheelchair, question = facility.accessibility.wheelchair, asked_before(request)
    days, listings = week(facility, today_at(facility, at)), snapshot.listings_at(facility.id)
    return {
        "facility": facility,
        "name": local_name(facility, reader),
        "kind": reader.text(KIND_LABELS[facility.kind]),
        "hours": hours_line(facility, at, reader),
        "days": day_lines(facility, days, reader),
        "undated": undated_line(facility, reader),
        "place_note": place_note(facility, reader),
        "phones": phone_lines(facility.phones),
        "website": safe_website(facility.website),
        "languages": language_names(facility.languages, reader),
        "wheelchair": reader.text(WHEELCHAIR_LABELS[wheelchair]) if wheelchair else "",
        "services": [_service(text, reader) for text in facility.services],
        "sources": source_lines([facility.provenance], reader),
        "staff": staff_of(listings, at, reader),
        "back": question.address(),
        "question": question,
        "canonical": canonical_address(request),
        "structured": script_text(facility_data(facility, days, listings, site_address(request), reader.language)),
    }


def _service(text: str, reader: Reader) -> str:
    """A service in the reader's language where it is a known one, else in the words of its source."""
    known = specialties().of_text(text)
    return known.name(reader.language) if known else text


def today_at(facility: Facility, at: datetime) -> date:
    """The date on the facility's own wall."""
    return at.astimezone(ZoneInfo(facility.time_zone) if facility.time_zone else None).date()


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
    if day.unknown and HOLIDAY_NOT_STATED in (day.comment or ""):
        return _capital(reader.text("holiday: hours not confirmed"))
    return reader.text("Not known") if day.unknown else reader.text("Closed")


def phone_lines(phones: Sequence[str]) -> list[tuple[str, str | None]]:
    """(text, tel: address or None) for each phone."""
    return [(phone_text(phone), phone_link(phone)) for phone in phones]


def _readable(source: str) -> str:
    """A source as a person may know it: ``OpenStreetMap`` for every region's extract, ``hifld hospitals`` for a load's name."""
    return "OpenStreetMap" if source.partition(":")[0] in {"osm", "openstreetmap"} else source.replace("_", " ")


def source_lines(told: Sequence[Mapping[str, Provenance]], reader: Reader) -> list[SourceLine]:
    """The sources with the fields that each told, latest verified first. Each mapping of ``told`` is one thing's, by field."""
    grouped: dict[tuple[str, date | None], list[str]] = {}
    for field, provenance in (item for fields in told for item in fields.items()):
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
