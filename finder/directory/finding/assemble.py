"""From a row that was found to an answer that a person can use, with its reasons."""

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import asdict, replace
from numpy.typing import NDArray

from finder.directions.borders import Crossing
from finder.directions.estimate import TravelMode, TravelTime
from finder.directory.countries import country_of_code
from finder.directory.finding.ageing import NOT_DATED, Fact, day_of, is_outdated
from finder.directory.finding.candidates import Ranked
from finder.directory.finding.cost import PRICE_MIN, PRICED
from finder.directory.finding.reasons import Reason, ReasonCode
from finder.directory.finding.selecting import FACILITIES, Selecting
from finder.directory.finding.travel import Way
from finder.directory.hours import HORIZON, Arrival, HoursState, now_and_arrival
from finder.directory.marks import primary_languages, taken_plans
from finder.directory.people import Person
from finder.directory.plans import plan_ids
from finder.directory.search import FacilityHit, Hit, PractitionerHit
from finder.domain.facility import Facility
from finder.domain.practitioner import Role

__all__ = ["assembled"]

_FACT_OF: Final = {
    ReasonCode.HOURS_UNVERIFIED: Fact.HOURS,
    ReasonCode.PHONE_UNVERIFIED: Fact.PHONE,
    ReasonCode.ACCEPTING_UNVERIFIED: Fact.ACCEPTING,
}

_STATES: Final = {
    HoursState.CLOSED: ReasonCode.CLOSED_ON_ARRIVAL,
    HoursState.UNKNOWN: ReasonCode.HOURS_UNKNOWN,
}


class _Thing(NamedTuple):
    """What the row stands for: a facility, or a person's role at one."""

    facility: Facility
    person: Person | None = None
    role: Role | None = None


def assembled(
    selecting: Selecting, number: int, ranked: Ranked, place: int, *, tier: int, related: bool, emergency: bool
) -> FacilityHit | PractitionerHit:
    """Return the answer at a place of the ranked rows of a catalogue, found in a tier."""
    snapshot, search, row = selecting.snapshot, selecting.search, int(ranked.rows[place])
    thing = _Thing(snapshot.facility_at(row)) if number == FACILITIES else _Thing(*snapshot.listing_at(row))
    facility = thing.facility
    distance_m, accuracy_m = float(ranked.distance_m[place]), search.position.accuracy_m
    least_m, most_m = max(0.0, distance_m - accuracy_m), distance_m + accuracy_m
    way = selecting.travel(tier).way(selecting.catalogue(number), row, distance_m, accuracy_m)
    travel = way.time
    # A doctor is not there whenever the hospital is open: without hours of the role's own nothing is known.
    text = facility.opening_hours if thing.role is None else thing.role.opening_hours
    told = (text, facility.time_zone, facility.address.country)
    hours, arrival = now_and_arrival(*told, selecting.at, travel)
    if search.open_at is not None:  # who means to be there at some moment arrives then, however long the way
        _, arrival = now_and_arrival(*told, search.open_at, TravelTime(likely_s=0.0, min_s=0.0, max_s=0.0))
    elif travel.likely_s > HORIZON.total_seconds():  # as the cost has it: of a moment so far ahead nothing is known
        arrival = replace(arrival, state=HoursState.UNKNOWN, may_be_closed=False, minutes_to_close=None)
    verified = selecting.catalogue(number).verified_day[row]
    hit = Hit(
        distance_m=distance_m,
        distance_min_m=least_m,
        distance_max_m=most_m,
        travel=travel,
        travel_basis=way.basis,
        crossing=way.crossing,
        hours=hours,
        arrival=arrival,
        score_min=float(ranked.costs.score_min[place]),
        reasons=(
            *_asked_for(selecting, number, row, related=related, emergency=emergency),
            *_costing(selecting, number, ranked, place, arrival, way=way),
            *_across(selecting, number, row, way.crossing),
            *_unchecked(selecting.search.mode),
            *_for_nothing(selecting, thing, arrival, ranked.costs.paid[place], verified),
        ),
        related=related,
        emergency=emergency,
    )
    if thing.person is None or thing.role is None:
        return FacilityHit(**asdict(hit), records=snapshot.records, slot=int(snapshot.slots[row]))
    return PractitionerHit(**asdict(hit), person=thing.person, role=thing.role, facility=facility)


