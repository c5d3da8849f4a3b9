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
from finder.directions.estimate import TravelMode
from finder.directions.router import Router
from finder.directory.finding.assemble import assembled
from finder.directory.finding.candidates import Named, Ranked, first_of_groups, first_of_named
from finder.directory.finding.cursor import MOST_SHOWN, Cursor, fingerprint, together
from finder.directory.finding.emergencies import CHOICES, passes_for_emergency
from finder.directory.finding.facets import COUNTED, count_facets
from finder.directory.finding.nearer_to import nearer_to
from finder.directory.finding.page_borders import PageBorders
from finder.directory.finding.road_times import DEADLINE_S, RoadsFailed, RoadTimes
from finder.directory.finding.selecting import FACILITIES, LISTINGS, Selecting, roads_decide
from finder.directory.finding.tiers import Source, last_tier, tiers_of
from finder.directory.known_well import is_known_well
from finder.directory.search import AreaChoice, Emergency, Facets, FacilityHit, PractitionerHit, Search, SearchPage
from finder.directory.snapshot import Snapshot
from finder.geo.points import LonLat

__all__ = ["find"]

_MORE_PATIENCE: Final = 4.0
"""So many times as long a later page waits for roads: where the first one had them, it has nothing else to give."""

EMERGENCIES_FIRST: Final = 3
"""So many emergency departments come before all else when the words sound like an emergency."""


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

    ``roads`` give the travel times of what is shown, and of what is found where they decide. All times of a page are estimates
    where the engine fails or takes longer than ``road_deadline_s`` in all, by public transport, and where :func:`is_known_well`
    does not hold.
    ``borders`` have the ports of entry with their waits, for who says with what documents; the usual waits without. Later pages
    are ordered by the waits of the first.

    Raises :class:`BadCursor` for a cursor of another search, for one that is older than an hour, and where the first page was
    ordered by times on roads, or ways over a border, that cannot be had again. What began with estimates goes on with them.
    """
    now = at = (at or datetime.now(UTC)).replace(microsecond=0)
    after = Cursor.decode(search.cursor, asked=fingerprint(search), now=now) if search.cursor is not None else None
    if after is not None:
        at = datetime.fromtimestamp(after.at, UTC)
    at_borders = PageBorders(borders, None if after is None else after.waits)
    if roads is not None and _asks_roads(search, after):
        patience = _MORE_PATIENCE if after is not None and after.by_road else 1.0
        road_times = RoadTimes(roads, search.position.lon_lat, search.mode, deadline_s=road_deadline_s * patience)
        try:
            page = _page(Selecting(snapshot, search, at, roads=road_times, borders=at_borders), after, now)
        except RoadsFailed:
            pass
        else:
            return page
    if after is not None:
        after.check_without_roads()
    return _page(Selecting(snapshot, search, at, borders=at_borders), after, now)


def _asks_roads(search: Search, after: Cursor | None) -> bool:
    """Whether times on roads may be asked for: no engine tells many times at once by public transport."""
    if search.mode is TravelMode.TRANSIT or not is_known_well(search.position):
        return False
    return after is None or after.by_road or not roads_decide(search)


def _page(selecting: Selecting, after: Cursor | None, now: datetime) -> SearchPage:
    """The page after a cursor. Raises :class:`RoadsFailed` where roads are to be asked and do not answer."""
    search = selecting.search
    for_emergency = selecting.for_emergency()
    urgent = _emergencies(for_emergency) if search.red_flag is not None else []
    needed = search.limit + 1 + (after.shown if after else 0) + len(urgent)
    while True:
        entries, complete = _entries(selecting, needed, {entry.id for entry in urgent})
        start = _first_after(after, entries) if after else 0
        if complete or len(entries) - start > search.limit or needed > MOST_SHOWN:
            break
        needed *= 2  # things were added nearer by since the page before: look further
    if after is not None:
        after.check_before(together(one.id for one in (*urgent, *entries[:start])), selecting.snapshot.number)
    page = entries[start : start + search.limit]
    first = [] if after else _hits(for_emergency, urgent, now, emergency=True)
    hits = _hits(selecting, page, now, emergency=False)
    shown = (after.shown if after else 0) + len(page)
    more = len(entries) - start > search.limit and shown <= MOST_SHOWN
    before = (*urgent, *entries[: start + len(page)])
    return SearchPage(
        hits=(*first, *hits),
        next_cursor=_cursor(selecting, page[-1], shown, before) if more and page else None,
        emergency=_emergency(selecting),
        facets=_facets(selecting.seen_from(search.position.lon_lat)) if search.facets and after is None else None,
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
            ranked, all_of_them = _first(selecting, tier, catalogue, source, most)
            found.extend(_listed(selecting, tier, catalogue, ranked, most))
            complete = complete and all_of_them and len(ranked.rows) <= most
        for entry in sorted(found, key=lambda one: one[:4]):
            if entry.id not in seen:
                seen.add(entry.id)
                entries.append(entry)
        if len(entries) >= needed:
            return entries[:needed], complete and tier == last_tier(selecting) and len(entries) == needed
    return entries, True


def _first(selecting: Selecting, tier: int, catalogue: int, source: Source, needed: int) -> tuple[Ranked, bool]:
    selection = selecting.selection(catalogue, tier)
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
    """The answers as they are now, all of a catalogue and tier reckoned together, so that one question to the roads is enough."""
    shown = selecting.shown_at(now)
    hits: dict[str, FacilityHit | PractitionerHit] = {}
    for number, tier in sorted({(entry.catalogue, entry.tier) for entry in entries}):
        here = [entry for entry in entries if (entry.catalogue, entry.tier) == (number, tier)]
        rows = np.array([entry.row for entry in here], dtype=np.int64)
        distance_m = np.array([entry.distance_m for entry in here], dtype=np.float64)
        ranked = Ranked(rows, distance_m, shown.selection(number, tier).reckon(rows, distance_m))
        for place, entry in enumerate(here):
            related = tier > 0 and not selecting.search.name
            hits[entry.id] = assembled(shown, number, ranked, place, tier=tier, related=related, emergency=emergency)
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
    for choice in CHOICES:
        if len(found) == EMERGENCIES_FIRST:
            break
        selection = replace(anywhere.selection(FACILITIES), passes=passes_for_emergency(anywhere, choice))
        ranked, _ = first_of_groups(selection, [group], EMERGENCIES_FIRST)
        for entry in _listed(anywhere, 0, FACILITIES, ranked, EMERGENCIES_FIRST):
            if len(found) < EMERGENCIES_FIRST:
                found.setdefault(entry.id, entry)
    return list(found.values())


def _first_after(after: Cursor, entries: Sequence[_Entry]) -> int:
    last = (after.tier, after.value, after.second_value, after.id)
    return next((at for at, entry in enumerate(entries) if entry[:4] > last), len(entries))


def _cursor(selecting: Selecting, last: _Entry, shown: int, before: Sequence[_Entry]) -> str:
    tier, value, second_value, id_ = last[:4]
    return Cursor(
        tier=tier,
        value=value,
        second_value=second_value,
        id=id_,
        at=int(selecting.at.timestamp()),
        shown=shown,
        asked=fingerprint(selecting.search),
        by_road=selecting.is_by_road,
        snapshot=selecting.snapshot.number,
        before=together(one.id for one in before),
        waits=selecting.carried_waits(),
    ).encode()


def _facets(selecting: Selecting) -> Facets:
    found: dict[int, list[NDArray[np.int64]]] = {FACILITIES: [], LISTINGS: []}
    complete = True
    for tier, sources in enumerate(tiers_of(selecting)):
        for catalogue, source in sources:
            ranked, all_of_them = _first(selecting, tier, catalogue, source, COUNTED)
            found[catalogue].append(ranked.rows[:COUNTED])
            complete = complete and all_of_them and len(ranked.rows) <= COUNTED
    rows = [
        (selecting.catalogue(number), selecting.each_once(number, np.concatenate(arrays)))
        for number, arrays in found.items()
        if arrays
    ]
    care_ids = [one.id for one in specialties().all]
    return count_facets(rows, selecting.at, selecting.snapshot.marks, care_ids, complete=complete)
