"""One answer of a search as the API gives it: a facility or a practitioner, when, how far, and why it stands there."""

from datetime import date, datetime

import msgspec

from finder.api.crossings import CrossingAnswer
from finder.care.specialties import Specialties, specialties
from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.router import Basis
from finder.directory import FacilityHit, Hit, PractitionerHit
from finder.directory.cares import cares_of_role
from finder.directory.finding.ageing import LIMIT_DAYS, Fact, day_number, day_of
from finder.directory.finding.reasons import Reason, ReasonCode, reason_text
from finder.directory.hours import Arrival, HoursNow, HoursState
from finder.directory.marks import taken_plans
from finder.directory.summary import FacilitySummary, summary_of
from finder.domain.facility import FacilityKind, Provenance
from finder.domain.practitioner import Gender

__all__ = [
    "AcceptingAnswer",
    "FacilityResult",
    "HoursBrief",
    "PractitionerResult",
    "SpecialtyAnswer",
    "TravelAnswer",
    "accepting_of",
    "hours_brief",
    "result_json",
    "specialty_answers",
    "travel_answer",
]


class ReasonAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Why the answer stands where it does: ``minutes`` are what it adds to the score, ``text`` says it in the language asked."""

    code: ReasonCode
    text: str
    minutes: float
    number: int | None

    @classmethod
    def of(cls, reason: Reason, language: str) -> "ReasonAnswer":
        """Return a reason as the API gives it."""
        return cls(code=reason.code, text=reason_text(reason, language), minutes=round(reason.costs_min, 1), number=reason.number)


class TravelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The way there in minutes, by roads; or an ``estimate`` without roads, hence a range."""

    mode: TravelMode
    likely_min: float
    min_min: float
    max_min: float
    estimate: bool


