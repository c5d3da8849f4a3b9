"""What a search must answer, by plain loops over what is stored: no index, no marks, no arrays."""

from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import NamedTuple

from pyproj import Geod

from finder.care.specialties import specialties
from finder.directions.estimate import TravelMode, estimate
from finder.directions.router import Router
from finder.directory import OpenWish, Search, Sort, Wanted, What
from finder.directory.countries import country_at
from finder.directory.finding.cost import CLOSES_AFTER_MIN, PRICE_MIN
from finder.directory.finding.reasons import ReasonCode
from finder.directory.hours import HORIZON, HoursState, hours_of
from finder.directory.people import Person
from finder.directory.plans import plan_ids
from finder.domain.facility import Facility, FacilityKind, FacilityStatus, Provenance, Wheelchair
from finder.domain.position import PositionFor, PositionSource
from finder.domain.practitioner import Practitioner, Role
from finder.geo.points import LonLat
from finder.store import Store
from finder.words.folding import fold

WGS84 = Geod(ellps="WGS84")
NEAR_M = 60_000.0
NOWHERE = PositionFor(lon_lat=LonLat(0.0, 0.0), accuracy_m=0.0, source=PositionSource.DEFAULT)
STATES = {
    HoursState.OPEN: ReasonCode.OPEN_ON_ARRIVAL,
    HoursState.CLOSED: ReasonCode.CLOSED_ON_ARRIVAL,
    HoursState.UNKNOWN: ReasonCode.HOURS_UNKNOWN,
}


class Listing(NamedTuple):
    """A facility by itself, or with who works there."""

    facility: Facility
    person: Person | None = None
    role: Role | None = None

    @property
    def id(self) -> str:
        return self.person.practitioner.id if self.person else self.facility.id


class Expected(NamedTuple):
    """One answer: in which tier, how far, how long the way, at what price, and what of it is paid."""

    tier: int
    distance_m: float
    travel_min: float
    score_min: float
    id: str
    paid: frozenset[ReasonCode]
    listing: Listing


