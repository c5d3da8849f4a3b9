"""Whether it is known well enough where a person is to look at roads: the one rule of searches, ways and areas."""

from typing import Final

from finder.domain.position import Position, PositionSource

__all__ = ["MOST_WRONG_M", "SHARP_M", "is_known_well"]

MOST_WRONG_M: Final = 2_000.0
"""From a position that may be wrong by more, a way on roads would be the way from somewhere else: there are estimates."""

SHARP_M: Final = 250.0
"""A position that may be wrong by more has ranges for distances, and says so wherever a way begins at it."""


def is_known_well(position: Position) -> bool:
    """Whether a way on roads from the centre of a position is nearly the person's own; its time is a range all the same."""
    guessed = position.source in {PositionSource.IP, PositionSource.DEFAULT}
    return not guessed and not position.coarsened and position.accuracy_m <= MOST_WRONG_M
