"""From a search to a page of answers: the one way that every face asks a snapshot."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.care.emergency_numbers import emergency_numbers
from finder.care.specialties import specialties
from finder.directions.borders import Borders
from finder.directions.router import Router
from finder.directory.finding.assemble import assembled
from finder.directory.finding.candidates import Named, Ranked, first_of_groups, first_of_named
from finder.directory.finding.cursor import MOST_SHOWN, Cursor, fingerprint
from finder.directory.finding.facets import COUNTED, count_facets
from finder.directory.finding.nearer_to import nearer_to
from finder.directory.finding.road_times import DEADLINE_S, RoadTimes
from finder.directory.finding.selecting import FACILITIES, LISTINGS, EmergencyChoice, Selecting, tiers_of
from finder.directory.finding.travel import MOST_WRONG_M
from finder.directory.search import AreaChoice, Emergency, Facets, FacilityHit, PractitionerHit, Search, SearchPage
from finder.directory.snapshot import Snapshot
from finder.geo.points import LonLat

__all__ = ["find"]

EMERGENCIES_FIRST: Final = 3
"""So many emergency departments come before all else when the words sound like an emergency."""

_CHOICES: Final = (
    EmergencyChoice(in_this_country=True, in_hospitals=True, not_closed=True),
    EmergencyChoice(in_this_country=True, in_hospitals=False, not_closed=True),
    EmergencyChoice(in_this_country=False, in_hospitals=False, not_closed=True),
    EmergencyChoice(in_this_country=False, in_hospitals=False, not_closed=False),
)


class _Entry(NamedTuple):
    """One answer in the order of the page: a row of a catalogue."""

    tier: int
    value: float
    second_value: float
    id: str
    catalogue: int
    row: int
    distance_m: float


def find(
    snapshot: Snapshot,
    search: Search,
    at: datetime | None = None,
    roads: Router | None = None,
    *,
    borders: Borders | None = None,
    road_deadline_s: float = DEADLINE_S,
) -> SearchPage:
    """Answer a search for who sets out at an aware moment, now if none is given.

    In exact order: the very care that was asked for before what is a part of it, then by distance or travel time
    and what is equal in it by score, or by score alone. Paging ends after 10,000 answers; later pages are ordered as of the
    moment of the first, so that nothing is left out or repeated, and say how things are now.

    ``roads`` give the travel times of what is shown, and of what is found where they decide, for ``road_deadline_s`` in all;
    estimates stand in for what is not known by then, and where the position may be wrong by more than :data:`MOST_WRONG_M`.
    ``borders`` have the ports of entry with their waits, for who says with what documents; the usual waits without.

    Raises :class:`BadCursor` for a cursor of another search, or one that is older than an hour.
    """
    now = at = (at or datetime.now(UTC)).replace(microsecond=0)
    asked = fingerprint(search)
    after = Cursor.decode(search.cursor, asked=asked, now=now) if search.cursor is not None else None
    if after is not None:
        at = datetime.fromtimestamp(after.at, UTC)
    origin = search.position.lon_lat
    exact = search.position.accuracy_m <= MOST_WRONG_M
    road_times = RoadTimes(roads, origin, search.mode, deadline_s=road_deadline_s) if roads is not None and exact else None
    selecting = Selecting(snapshot, search, at, roads=road_times, borders=borders)
    for_emergency = selecting.for_emergency()
    urgent = _emergencies(for_emergency) if search.red_flag is not None else []
    needed = search.limit + 1 + (after.shown if after else 0) + len(urgent)
    while True:
        entries, complete = _entries(selecting, needed, {entry.id for entry in urgent})
        start = _first_after(after, entries) if after else 0
        if complete or len(entries) - start > search.limit or needed > MOST_SHOWN:
            break
        needed *= 2  # things were added nearer by since the page before: look further
    page = entries[start : start + search.limit]
    first = [] if after else _hits(for_emergency, urgent, now, emergency=True)
    hits = _hits(selecting, page, now, emergency=False)
    shown = (after.shown if after else 0) + len(page)
    more = len(entries) - start > search.limit and shown <= MOST_SHOWN
    return SearchPage(
        hits=(*first, *hits),
        next_cursor=_cursor(page[-1], at, shown, asked) if more and page else None,
        emergency=_emergency(selecting),
        facets=_facets(selecting.seen_from(origin)) if search.facets and after is None else None,
        nearer_to=_nearer_to(selecting) if search.question and after is None and page and not first else None,
    )


def _entries(selecting: Selecting, needed: int, without: set[str]) -> tuple[list[_Entry], bool]:
    """At least the first ``needed`` answers in order, or all there are, and whether those are all."""
    entries: list[_Entry] = []
    seen = set(without)
    for tier, sources in enumerate(tiers_of(selecting)):
        found: list[_Entry] = []
        complete = True
        most = needed + len(seen)
        for catalogue, source in sources:
            ranked, all_of_them = _first(selecting, catalogue, source, most)
            found.extend(_listed(selecting, tier, catalogue, ranked, most))
            complete = complete and all_of_them and len(ranked.rows) <= most
        for entry in sorted(found, key=lambda one: one[:4]):
            if entry.id not in seen:
                seen.add(entry.id)
                entries.append(entry)
        if len(entries) >= needed:
            return entries[:needed], complete and tier == selecting.last_tier and len(entries) == needed
    return entries, True


def _first(selecting: Selecting, catalogue: int, source: Sequence[int] | Named, needed: int) -> tuple[Ranked, bool]:
    selection = selecting.selection(catalogue)
    if isinstance(source, Named):
        return first_of_named(selection, source, needed)
    return first_of_groups(selection, source, needed)


def _listed(selecting: Selecting, tier: int, catalogue: int, ranked: Ranked, most: int) -> Iterator[_Entry]:
    columns = (*ranked.values(selecting.search.sort), ranked.rows, ranked.distance_m)
    for value, second_value, row, distance_m in zip(*(column[:most].tolist() for column in columns), strict=True):
        yield _Entry(tier, value, second_value, selecting.id_of(catalogue, row), catalogue, row, distance_m)


def _hits(
    selecting: Selecting, entries: Sequence[_Entry], now: datetime, *, emergency: bool
) -> list[FacilityHit | PractitionerHit]:
    """The answers as they are now, all of a catalogue reckoned together, so that one question to the roads is enough."""
    shown = selecting.shown_at(now)
    hits: dict[str, FacilityHit | PractitionerHit] = {}
    for number in shown.wanted_catalogues:
        here = [entry for entry in entries if entry.catalogue == number]
        rows = np.array([entry.row for entry in here], dtype=np.int64)
        distance_m = np.array([entry.distance_m for entry in here], dtype=np.float64)
        ranked = Ranked(rows, distance_m, shown.selection(number).reckon(rows, distance_m))
        for place, entry in enumerate(here):
            related = entry.tier > 0 and not selecting.search.name
            hits[entry.id] = assembled(shown, number, ranked, place, related=related, emergency=emergency)
    return [hits[entry.id] for entry in entries]


def _emergency(selecting: Selecting) -> Emergency | None:
    red_flag = selecting.search.red_flag
    if red_flag is None:
        return None
    return Emergency(red_flag=red_flag, numbers=emergency_numbers(selecting.country_here))


def _nearer_to(selecting: Selecting) -> tuple[AreaChoice, AreaChoice] | None:
    def first_id(origin: LonLat) -> str | None:
        entries, _ = _entries(selecting.seen_from(origin), 1, set())
        return entries[0].id if entries else None

    return nearer_to(selecting.snapshot.areas, selecting.search.position, first_id)


def _emergencies(anywhere: Selecting) -> list[_Entry]:
    """The emergency departments to go to, best first: in this country, a hospital's, and not closed when the person gets there.

    What falls short of that is taken only where there are not enough of the others.
    """
    group, found = 1 + specialties().number("emergency_care"), dict[str, _Entry]()
    for choice in _CHOICES:
        if len(found) == EMERGENCIES_FIRST:
            break
        selection = replace(anywhere.selection(FACILITIES), passes=anywhere.passes_for_emergency(choice))
        ranked, _ = first_of_groups(selection, [group], EMERGENCIES_FIRST)
        for entry in _listed(anywhere, 0, FACILITIES, ranked, EMERGENCIES_FIRST):
            if len(found) < EMERGENCIES_FIRST:
                found.setdefault(entry.id, entry)
    return list(found.values())


def _first_after(after: Cursor, entries: Sequence[_Entry]) -> int:
    last = (after.tier, after.value, after.second_value, after.id)
    return next((at for at, entry in enumerate(entries) if entry[:4] > last), len(entries))


def _cursor(last: _Entry, at: datetime, shown: int, asked: str) -> str:
    tier, value, second_value, id_ = last[:4]
    cursor = Cursor(tier=tier, value=value, second_value=second_value, id=id_, at=int(at.timestamp()), shown=shown, asked=asked)
    return cursor.encode()


def _facets(selecting: Selecting) -> Facets:
    found: dict[int, list[NDArray[np.int64]]] = {FACILITIES: [], LISTINGS: []}
    complete = True
    for sources in tiers_of(selecting):
        for catalogue, source in sources:
            ranked, all_of_them = _first(selecting, catalogue, source, COUNTED)
            found[catalogue].append(ranked.rows[:COUNTED])
            complete = complete and all_of_them and len(ranked.rows) <= COUNTED
    rows = [
        (selecting.catalogue(number), selecting.each_once(number, np.concatenate(arrays)))
        for number, arrays in found.items()
        if arrays
    ]
    care_ids = [one.id for one in specialties().all]
    return count_facets(rows, selecting.at, selecting.snapshot.marks, care_ids, complete=complete)