def _asked_for(selecting: Selecting, number: int, row: int, *, related: bool, emergency: bool) -> Iterator[Reason]:
    if emergency:
        yield Reason(code=ReasonCode.EMERGENCY)
    elif selecting.search.name:
        yield Reason(code=ReasonCode.NAME_MATCHES)
    elif selecting.search.care:
        given = selecting.care_given(number, row)
        looked_for = selecting.related_care(number) if related else selecting.exact_care(number)
        code = ReasonCode.RELATED_CARE if related else ReasonCode.OFFERS_CARE
        yield from (Reason(code=code, what=one) for one in looked_for if one in given)


def _costing(selecting: Selecting, number: int, ranked: Ranked, place: int, arrival: Arrival, *, way: Way) -> Iterator[Reason]:
    travel_min = float(ranked.costs.travel_min[place])
    yield Reason(
        code=ReasonCode.TRAVEL,
        costs_min=travel_min,
        number=round(travel_min),
        range_min=_range_min(way.time.min_s, way.time.max_s),
        what=way.basis.value,
    )
    verified = selecting.catalogue(number).verified_day[int(ranked.rows[place])]
    today = day_of(selecting.at)
    for code, paid in zip(PRICED, ranked.costs.paid[place].tolist(), strict=True):
        if not paid:
            continue
        count = None
        if code in _FACT_OF:
            day = int(verified[_FACT_OF[code]])
            count = None if day == NOT_DATED or day > today else today - day
        elif code is ReasonCode.CLOSES_AFTER_ARRIVAL:
            count = arrival.minutes_to_close
        yield Reason(code=code, costs_min=PRICE_MIN[code], number=count)


def _range_min(least_s: float, most_s: float) -> tuple[int, int] | None:
    """Whole minutes outside of both times; None where they are the same."""
    return (math.floor(least_s / 60.0), math.ceil(most_s / 60.0)) if least_s < most_s else None


def _across(selecting: Selecting, number: int, row: int, crossing: Crossing | None) -> Iterator[Reason]:
    country, here = country_of_code(int(selecting.catalogue(number).country[row])), selecting.country_here
    if crossing is not None:
        wait = crossing.wait
        range_min = _range_min(wait.min_s, wait.max_s)
        yield Reason(code=ReasonCode.BORDER_WAIT, number=round(wait.likely_s / 60.0), range_min=range_min)
    elif None not in {country, here} and country != here:
        yield Reason(code=ReasonCode.ACROSS_BORDER)


def _unchecked(mode: TravelMode) -> Iterator[Reason]:
    # A road engine's times for many places are those of its own wheelchair; only directions look at the way itself.
    if mode is TravelMode.WHEELCHAIR:
        yield Reason(code=ReasonCode.WAY_UNCHECKED)


def _for_nothing(
    selecting: Selecting, thing: _Thing, arrival: Arrival, paid: NDArray[np.bool_], verified: NDArray[np.int32]
) -> Iterator[Reason]:
    wanted = selecting.search.wanted
    # Emergency care pays for the way only; that it is closed is said all the same.
    if (state := _STATES.get(arrival.state)) is not None and not paid[PRICED.index(state)]:
        yield Reason(code=state)
    if arrival.state is HoursState.OPEN:
        yield Reason(code=ReasonCode.OPEN_ON_ARRIVAL)
    outdated = bool(is_outdated(verified[[Fact.ACCEPTING]], Fact.ACCEPTING, day_of(selecting.at))[0])
    if thing.role is not None and thing.role.accepting_new_patients and not outdated:
        yield Reason(code=ReasonCode.ACCEPTING)
    if wanted.plan is not None:
        of_the_place = thing.role is not None and not thing.role.plans
        code = ReasonCode.PLACE_TAKES_PLAN if of_the_place else ReasonCode.TAKES_PLAN
        for text in _those_of(wanted.plan, taken_plans(thing.facility, thing.role)):
            yield Reason(code=code, what=text)
    spoken = primary_languages(thing.facility, thing.person)
    for language in sorted(wanted.languages):
        if language.partition("-")[0].lower() in spoken:
            yield Reason(code=ReasonCode.SPEAKS_LANGUAGE, what=language)


def _those_of(plan: str, texts: Sequence[str]) -> Iterator[str]:
    return (text for text in texts if plan in plan_ids([text]))
