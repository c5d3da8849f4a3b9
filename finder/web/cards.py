"""What a card says of a place of care or of a practitioner at work there: every text ready for the template."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from finder.care.specialties import specialties
from finder.directions.router import Basis
from finder.directory import FacilityHit, Hit, PractitionerHit, Search
from finder.directory.cares import cares_of_role
from finder.directory.finding.reasons import Reason, ReasonCode, reason_text
from finder.directory.hours import HoursState
from finder.domain.facility import Facility
from finder.domain.position import Position, PositionSource
from finder.web.accepting import AcceptingLine, accepting_line
from finder.web.border_text import crossing_lines
from finder.web.formats import (
    TOO_FAR_M,
    accuracy_text,
    distance_text,
    language_names,
    minutes_text,
    phone_link,
    phone_text,
    range_text,
)
from finder.web.headings import AnyHit, far_text, is_sharp, near_count, place_of
from finder.web.hours_text import HoursLine, hours_now_line, undated_line
from finder.web.labels import KIND_LABELS, WHEELCHAIR_LABELS
from finder.web.language import Reader

__all__ = ["Card", "CardGroup", "card_groups", "local_name", "place_note"]

_OF_THE_WAY = {
    ReasonCode.TRAVEL,
    ReasonCode.OPEN_ON_ARRIVAL,
    ReasonCode.CLOSED_ON_ARRIVAL,
    ReasonCode.CLOSES_AFTER_ARRIVAL,
}
"""Reasons that nobody can give who does not know where the person is."""
_SAID_ELSEWHERE = {
    ReasonCode.TRAVEL,
    ReasonCode.TAKES_PLAN,
    ReasonCode.ACCEPTING,
    ReasonCode.EMERGENCY,
    ReasonCode.ACROSS_BORDER,
    ReasonCode.BORDER_WAIT,
}
"""Reasons that a line of the card gives already."""


@dataclass(frozen=True)
class Card:
    """One numbered result. The lines from ``credential`` on are a practitioner's, and empty for a place of care."""

    number: int
    facility: Facility
    address: str
    """The path of the page of the practitioner or the facility."""
    name: str
    kind: str
    distance: str
    """Empty where nothing is known of the way there, as is ``travel``."""
    travel: str
    estimated: bool
    """Whether ``travel`` is as the crow flies, and not by roads."""
    wait_on_top: bool
    """Whether one waits at a border on the way for a time that is not in ``travel``."""
    across: str
    """That it lies across the border: where one crosses and how long one waits, or that the wait is not counted; else empty."""
    is_crossed: bool
    """Whether the way is over a border, with documents that somebody named."""
    place_note: str
    """Empty where the place on the map was given and not found by the address."""
    hours: HoursLine
    arrival: str
    """What is said of the hours at arrival, where it is open now and may not be then; else empty."""
    wheelchair: str
    languages: str
    plans: tuple[str, ...]
    """Those taken of the ones asked for."""
    phone: str
    phone_link: str | None
    reasons: tuple[str, ...]
    credential: str = ""
    works_at: str = ""
    accepting: AcceptingLine | None = None
    video: bool = False


@dataclass(frozen=True)
class CardGroup:
    """Cards in order under a line that parts them from those before; the first group has none.

    ``far`` where all of them are far for certain.
    """

    heading: str
    cards: list[Card]
    far: bool = False


def card_groups(hits: Sequence[AnyHit], search: Search, at: datetime, reader: Reader) -> list[CardGroup]:
    """The cards of what a search found, in order and numbered from 1: emergencies, what was asked for, what is related to it.

    Those that are far for certain come under a line that says so.
    """
    groups: list[CardGroup] = []
    first = 1
    for (emergency, related), alike in groupby(hits, lambda hit: (hit.emergency, hit.related)):
        some = list(alike)
        made = [_card(number, hit, search, at, reader) for number, hit in enumerate(some, start=first)]
        first += len(made)
        line = reader.text("Also related:") if related else ""
        if groups and not emergency and not related:
            line = reader.text("Other results:")
        near = len(made) if emergency else near_count(some, search.position, reader)
        if near in {0, len(made)}:  # where all of them are far, the heading of the page says it
            groups.append(CardGroup(line, made, far=near == 0))
            continue
        farther = reader.text("Farther than %(distance)s", distance=far_text(reader))
        groups += [CardGroup(line, made[:near]), CardGroup(farther, made[near:], far=True)]
    return groups


