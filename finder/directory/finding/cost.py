"""What a choice costs a person, in minutes: the way there, and a price for each thing that may make it a way for nothing.

The prices are ours: they say how much farther a person is thought to go rather than take the risk. All of them lie in
:data:`PRICE_MIN`, and each one that an answer pays is among its reasons, so that the reasons add up to the score. An emergency
department pays for the way only: nothing may put it behind what is farther.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.directory.finding.ageing import Fact, day_of, is_outdated
from finder.directory.finding.catalogue import Catalogue
from finder.directory.finding.reasons import ReasonCode
from finder.directory.hours_book import CLOSED, OPEN, UNKNOWN
from finder.directory.marks import ACCEPTING, NOT_ACCEPTING, WHEELCHAIR_LIMITED, WHEELCHAIR_YES

__all__ = ["CLOSES_AFTER_MIN", "PRICE_MIN", "Costs", "costs_of"]

CLOSES_AFTER_MIN: Final = 20
"""Who arrives less than this before closing may be sent away."""

PRICE_MIN: Final = {
    ReasonCode.CLOSED_ON_ARRIVAL: 60.0,
    ReasonCode.HOURS_UNKNOWN: 15.0,
    ReasonCode.CLOSES_AFTER_ARRIVAL: 15.0,
    ReasonCode.HOURS_UNVERIFIED: 3.0,
    ReasonCode.NOT_ACCEPTING: 90.0,
    ReasonCode.ACCEPTING_UNKNOWN: 5.0,
    ReasonCode.ACCEPTING_UNVERIFIED: 5.0,
    ReasonCode.PHONE_UNVERIFIED: 1.0,
    ReasonCode.WHEELCHAIR_LIMITED: 10.0,
}
PRICED: Final = tuple(PRICE_MIN)


class Costs(NamedTuple):
    """Of n rows: likely minutes on the way (n,), whether each of ``PRICED`` is paid (n, p), and all together (n,)."""

    travel_min: NDArray[np.float64]
    paid: NDArray[np.bool_]
    score_min: NDArray[np.float64]


def costs_of(
    catalogue: Catalogue,
    rows: NDArray[np.int64],
    travel_s: NDArray[np.float64],
    at: datetime,
    *,
    of_new_patients: bool,
    by_wheelchair: bool,
    free_care: int,
    arrives_at: datetime | None = None,
) -> Costs:
    """Reckon the rows, to which the way takes ``travel_s`` (n,), for who sets out at an aware moment.

    ``arrives_at``: when the person means to be there, if not as soon as the way allows. ``of_new_patients``: whether it counts
    that new patients are accepted, as with doctors. ``free_care`` is the number of emergency care: a row that gives it pays for
    the way only.
    """
    marks, verified = catalogue.marks[rows], catalogue.verified_day[rows]
    leaves, way_s = (at, travel_s) if arrives_at is None else (arrives_at, np.zeros(len(rows)))
    arrives = catalogue.hours.states_on_arrival(rows, leaves, way_s)
    later = catalogue.hours.states_on_arrival(rows, leaves + timedelta(minutes=CLOSES_AFTER_MIN), way_s)
    today = day_of(at)

    def outdated(fact: Fact) -> NDArray[np.bool_]:
        return is_outdated(verified[:, fact], fact, today)

    accepting = (marks & np.uint64(ACCEPTING)) != 0
    refusing = (marks & np.uint64(NOT_ACCEPTING)) != 0
    nothing = np.zeros(len(rows), dtype=np.bool_)
    limited = ((marks & np.uint64(WHEELCHAIR_LIMITED)) != 0) & ((marks & np.uint64(WHEELCHAIR_YES)) == 0)
    paid_by_code = {
        ReasonCode.CLOSED_ON_ARRIVAL: arrives == CLOSED,
        ReasonCode.HOURS_UNKNOWN: arrives == UNKNOWN,
        ReasonCode.CLOSES_AFTER_ARRIVAL: (arrives == OPEN) & (later == CLOSED),
        ReasonCode.HOURS_UNVERIFIED: (arrives != UNKNOWN) & outdated(Fact.HOURS),
        ReasonCode.NOT_ACCEPTING: refusing if of_new_patients else nothing,
        ReasonCode.ACCEPTING_UNKNOWN: ~accepting & ~refusing if of_new_patients else nothing,
        ReasonCode.ACCEPTING_UNVERIFIED: accepting & outdated(Fact.ACCEPTING) if of_new_patients else nothing,
        ReasonCode.PHONE_UNVERIFIED: outdated(Fact.PHONE),
        ReasonCode.WHEELCHAIR_LIMITED: limited if by_wheelchair else nothing,
    }
    paid = np.column_stack([paid_by_code[code] for code in PRICED])
    paid[catalogue.gives(rows, [free_care])] = False
    travel_min = travel_s / 60.0
    return Costs(travel_min, paid, travel_min + paid @ np.array(list(PRICE_MIN.values())))