class Stored:
    """All that is in a store, as it may be found; with ``roads`` by their times, where they have one."""

    def __init__(self, store: Store, roads: Router | None = None) -> None:
        self.roads = roads
        self.facilities = {one.id: one for one in store.facilities() if one.status is FacilityStatus.OPEN}
        roles = [role for role in store.located_roles() if role.active]
        self.listings: list[Listing] = []
        for one in store.things(Practitioner):
            own = tuple(role for role in roles if role.practitioner_id == one.id)
            for role in own:
                if one.active and role.facility_id in self.facilities:
                    self.listings.append(Listing(self.facilities[role.facility_id], Person(practitioner=one, roles=own), role))

        self._care: dict[tuple[str, str | None], set[str]] = {}
        self._working_at = {id_: [one for one in self.listings if one.facility.id == id_] for id_ in self.facilities}

    def on(self, roads: Router) -> "Stored":
        """The same with roads."""
        other = copy(self)
        other.roads = roads
        return other

    def working_at(self, facility: Facility) -> list[Listing]:
        return self._working_at[facility.id]

    def care_of(self, listing: Listing) -> set[str]:
        """Ids of what is given: of a listing the role's specialties, else the person's; of a facility what adds up to it."""
        key = listing.facility.id, listing.role and listing.role.id
        if key not in self._care:
            self._care[key] = self._care_of(listing)
        return self._care[key]

    def _care_of(self, listing: Listing) -> set[str]:
        table = specialties()
        if listing.person is not None and listing.role is not None:
            stated = listing.role.specialties or listing.person.practitioner.specialties
            return {one.id for text in stated if (one := table.of_code(text) or table.of_text(text)) is not None}
        given = {one.id for one in table.all if listing.facility.kind in one.facility_kinds}
        given |= {one.id for text in listing.facility.services if (one := table.of_text(text)) is not None}
        emergency_words = {fold(word) for word in table.kind_words()[FacilityKind.EMERGENCY]}
        if any(fold(text) in emergency_words for text in listing.facility.services):
            given.add("emergency_care")
        for one in self.working_at(listing.facility):
            given |= {id_ for id_ in self.care_of(one) if table.get(id_).kind == "specialty"}
        return given

    def meets(self, wanted: Wanted, listing: Listing, care: tuple[str, ...] = ()) -> bool:
        """Whether a listing is all that is wanted; of a facility, whether it says so itself or one who works there is.

        With ``care`` only who gives it counts.
        """
        if wanted.kinds and listing.facility.kind not in wanted.kinds:
            return False
        if wanted.wheelchair and listing.facility.accessibility.wheelchair not in {Wheelchair.YES, Wheelchair.LIMITED}:
            return False
        if is_it_all(wanted, listing):
            return True
        asked = Search(position=NOWHERE, care=care)
        here = self.working_at(listing.facility) if listing.person is None else []
        return any(is_it_all(wanted, one) and self.tier(asked, one) is not None for one in here)

    def answers(self, search: Search, at: datetime) -> list[Expected]:
        """Every answer in order."""
        best: dict[str, Expected] = {}
        for listing in self._looked_through(search.what):
            tier = self.tier(search, listing)
            if tier is None or not self.meets(search.wanted, listing, search.care):
                continue
            one = self.expected(search, listing, at, tier)
            if search.radius_m is not None and one.distance_m > search.radius_m:
                continue
            if not is_open(search, one, at):
                continue
            if one.id not in best or order(search, one) < order(search, best[one.id]):
                best[one.id] = one
        return sorted(best.values(), key=lambda one: order(search, one))

    def emergencies(self, search: Search, at: datetime) -> list[Expected]:
        """The three emergency departments to go to, whatever else is asked, best first."""
        plain = Search(position=search.position, mode=search.mode, care=("emergency_care",), sort=Sort.TRAVEL_TIME)
        here = country_at(search.position.lon_lat)

        def falls_short(one: Expected) -> int:
            facility = one.listing.facility
            is_here = here is None or (country_of(facility) in {here, None} and one.distance_m <= NEAR_M)
            if state_after(one.listing, at, one.travel_min) is HoursState.CLOSED:
                return 3
            if not is_here:
                return 2
            return 0 if facility.kind in {FacilityKind.HOSPITAL, FacilityKind.EMERGENCY} else 1

        return sorted((one for one in self.answers(plain, at) if one.tier == 0), key=falls_short)[:3]

    def free(self, search: Search, one: Expected, at: datetime) -> set[ReasonCode]:
        """What is said of an answer beside what it was found for and what it pays for."""
        listing, role = one.listing, one.listing.role
        here, there = country_at(search.position.lon_lat), country_of(listing.facility)
        state = arriving(search, listing, at, one.travel_min)
        said = {STATES[state]} - one.paid
        if None not in {here, there} and here != there:
            said.add(ReasonCode.ACROSS_BORDER)
        if search.mode is TravelMode.WHEELCHAIR:
            said.add(ReasonCode.WAY_UNCHECKED)
        if role and role.accepting_new_patients and not _is_old(role.provenance.get("accepting_new_patients"), at, 90):
            said.add(ReasonCode.ACCEPTING)
        if search.wanted.plan is not None and search.wanted.plan in plan_ids(plans_of(listing)):
            said.add(ReasonCode.PLACE_TAKES_PLAN if role and not role.plans else ReasonCode.TAKES_PLAN)
        if {_language(tag) for tag in search.wanted.languages} & spoken_by(listing):
            said.add(ReasonCode.SPEAKS_LANGUAGE)
        return said

    def expected(self, search: Search, listing: Listing, at: datetime, tier: int) -> Expected:
        """Reckon one answer by hand."""
        distance_m = WGS84.inv(*search.position.lon_lat, *listing.facility.lon_lat)[2]
        travel_min = self.travel_minutes(search, listing, distance_m)
        paid = (
            frozenset() if "emergency_care" in self.care_of(listing) else frozenset(self._paid(search, listing, at, travel_min))
        )
        score_min = travel_min + sum(PRICE_MIN[code] for code in paid)
        return Expected(tier, distance_m, travel_min, score_min, listing.id, paid, listing)

    def travel_minutes(self, search: Search, listing: Listing, distance_m: float) -> float:
        """By road where the roads know a way and no border lies between, else, and by public transport, estimated."""
        here, there = country_at(search.position.lon_lat), country_of(listing.facility)
        abroad = here is not None and there is not None and there != here
        asks_roads = search.mode is not TravelMode.TRANSIT and search.position.accuracy_m <= 500
        if self.roads is not None and asks_roads and not abroad:
            road_s = self.roads.matrix([search.position.lon_lat], [listing.facility.lon_lat], search.mode).duration_s[0, 0]
            if not isnan(road_s):
                return float(road_s) / 60
        return estimate(distance_m, distance_m, distance_m, search.mode).likely_s / 60

    def tier(self, search: Search, listing: Listing) -> int | None:
        """0 for the very care, 1 for what belongs to it, None for something else."""
        if not search.care:
            return 0
        table, given = specialties(), self.care_of(listing)
        offering = {other for id_ in search.care for other in table.get(id_).offered_by}
        below = {one.id for id_ in search.care for one in table.descendants(id_)}
        exact = set(search.care) | (offering if listing.person is not None else set())
        if given & exact:
            return 0
        return 1 if given & (below | offering) else None

    def _looked_through(self, what: What) -> Iterator[Listing]:
        if what is not What.PRACTITIONERS:
            yield from map(Listing, self.facilities.values())
        if what is not What.FACILITIES:
            yield from self.listings

    def _paid(self, search: Search, listing: Listing, at: datetime, travel_min: float) -> Iterator[ReasonCode]:
        source = listing.role or listing.facility
        state = arriving(search, listing, at, travel_min)
        if state is HoursState.CLOSED:
            yield ReasonCode.CLOSED_ON_ARRIVAL
        elif state is HoursState.UNKNOWN:
            yield ReasonCode.HOURS_UNKNOWN
        elif arriving(search, listing, at, travel_min, CLOSES_AFTER_MIN) is HoursState.CLOSED:
            yield ReasonCode.CLOSES_AFTER_ARRIVAL
        if state is not HoursState.UNKNOWN and _is_old(source.provenance.get("opening_hours"), at, 365):
            yield ReasonCode.HOURS_UNVERIFIED
        if _is_old(source.provenance.get("phones"), at, 365):
            yield ReasonCode.PHONE_UNVERIFIED
        if listing.role is not None or search.wanted.accepting:
            roles = [listing.role] if listing.role else [one.role for one in self.working_at(listing.facility) if one.role]
            said = {role.accepting_new_patients for role in roles}
            facts = [role.provenance.get("accepting_new_patients") for role in roles if role.accepting_new_patients]
            if True not in said:
                yield ReasonCode.NOT_ACCEPTING if False in said else ReasonCode.ACCEPTING_UNKNOWN
            elif all(_is_old(fact, at, 90) for fact in facts):
                yield ReasonCode.ACCEPTING_UNVERIFIED
        if search.wanted.wheelchair and listing.facility.accessibility.wheelchair is Wheelchair.LIMITED:
            yield ReasonCode.WHEELCHAIR_LIMITED