def _card(number: int, hit: AnyHit, search: Search, at: datetime, reader: Reader) -> Card:
    facility, position = place_of(hit), search.position
    role = hit.role if isinstance(hit, PractitionerHit) else None
    phone = next(iter((*(role.phones if role else ()), *facility.phones)), "")
    spoken = (hit.person.practitioner.languages if isinstance(hit, PractitionerHit) else ()) or facility.languages
    wheelchair = facility.accessibility.wheelchair
    undated = undated_line(facility, reader) if isinstance(hit, FacilityHit) else ""
    card = Card(
        number=number,
        facility=facility,
        address=f"/facilities/{facility.id}",
        name=local_name(facility, reader),
        kind=reader.text(KIND_LABELS[facility.kind]),
        distance=_distance(hit, facility, position, reader),
        travel=_travel(hit, facility, search, reader),
        place_note=place_note(facility, reader),
        hours=hours_now_line(hit.hours, at, reader, undated=undated, has_phone=bool(phone)),
        estimated=hit.travel_basis is Basis.ESTIMATE,
        wait_on_top=any(reason.code is ReasonCode.ACROSS_BORDER for reason in hit.reasons),
        arrival=_arrival(hit, position, reader),
        wheelchair=reader.text(WHEELCHAIR_LABELS[wheelchair]) if wheelchair else "",
        languages=language_names(spoken, reader),
        across=_across(hit, at, reader),
        is_crossed=hit.crossing is not None,
        plans=tuple(reason.what for reason in hit.reasons if reason.code is ReasonCode.TAKES_PLAN),
        phone=phone_text(phone),
        phone_link=phone_link(phone),
        reasons=tuple(_reasons(hit, position, reader)),
    )
    return _of_practitioner(card, hit, at, reader) if isinstance(hit, PractitionerHit) else card


def _of_practitioner(card: Card, hit: PractitionerHit, at: datetime, reader: Reader) -> Card:
    told, table = hit.person.practitioner, specialties()
    care = [table.get(id_).name(reader.language) for id_ in cares_of_role(hit.person, hit.role, table)]
    return replace(
        card,
        address=f"/practitioners/{told.id}",
        name=told.name,
        kind=", ".join(care) or ", ".join(hit.role.specialties or told.specialties),
        credential=told.credential or "",
        works_at=card.name,
        accepting=accepting_line(hit.role, at, reader),
        video=bool(hit.role.telehealth),
    )


def _distance(hit: Hit, facility: Facility, position: Position, reader: Reader) -> str:
    if position.source is PositionSource.DEFAULT:
        return ""
    accuracy_m = facility.position_accuracy_m
    if is_sharp(position) and accuracy_m is None:
        return distance_text(hit.distance_m, reader)
    # The facility, too, is somewhere in a circle: by the triangle inequality its radius is added on both sides.
    accuracy_m = accuracy_m or 0.0
    return range_text(max(0.0, hit.distance_min_m - accuracy_m), hit.distance_max_m + accuracy_m, reader)


def _travel(hit: Hit, facility: Facility, search: Search, reader: Reader) -> str:
    """``12 min by car`` on roads; a range where one number would say more than is known: ``about 8-15 min by car``."""
    position = search.position
    if position.source is PositionSource.DEFAULT or facility.position_accuracy_m is not None:
        return ""
    if hit.travel_basis is Basis.ESTIMATE and hit.distance_m > TOO_FAR_M:
        return ""  # hours of driving as the crow flies, perhaps over an ocean
    travel = hit.travel
    if hit.travel_basis is Basis.ROADS and is_sharp(position) and hit.crossing is None:
        return minutes_text(travel.likely_s, travel.likely_s, reader, search.mode, Basis.ROADS)
    # How long one waits at a border, or takes from somewhere in a circle, is only known as a range, whatever the roads.
    return minutes_text(travel.min_s, travel.max_s, reader, search.mode, Basis.ESTIMATE)


def _across(hit: Hit, at: datetime, reader: Reader) -> str:
    if hit.crossing is not None:
        return " ".join(crossing_lines(hit.crossing, at, reader))
    return next((_sentence(reason, reader) for reason in hit.reasons if reason.code is ReasonCode.ACROSS_BORDER), "")


def _arrival(hit: Hit, position: Position, reader: Reader) -> str:
    if position.source is PositionSource.DEFAULT or hit.hours.state is not HoursState.OPEN:
        return ""
    if hit.arrival.state is HoursState.CLOSED:
        return reader.text("Closed by the time you arrive")
    return reader.text("May be closed when you arrive") if hit.arrival.may_be_closed else ""


def _reasons(hit: Hit, position: Position, reader: Reader) -> Iterator[str]:
    for reason in hit.reasons:
        if reason.code in _SAID_ELSEWHERE or (position.source is PositionSource.DEFAULT and reason.code in _OF_THE_WAY):
            continue
        yield _sentence(reason, reader)


def _sentence(reason: Reason, reader: Reader) -> str:
    text = reason_text(reason, reader.language)
    return text[:1].upper() + text[1:]


def local_name(facility: Facility, reader: Reader) -> str:
    """The name in the reader's language where a source gives one."""
    return facility.names.get(reader.language, facility.name)


def place_note(facility: Facility, reader: Reader) -> str:
    """That the place on the map is only roughly known, and how roughly; empty where it was given."""
    if facility.position_accuracy_m is None:
        return ""
    accuracy = accuracy_text(facility.position_accuracy_m, reader)
    return reader.text("The place on the map is approximate, to about %(accuracy)s: found by its address", accuracy=accuracy)
