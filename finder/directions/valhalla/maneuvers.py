"""Valhalla's maneuvers as our kinds of steps."""

from typing import Final

from finder.directions.router import StepKind

__all__ = ["STEP_KINDS", "step_kind"]

STEP_KINDS: Final = (
    StepKind.CONTINUE,  # 0 none
    StepKind.START,  # 1 start
    StepKind.START,  # 2 start right
    StepKind.START,  # 3 start left
    StepKind.ARRIVE,  # 4 destination
    StepKind.ARRIVE,  # 5 destination right
    StepKind.ARRIVE,  # 6 destination left
    StepKind.CONTINUE,  # 7 becomes
    StepKind.CONTINUE,  # 8 continue
    StepKind.SLIGHT_RIGHT,  # 9 slight right
    StepKind.RIGHT,  # 10 right
    StepKind.SHARP_RIGHT,  # 11 sharp right
    StepKind.U_TURN,  # 12 U-turn right
    StepKind.U_TURN,  # 13 U-turn left
    StepKind.SHARP_LEFT,  # 14 sharp left
    StepKind.LEFT,  # 15 left
    StepKind.SLIGHT_LEFT,  # 16 slight left
    StepKind.RAMP,  # 17 ramp straight
    StepKind.RAMP,  # 18 ramp right
    StepKind.RAMP,  # 19 ramp left
    StepKind.RAMP,  # 20 exit right
    StepKind.RAMP,  # 21 exit left
    StepKind.CONTINUE,  # 22 stay straight
    StepKind.SLIGHT_RIGHT,  # 23 stay right
    StepKind.SLIGHT_LEFT,  # 24 stay left
    StepKind.MERGE,  # 25 merge
    StepKind.ROUNDABOUT,  # 26 roundabout enter
    StepKind.ROUNDABOUT,  # 27 roundabout exit
    StepKind.FERRY,  # 28 ferry enter
    StepKind.FERRY,  # 29 ferry exit
    StepKind.RIDE,  # 30 transit
    StepKind.RIDE,  # 31 transit transfer
    StepKind.RIDE,  # 32 transit remain on
    StepKind.CONTINUE,  # 33 transit connection start: into a station
    StepKind.CONTINUE,  # 34 transit connection transfer
    StepKind.CONTINUE,  # 35 transit connection destination: out of a station
    StepKind.START,  # 36 post transit connection destination: on foot again
    StepKind.MERGE,  # 37 merge right
    StepKind.MERGE,  # 38 merge left
    StepKind.ELEVATOR,  # 39 elevator
    StepKind.STEPS,  # 40 steps
    StepKind.ESCALATOR,  # 41 escalator
    StepKind.CONTINUE,  # 42 building enter
    StepKind.CONTINUE,  # 43 building exit
)
"""What each type of maneuver of Valhalla 3.9 (its proto/directions.proto), by number, is for us."""


def step_kind(maneuver: int) -> StepKind:
    """Return the kind for a type of maneuver; one that a newer Valhalla may have goes on."""
    return STEP_KINDS[maneuver] if 0 <= maneuver < len(STEP_KINDS) else StepKind.CONTINUE
