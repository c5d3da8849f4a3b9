"""What is asked of a snapshot, and what it answers."""

from datetime import datetime
from enum import StrEnum

import msgspec

from finder.care.emergency_numbers import EmergencyNumbers
from finder.care.red_flags import RedFlag
from finder.directions.borders import Crossing, Documents
from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.router import Basis
from finder.directory.facility_records import FacilityRecords
from finder.directory.finding.reasons import Reason
from finder.directory.hours import Arrival, HoursNow
from finder.directory.marks import Wanted
from finder.directory.people import Person
from finder.domain.consent import ForSearch
from finder.domain.facility import Facility
from finder.domain.position import PositionFor
from finder.domain.practitioner import Role

__all__ = [
    "AreaChoice",
    "Emergency",
    "FacetCount",
    "Facets",
    "FacilityHit",
    "Hit",
    "OpenWish",
    "PractitionerHit",
    "Search",
    "SearchPage",
    "Sort",
    "What",
]


class What(StrEnum):
    """Which sort of thing is looked for."""

    FACILITIES = "facilities"
    PRACTITIONERS = "practitioners"
    EITHER = "either"


class OpenWish(StrEnum):
    """When it must be open for certain; unknown hours never count as open."""

    NOW = "now"
    ON_ARRIVAL = "on_arrival"
    AT = "at"


class Sort(StrEnum):
    """The order of the answers: by distance or by the likely travel time, equal ones by score; or by score alone, the minutes
    that a choice costs."""

    DISTANCE = "distance"
    TRAVEL_TIME = "travel_time"
    BEST = "best"


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for near a position, at most ``radius_m`` from its centre.

    ``care`` are ids of specialties and services (any of them), ``name`` words of a name. ``open_at`` belongs to
    ``OpenWish.AT``. Nothing is narrowed down by what is left out.
    """

    position: PositionFor[ForSearch]
    what: What = What.FACILITIES
    wanted: Wanted = Wanted()
    care: tuple[str, ...] = ()
    name: str = ""
    unfinished: bool = False
    """The last word of the name may go on."""
    open: OpenWish | None = None
    open_at: datetime | None = None
    mode: TravelMode = TravelMode.CAR
    documents: Documents | None = None
    """With what the person can cross a border. None: nobody said, so that ways across are not looked into, only called such.
    Otherwise nothing is found where these documents do not lead, and ways across lead through a port of entry."""
    sort: Sort = Sort.DISTANCE
    radius_m: float | None = None
    red_flag: RedFlag | None = None
    limit: int = 10
    cursor: str | None = None
    facets: bool = False
    question: bool = True
    """Whether to work out the one question about where the person is, if the position is a guess."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a search.

    ``distance_m`` is from the centre of the position. The person is somewhere in the circle around it, so by the triangle
    inequality the true distance lies between ``distance_min_m`` and ``distance_max_m`` whenever the circle holds the person.
    ``travel`` rests on ``travel_basis``. By roads it has no range where the position is exact and no border is crossed.
    ``crossing`` is where the way leads over a border and how long one waits there, if the search said with which documents; the
    wait is in ``travel``. ``score_min`` is what the choice costs in minutes: the way, and what each reason adds to it.
    """

    distance_m: float
    distance_min_m: float
    distance_max_m: float
    travel: TravelTime
    travel_basis: Basis = Basis.ESTIMATE
    crossing: Crossing | None = None
    hours: HoursNow
    arrival: Arrival
    score_min: float
    reasons: tuple[Reason, ...]
    related: bool
    """Not the very care that was asked for, but a part of it: a paediatric cardiologist for a paediatrician."""
    emergency: bool
    """Put first because what was typed sounds like an emergency, whatever else was asked."""


class FacilityHit(Hit, frozen=True, kw_only=True):
    """A facility of an answer."""

    records: FacilityRecords
    slot: int

    def facility(self) -> Facility:
        """Return all that is known of it."""
        return self.records.facility_at(self.slot)

    def summary_json(self) -> bytes:
        """Return a ``FacilitySummary`` as a JSON object, encoded when it was published."""
        return self.records.summary_json_at(self.slot)


class PractitionerHit(Hit, frozen=True, kw_only=True):
    """A practitioner of an answer, at the place of work that fits best."""

    person: Person
    role: Role
    facility: Facility


class FacetCount(msgspec.Struct, frozen=True):
    """How many of the things found have this value."""

    value: str
    count: int


class Facets(msgspec.Struct, frozen=True, kw_only=True):
    """What narrowing down would leave, counted over ``counted`` things that match, the commonest value first.

    They are the nearest 500 facilities and practitioners each, and as many of related care; ``complete`` when those are all.
    """

    counted: int
    complete: bool
    kind: tuple[FacetCount, ...]
    care: tuple[FacetCount, ...]
    languages: tuple[FacetCount, ...]
    plan: tuple[FacetCount, ...]
    open_now: int
    accepting_new_patients: int
    telehealth: int
    wheelchair: int
    female: int
    male: int


class AreaChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One side of the question where the person is: a place, and what would then come first."""

    label: str
    place: str
    """Finds the place again as ``place`` of a search."""
    first_id: str


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """What is said before everything else when the words sound like an emergency."""

    red_flag: RedFlag
    numbers: EmergencyNumbers


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some answers in order; ``next_cursor`` is None on the last page."""

    hits: tuple[FacilityHit | PractitionerHit, ...]
    next_cursor: str | None
    emergency: Emergency | None = None
    facets: Facets | None = None
    nearer_to: tuple[AreaChoice, AreaChoice] | None = None
    """The one question to a person whose position is a guess; only where the answer changes what comes first."""
