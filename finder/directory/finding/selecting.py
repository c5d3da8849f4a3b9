"""What a search means for each catalogue: which care or names, which filters, in which order."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.care.specialties import specialties
from finder.directory.countries import country_at
from finder.directory.finding.candidates import Named, Selection
from finder.directory.finding.catalogue import Catalogue
from finder.directory.finding.cost import Costs, costs_of
from finder.directory.finding.over_border import OverBorder
from finder.directory.finding.page_borders import CarriedWait, PageBorders
from finder.directory.finding.road_times import RoadTimes
from finder.directory.finding.travel import MOST_TARGETS, TravelTimes
from finder.directory.marks import asked_of_a_person
from finder.directory.search import OpenWish, Search, Sort, What
from finder.directory.snapshot import Snapshot
from finder.geo.points import LonLat
from finder.words.folding import words

__all__ = ["FACILITIES", "LEAST_NAME_SCORE", "LISTINGS", "Filter", "Selecting", "roads_decide"]

FACILITIES: Final = 0
LISTINGS: Final = 1
LEAST_NAME_SCORE: Final = 0.6
"""A name that is less like what was typed is another name."""
_MOST_URGENT_TARGETS: Final = 128
"""So many emergency departments are asked about on roads, beside those that the search asks about."""
type Filter = Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.bool_]]
"""Which of the rows (n,) with their distances (n,) pass."""


class Selecting:
    """A search on a snapshot for who sets out from ``origin``, the centre of its position, at an aware moment.

    ``roads`` are asked where the travel time decides what is found or in which order; otherwise it is estimated. Each tier of
    answers (:mod:`finder.directory.finding.tiers`) has a budget of its own, so that what comes first leaves the others theirs.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        search: Search,
        at: datetime,
        *,
        origin: LonLat | None = None,
        named: dict[int, Named] | None = None,
        roads: RoadTimes | None = None,
        borders: PageBorders,
        travel: Mapping[int, TravelTimes] | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.search = search
        self.at = at
        self._origin = origin or search.position.lon_lat
        self._named = named
        self._roads = roads
        self._borders = borders
        most_targets = MOST_TARGETS // len(self.wanted_catalogues)
        self._travel = dict(travel or {0: self._travel_times(roads if _travel_decides(search) else None, most_targets)})

    def travel(self, tier: int) -> TravelTimes:
        """The times of the ways to answers of one tier."""
        if tier not in self._travel:
            self._travel[tier] = self._travel[0].with_places_of_its_own()
        return self._travel[tier]

    def for_emergency(self) -> "Selecting":
        """The same person, for whom no wish counts any more but to be there soon, and where the border is closed to them."""
        asked = self.search
        plain = Search(position=asked.position, mode=asked.mode, documents=asked.documents, sort=Sort.TRAVEL_TIME)
        travel = self._travel_times(self._roads, _MOST_URGENT_TARGETS)
        return Selecting(self.snapshot, plain, self.at, origin=self._origin, borders=self._borders, travel={0: travel})

    def seen_from(self, origin: LonLat) -> "Selecting":
        """The same search without roads for a person who stands there; names are not looked up again."""
        return Selecting(self.snapshot, self.search, self.at, origin=origin, named=self.named, borders=self._borders)

    def shown_at(self, at: datetime) -> "Selecting":
        """The same search at another moment, for showing what was found: by road whatever the order is."""
        if self._travel[0].asks_roads:
            travel = {tier: times.seen_at(at, self._borders.now) for tier, times in self._travel.items()}
        else:
            travel = {0: self._travel_times(self._roads, MOST_TARGETS, shown_at=at)}
        return Selecting(
            self.snapshot, self.search, at, origin=self._origin, named=self._named, borders=self._borders, travel=travel
        )

    def _travel_times(self, roads: RoadTimes | None, most_targets: int, shown_at: datetime | None = None) -> TravelTimes:
        search, over_border = self.search, None
        if search.documents is not None and (here := self.country_here) is not None:
            borders, at = (self._borders.ordering, self.at) if shown_at is None else (self._borders.now, shown_at)
            over_border = OverBorder(borders, search.documents, here, origin=self._origin, mode=search.mode, at=at)
        return TravelTimes(search.mode, roads=roads, over_border=over_border, here=self.country_here, most_targets=most_targets)

    @property
    def is_by_road(self) -> bool:
        """Whether times by road had a part in what is found or in which order."""
        return self._roads is not None and self._roads.found_any and roads_decide(self.search)

    def carried_waits(self) -> tuple[CarriedWait, ...] | None:
        """The waits that the next page needs, None where no border had a part."""
        if self.search.documents is None or self.country_here is None:
            return None
        return self._borders.carried(self.country_here, self.search.documents, self.search.mode)

    @cached_property
    def country_here(self) -> str | None:
        """The country of the person's position, ISO 3166-1 alpha-2."""
        return country_at(self._origin)

    def catalogue(self, number: int) -> Catalogue:
        """The facilities or the listings."""
        return self.snapshot.facilities if number == FACILITIES else self.snapshot.listings

    def id_of(self, catalogue: int, row: int) -> str:
        """The id of the facility, or of the practitioner whose listing it is."""
        if catalogue == FACILITIES:
            return self.snapshot.id_at(row)
        return self.snapshot.people.id_at(int(self.snapshot.people.listings.person[row]))

    def each_once(self, number: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of a catalogue without those that come again: of each practitioner the first listing."""
        things = self.snapshot.people.listings.person[rows] if number == LISTINGS else rows
        _, first = np.unique(things, return_index=True)
        return rows[np.sort(first)]

    def selection(self, number: int, tier: int = 0) -> Selection:
        """What is asked of one catalogue for one tier of answers."""
        search, catalogue = self.search, self.catalogue(number)
        people = self.snapshot.people
        rarer = self.snapshot.rarer_facilities if number == FACILITIES else self.snapshot.rarer_listings
        return Selection(
            catalogue=catalogue,
            origin=self._origin,
            radius_m=np.inf if search.radius_m is None else search.radius_m,
            having=self.snapshot.marks.masks(search.wanted),
            order=search.sort,
            travel=self.travel(tier),
            passes=self._passes(number, catalogue, self.travel(tier)),
            reckon=self._reckon(number, catalogue, self.travel(tier)),
            belongs_to=people.listings.person if number == LISTINGS else None,
            among=rarer(search.wanted),
        )

    @property
    def named(self) -> dict[int, Named]:
        """The rows of each catalogue whose name is like the one typed; empty where no name is asked for."""
        if self._named is None:
            self._named = self._look_up_names() if self.search.name else {}
        return self._named

    def _look_up_names(self) -> dict[int, Named]:
        typed = words(self.search.name)
        found: dict[int, Named] = {}
        for number in self.wanted_catalogues:
            index = self.snapshot.facility_names if number == FACILITIES else self.snapshot.people_names
            # All of them: which of twenty thousand of one name is meant, the distance tells.
            items, scores = index.search(typed, unfinished=self.search.unfinished, limit=max(1, len(index)))
            good = scores >= LEAST_NAME_SCORE
            items, scores = items[good], scores[good]
            if number == LISTINGS:
                items, scores = self.snapshot.people.listings_of(items, scores)
            found[number] = Named(items, scores)
        return found

    def exact_care(self, number: int) -> tuple[str, ...]:
        """The ids of the very care that is asked for. For practitioners a service means the specialties that do it."""
        if number == FACILITIES:
            return self.search.care
        table = specialties()
        return tuple(dict.fromkeys(chain.from_iterable((id_, *table.get(id_).offered_by) for id_ in self.search.care)))

    def related_care(self, number: int) -> tuple[str, ...]:
        """The ids of what is a part of it; for facilities also the specialties that do a service, where none says so itself."""
        table, asked, exact = specialties(), self.search.care, self.exact_care(number)
        below = chain.from_iterable((one.id for one in table.descendants(id_)) for id_ in asked)
        doing = chain.from_iterable(table.get(id_).offered_by for id_ in asked)
        return tuple(one for one in dict.fromkeys((*below, *doing)) if one not in exact)

    def care_given(self, number: int, row: int) -> frozenset[str]:
        """The ids of the care that a row of a catalogue gives."""
        table = specialties()
        return frozenset(table.all[one].id for one in self.catalogue(number).care_of(np.array([row])).tolist())

    @property
    def wanted_catalogues(self) -> tuple[int, ...]:
        """Which catalogues are searched."""
        match self.search.what:
            case What.FACILITIES:
                return (FACILITIES,)
            case What.PRACTITIONERS:
                return (LISTINGS,)
            case What.EITHER:
                return (FACILITIES, LISTINGS)

    def _passes(self, number: int, catalogue: Catalogue, travel: TravelTimes) -> Filter:
        filters = list(self._filters(number, catalogue, travel))

        def passes(rows: NDArray[np.int64], distance_m: NDArray[np.float64]) -> NDArray[np.bool_]:
            kept = np.ones(len(rows), dtype=np.bool_)
            for one in filters:
                left = np.flatnonzero(kept)
                kept[left] = one(rows[left], distance_m[left])
            return kept

        return passes

    def _filters(self, number: int, catalogue: Catalogue, travel: TravelTimes) -> Iterator[Filter]:
        """What a row must pass, in an order that leaves little to the dear ones: the last may ask roads."""
        wanted = self.search.wanted
        exact = self.snapshot.marks.is_exact(wanted)
        # The marks of a facility are those of all who work there together: they may be three people's, or of other care.
        asked = asked_of_a_person(wanted)
        if self.search.open in {OpenWish.NOW, OpenWish.AT}:
            at = self.at if self.search.open is OpenWish.NOW else self.search.open_at or self.at
            yield lambda rows, _: catalogue.hours.open_at(rows, at)
        if number == FACILITIES and asked and (self.search.care or asked > 1 or not exact):
            yield lambda rows, _: self._somebody_meets(rows)
        elif not exact:
            yield lambda rows, _: self.snapshot.listings_exactly.meet(rows, wanted)
        if self.search.documents is not None:
            yield lambda rows, _: travel.can_be_reached(catalogue, rows)
        if self.search.open is OpenWish.ON_ARRIVAL:
            # What is never known to be open, as most doctors, must not use up the budget of what may be.
            yield lambda rows, _: catalogue.hours.are_told(rows)
            yield lambda rows, distance_m: catalogue.hours.open_on_arrival(
                rows, self.at, travel.seconds(catalogue, rows, distance_m).seconds
            )

    def _somebody_meets(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether, at each facility, one person in the care asked for is all that is wanted, or the facility says so itself."""
        snapshot, wanted = self.snapshot, self.search.wanted
        numbers, places = snapshot.people.listings_at_facilities(rows)
        fits = snapshot.listings_exactly.meet(numbers, wanted)
        if self.search.care:
            table = specialties()
            ids = (*self.exact_care(LISTINGS), *self.related_care(LISTINGS))
            fits &= snapshot.listings.gives(numbers, [table.number(id_) for id_ in ids])
        met = snapshot.facilities_alone.meet(rows, wanted)
        met[places[fits]] = True
        return met

    def _reckon(
        self, number: int, catalogue: Catalogue, travel: TravelTimes
    ) -> Callable[[NDArray[np.int64], NDArray[np.float64]], Costs]:
        def reckon(rows: NDArray[np.int64], distance_m: NDArray[np.float64]) -> Costs:
            return costs_of(
                catalogue,
                rows,
                travel.seconds(catalogue, rows, distance_m).seconds,
                self.at,
                of_new_patients=number == LISTINGS or self.search.wanted.accepting,
                by_wheelchair=self.search.wanted.wheelchair,
                free_care=specialties().number("emergency_care"),
                arrives_at=self.search.open_at,
            )

        return reckon


def roads_decide(search: Search) -> bool:
    """Whether travel times decide what is answered or in which order, so that every page must have the same ones."""
    return _travel_decides(search) or search.red_flag is not None


def _travel_decides(search: Search) -> bool:
    return search.sort is not Sort.DISTANCE or search.open is OpenWish.ON_ARRIVAL