class HoursBrief(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is open now and on arrival. Unknown means that nobody knows: call first; it is never open for certain.

    ``until`` is when the state changes to ``then``; ``closes_in_min`` is there when it is open, ``on_arrival`` for who sets out
    now, ``closes_after_arrival_min`` when it is open then.
    """

    state: HoursState
    until: datetime | None
    then: HoursState | None
    closes_soon: bool
    closes_in_min: int | None
    on_arrival: HoursState
    may_be_closed_on_arrival: bool
    closes_after_arrival_min: int | None
    comment: str | None


class Reckoned(msgspec.Struct, frozen=True, kw_only=True):
    """What depends on who asks: geodesic metres from the centre of the position, at least and at most; minutes; reasons.

    ``score`` is what the choice costs in minutes, the sum of the reasons' minutes. ``related``: not the very care asked for but a
    part of it. ``emergency``: put first because the words sound like an emergency.
    """

    distance_m: float
    distance_min_m: float
    distance_max_m: float
    travel: TravelAnswer
    crossing: CrossingAnswer | None
    hours: HoursBrief
    score: float
    reasons: list[ReasonAnswer]
    related: bool
    emergency: bool


class FacilityResult(FacilitySummary, frozen=True, kw_only=True, tag_field="type", tag="facility"):
    """A facility found: its summary and the fields of ``Reckoned``, written out since a struct has one line of ancestors."""

    distance_m: float
    distance_min_m: float
    distance_max_m: float
    travel: TravelAnswer
    crossing: CrossingAnswer | None
    hours: HoursBrief
    score: float
    reasons: list[ReasonAnswer]
    related: bool
    emergency: bool


class SpecialtyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A specialty or service; ``code`` is the NUCC taxonomy code where there is one, else the id."""

    code: str
    id: str
    kind: str
    name_es: str
    name_en: str


class AcceptingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether new patients are accepted, null where nobody has said; ``outdated`` when nobody has looked for too long."""

    value: bool | None
    verified_at: date | None
    age_days: int | None
    outdated: bool


class PractitionerResult(Reckoned, frozen=True, kw_only=True, tag_field="type", tag="practitioner"):
    """A practitioner found, at the place of work that fits best. ``kind`` is the facility's, and ``phone`` for want of an own."""

    id: str
    name: str
    credential: str | None
    gender: Gender | None
    specialties: list[SpecialtyAnswer]
    languages: tuple[str, ...]
    plans: tuple[str, ...]
    phone: str | None
    accepting_new_patients: AcceptingAnswer
    telehealth: bool | None
    kind: FacilityKind
    lat: float
    lon: float
    facility: FacilitySummary


def specialty_answers(ids: tuple[str, ...], table: Specialties) -> list[SpecialtyAnswer]:
    """Return specialties as the API gives them."""
    found = map(table.get, ids)
    return [
        SpecialtyAnswer(code=one.code, id=one.id, kind=one.kind.value, name_es=one.name_es, name_en=one.name_en) for one in found
    ]


def accepting_of(value: bool | None, fact: Provenance | None, at: datetime) -> AcceptingAnswer:
    """Return whether new patients are accepted, with the age of the fact."""
    age_days = day_of(at) - day_number(fact) if fact is not None and fact.verified_at else None
    outdated = value is not None and (age_days is None or not -1 <= age_days <= LIMIT_DAYS[Fact.ACCEPTING])
    return AcceptingAnswer(value=value, verified_at=fact.verified_at if fact else None, age_days=age_days, outdated=outdated)


def travel_answer(time: TravelTime, mode: TravelMode, basis: Basis) -> TravelAnswer:
    """Return the time of a way as the API gives it."""
    return TravelAnswer(
        mode=mode,
        likely_min=round(time.likely_s / 60, 1),
        min_min=round(time.min_s / 60, 1),
        max_min=round(time.max_s / 60, 1),
        estimate=basis is Basis.ESTIMATE,
    )


def hours_brief(hours: HoursNow, arrival: Arrival, at: datetime) -> HoursBrief:
    """Return the hours at an aware moment, and on arrival for who leaves then, as the API gives them."""
    return HoursBrief(
        state=hours.state,
        until=hours.until,
        then=hours.then,
        closes_soon=hours.closes_soon(at),
        closes_in_min=hours.minutes_left(at),
        on_arrival=arrival.state,
        may_be_closed_on_arrival=arrival.may_be_closed,
        closes_after_arrival_min=arrival.minutes_to_close,
        comment=hours.comment,
    )


def result_json(hit: FacilityHit | PractitionerHit, at: datetime, mode: TravelMode, language: str) -> bytes:
    """Return the answer as a JSON object; what was encoded when it was published is joined as bytes."""
    reckoned = _reckoned(hit, at, mode, language)
    if isinstance(hit, FacilityHit):
        return b'{"type":"facility",%b,%b' % (hit.summary_json()[1:-1], msgspec.json.encode(reckoned)[1:])
    return msgspec.json.encode(_practitioner(hit, reckoned, at))


def _reckoned(hit: Hit, at: datetime, mode: TravelMode, language: str) -> Reckoned:
    return Reckoned(
        distance_m=round(hit.distance_m, 1),
        distance_min_m=round(hit.distance_min_m, 1),
        distance_max_m=round(hit.distance_max_m, 1),
        travel=travel_answer(hit.travel, mode, hit.travel_basis),
        crossing=CrossingAnswer.of(hit.crossing, language) if hit.crossing else None,
        hours=hours_brief(hit.hours, hit.arrival, at),
        score=round(hit.score_min, 1),
        reasons=[ReasonAnswer.of(reason, language) for reason in hit.reasons],
        related=hit.related,
        emergency=hit.emergency,
    )


def _practitioner(hit: PractitionerHit, reckoned: Reckoned, at: datetime) -> PractitionerResult:
    practitioner, role, facility = hit.person.practitioner, hit.role, hit.facility
    table = specialties()
    return PractitionerResult(
        **msgspec.structs.asdict(reckoned),
        id=practitioner.id,
        name=practitioner.name,
        credential=practitioner.credential,
        gender=practitioner.gender,
        specialties=specialty_answers(cares_of_role(hit.person, role, table), table),
        languages=practitioner.languages or facility.languages,
        plans=taken_plans(facility, role),
        phone=next(iter((*role.phones, *facility.phones)), None),
        accepting_new_patients=accepting_of(role.accepting_new_patients, role.provenance.get("accepting_new_patients"), at),
        telehealth=role.telehealth,
        kind=facility.kind,
        lat=facility.lon_lat.lat,
        lon=facility.lon_lat.lon,
        facility=summary_of(facility),
    )