def country_of(facility: Facility) -> str | None:
    return facility.address.country or country_at(facility.lon_lat)


def state_of(listing: Listing, at: datetime) -> HoursState:
    """By the hours of the role, if it is one; those of its facility are not a doctor's."""
    text = listing.role.opening_hours if listing.role else listing.facility.opening_hours
    return hours_of(text, listing.facility.time_zone, listing.facility.address.country, at).state


def state_after(listing: Listing, at: datetime, travel_min: float, then_min: float = 0.0) -> HoursState:
    """The state on arrival, or some minutes later; what is farther off than 35 days is known of no place."""
    if travel_min > HORIZON / timedelta(minutes=1):
        return HoursState.UNKNOWN
    return state_of(listing, at + timedelta(minutes=travel_min + then_min))


def arriving(search: Search, listing: Listing, at: datetime, travel_min: float, then_min: float = 0.0) -> HoursState:
    """The state when the person is there, at the moment asked for if there is one, or some minutes later."""
    if search.open_at is not None:
        return state_of(listing, search.open_at + timedelta(minutes=then_min))
    return state_after(listing, at, travel_min, then_min)


def is_it_all(wanted: Wanted, listing: Listing) -> bool:
    """Whether a listing, or a facility by what it says of itself, is all that may be asked of a person."""
    person, role = listing.person, listing.role
    if wanted.accepting and not (role and role.accepting_new_patients):
        return False
    if wanted.telehealth and not (role and role.telehealth):
        return False
    if wanted.gender is not None and not (person and person.practitioner.gender is wanted.gender):
        return False
    if wanted.languages and not {_language(tag) for tag in wanted.languages} & spoken_by(listing):
        return False
    return wanted.plan is None or wanted.plan in plan_ids(plans_of(listing))


def spoken_by(listing: Listing) -> set[str]:
    """The person's languages, else the facility's, without region."""
    own = listing.person.practitioner.languages if listing.person else ()
    return {_language(tag) for tag in own or listing.facility.languages}


def plans_of(listing: Listing) -> tuple[str, ...]:
    """The role's plans, else the facility's."""
    return (listing.role.plans if listing.role else ()) or listing.facility.plans


def _language(tag: str) -> str:
    return tag.split("-", 1)[0].lower()


def order(search: Search, one: Expected) -> tuple[int, float, float, str]:
    distance_m, travel_min, score_min = round(one.distance_m, 5), round(one.travel_min, 6), round(one.score_min, 6)
    values = {
        Sort.DISTANCE: (distance_m, score_min),
        Sort.TRAVEL_TIME: (travel_min, score_min),
        Sort.BEST: (score_min, distance_m),
    }
    return one.tier, *values[search.sort], one.id


def is_open(search: Search, one: Expected, at: datetime) -> bool:
    match search.open:
        case None:
            return True
        case OpenWish.NOW:
            state = state_of(one.listing, at)
        case OpenWish.AT:
            state = state_of(one.listing, search.open_at or at)
        case OpenWish.ON_ARRIVAL:
            state = state_after(one.listing, at, one.travel_min)
    return state is HoursState.OPEN


def _is_old(fact: Provenance | None, at: datetime, days: int) -> bool:
    if fact is None or fact.verified_at is None:
        return True
    age = (at.astimezone(UTC).date() - fact.verified_at).days
    return age > days or age < -1  # nobody has looked tomorrow
