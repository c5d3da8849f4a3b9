"""Which emergency departments are looked for, when what was typed sounds like an emergency."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.directory.countries import NO_COUNTRY, country_code
from finder.directory.finding.selecting import Filter, Selecting
from finder.directory.hours_book import CLOSED
from finder.directory.marks import kinds_mask
from finder.domain.facility import FacilityKind

__all__ = ["CHOICES", "NEAR_M", "EmergencyChoice", "passes_for_emergency"]

NEAR_M: Final = 60_000.0
"""In an emergency nobody is sent farther than this, about an hour, to stay on one side of a border."""
_HOSPITALS: Final = kinds_mask((FacilityKind.HOSPITAL, FacilityKind.EMERGENCY))


class EmergencyChoice(NamedTuple):
    """Which emergency departments are looked for."""

    in_this_country: bool
    """Within :data:`NEAR_M` and on this side of the border, whose other side is farther than its distance says."""
    in_hospitals: bool
    """Hospitals and emergency departments; not a clinic that lists emergencies among its services."""
    not_closed: bool


CHOICES: Final = (
    EmergencyChoice(in_this_country=True, in_hospitals=True, not_closed=True),
    EmergencyChoice(in_this_country=True, in_hospitals=False, not_closed=True),
    EmergencyChoice(in_this_country=False, in_hospitals=False, not_closed=True),
    EmergencyChoice(in_this_country=False, in_hospitals=False, not_closed=False),
)
"""The best first; each next one is for where there are not enough of those before."""


def passes_for_emergency(anywhere: Selecting, choice: EmergencyChoice) -> Filter:
    """What passes of the facilities that give emergency care."""
    facilities, travel = anywhere.snapshot.facilities, anywhere.travel(0)

    def passes(rows: NDArray[np.int64], distance_m: NDArray[np.float64]) -> NDArray[np.bool_]:
        kept = travel.can_be_reached(facilities, rows)
        if choice.in_this_country and anywhere.country_here is not None:
            kept &= distance_m <= NEAR_M
            kept &= np.isin(facilities.country[rows], [NO_COUNTRY, country_code(anywhere.country_here)])
        if choice.in_hospitals:
            kept &= (facilities.marks[rows] & np.uint64(_HOSPITALS)) != 0
        if choice.not_closed:
            left = np.flatnonzero(kept)
            likely_s = travel.seconds(facilities, rows[left], distance_m[left]).seconds
            kept[left] = facilities.hours.states_on_arrival(rows[left], anywhere.at, likely_s) != CLOSED
        return kept

    return passes
