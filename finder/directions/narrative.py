"""Instructions in words, for engines that name a manoeuvre only: OSRM's types and modifiers, in English and Spanish.

The types are those of http://project-osrm.org/docs/v5.24.0/api/#stepmaneuver-object; one that is not known reads as its turn.
The Spanish is that of Mexico (``glorieta``), and formal.
"""

from typing import Final

import msgspec

from finder.directions.router import StepKind

__all__ = ["Manoeuvre", "instruction", "step_kind"]


class Manoeuvre(msgspec.Struct, frozen=True, kw_only=True):
    """What is done at one place: OSRM's type and modifier, and what is known of the road that follows."""

    type: str
    modifier: str = ""
    bearing_deg: float = 0.0
    """Clockwise from north, of the way after it."""
    exit: int | None = None
    """Of a roundabout, from 1."""
    street: str = ""
    towards: str = ""
    """What a signpost says."""
    is_ferry: bool = False
    is_last: bool = True
    """For an arrival: whether it is the target, and no stop on the way."""


_TURNS: Final = {
    "uturn": StepKind.U_TURN,
    "sharp left": StepKind.SHARP_LEFT,
    "left": StepKind.LEFT,
    "slight left": StepKind.SLIGHT_LEFT,
    "straight": StepKind.CONTINUE,
    "slight right": StepKind.SLIGHT_RIGHT,
    "right": StepKind.RIGHT,
    "sharp right": StepKind.SHARP_RIGHT,
}
_KINDS: Final = {
    "depart": StepKind.START,
    "arrive": StepKind.ARRIVE,
    "new name": StepKind.CONTINUE,
    "notification": StepKind.CONTINUE,
    "merge": StepKind.MERGE,
    "on ramp": StepKind.RAMP,
    "off ramp": StepKind.RAMP,
    "roundabout": StepKind.ROUNDABOUT,
    "rotary": StepKind.ROUNDABOUT,
    "exit roundabout": StepKind.ROUNDABOUT,
    "exit rotary": StepKind.ROUNDABOUT,
}


class _Words(msgspec.Struct, frozen=True, kw_only=True):
    """One language. A phrase is a sentence without its stop; ``onto``, ``along``, ``towards`` are what may follow it."""

    onto: str
    along: str
    towards: str
    turns: dict[StepKind, str]
    keep: dict[str, str]
    end_of_road: str
    start: str
    compass: tuple[str, ...]
    merge: str
    merge_onto: str
    on_ramp: dict[str, str]
    off_ramp: dict[str, str]
    roundabout: str
    roundabout_exit: str
    ordinals: tuple[str, ...]
    exit_number: str
    leave_roundabout: str
    ferry: str
    arrive: dict[str, str]
    stop: str


_ENGLISH: Final = _Words(
    onto=" onto {}",
    along=" on {}",
    towards=" towards {}",
    turns={
        StepKind.U_TURN: "Make a U-turn",
        StepKind.SHARP_LEFT: "Turn sharp left",
        StepKind.LEFT: "Turn left",
        StepKind.SLIGHT_LEFT: "Bear left",
        StepKind.CONTINUE: "Continue",
        StepKind.SLIGHT_RIGHT: "Bear right",
        StepKind.RIGHT: "Turn right",
        StepKind.SHARP_RIGHT: "Turn sharp right",
    },
    keep={"left": "Keep left", "right": "Keep right", "": "Keep straight on"},
    end_of_road="At the end of the road, {}",
    start="Head {}",
    compass=("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"),
    merge="Merge",
    merge_onto=" onto {}",
    on_ramp={"left": "Take the ramp on the left", "right": "Take the ramp on the right", "": "Take the ramp"},
    off_ramp={"left": "Take the exit on the left", "right": "Take the exit on the right", "": "Take the exit"},
    roundabout="Enter the roundabout",
    roundabout_exit="At the roundabout, take {}",
    ordinals=tuple(f"the {n} exit" for n in ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th")),
    exit_number="exit number {}",
    leave_roundabout="Leave the roundabout",
    ferry="Take the ferry",
    arrive={
        "left": "You have arrived: your destination is on the left",
        "right": "You have arrived: your destination is on the right",
        "": "You have arrived at your destination",
    },
    stop="You have reached a stop on your way",
)
_SPANISH: Final = _Words(
    onto=" en {}",
    along=" por {}",
    towards=" hacia {}",
    turns={
        StepKind.U_TURN: "Dé vuelta en U",
        StepKind.SHARP_LEFT: "Dé un giro cerrado a la izquierda",
        StepKind.LEFT: "Gire a la izquierda",
        StepKind.SLIGHT_LEFT: "Gire ligeramente a la izquierda",
        StepKind.CONTINUE: "Continúe",
        StepKind.SLIGHT_RIGHT: "Gire ligeramente a la derecha",
        StepKind.RIGHT: "Gire a la derecha",
        StepKind.SHARP_RIGHT: "Dé un giro cerrado a la derecha",
    },
    keep={"left": "Manténgase a la izquierda", "right": "Manténgase a la derecha", "": "Siga de frente"},
    end_of_road="Al final de la calle, {}",
    start="Diríjase hacia el {}",
    compass=("norte", "noreste", "este", "sureste", "sur", "suroeste", "oeste", "noroeste"),
    merge="Incorpórese a la vía",
    merge_onto=": {}",
    on_ramp={"left": "Tome la rampa de la izquierda", "right": "Tome la rampa de la derecha", "": "Tome la rampa"},
    off_ramp={"left": "Tome la salida de la izquierda", "right": "Tome la salida de la derecha", "": "Tome la salida"},
    roundabout="Entre en la glorieta",
    roundabout_exit="En la glorieta, tome {}",
    ordinals=tuple(
        f"la {n} salida" for n in ("primera", "segunda", "tercera", "cuarta", "quinta", "sexta", "séptima", "octava", "novena")
    ),
    exit_number="la salida número {}",
    leave_roundabout="Salga de la glorieta",
    ferry="Tome el transbordador",
    arrive={
        "left": "Ha llegado: su destino está a la izquierda",
        "right": "Ha llegado: su destino está a la derecha",
        "": "Ha llegado a su destino",
    },
    stop="Ha llegado a una parada de su recorrido",
)


def step_kind(manoeuvre: Manoeuvre) -> StepKind:
    """Return what a person does: by the type where that says it, else by the turn."""
    if manoeuvre.is_ferry and manoeuvre.type != "arrive":
        return StepKind.FERRY
    return _KINDS.get(manoeuvre.type) or _TURNS.get(manoeuvre.modifier, StepKind.CONTINUE)


def instruction(manoeuvre: Manoeuvre, language: str) -> str:
    """Return the sentence: in Spanish for ``es`` and its regions (BCP 47), else in English."""
    words = _SPANISH if language.lower().split("-")[0] == "es" else _ENGLISH
    return f"{_phrase(manoeuvre, words)}."


def _phrase(manoeuvre: Manoeuvre, words: _Words) -> str:
    kind, side, street = step_kind(manoeuvre), _side(manoeuvre.modifier), manoeuvre.street
    match kind:
        case StepKind.START:
            compass = words.compass[round(manoeuvre.bearing_deg / 45.0) % 8]
            phrase = words.start.format(compass) + _named(words.along, street)
        case StepKind.ARRIVE:
            phrase = words.arrive[side] if manoeuvre.is_last else words.stop
        case StepKind.FERRY:
            phrase = words.ferry + _named(" {}", street)
        case StepKind.MERGE:
            phrase = words.merge + _named(words.merge_onto, street)
        case StepKind.RAMP:
            ramp = words.on_ramp if manoeuvre.type == "on ramp" else words.off_ramp
            phrase = ramp[side] + _named(words.towards, manoeuvre.towards or street)
        case StepKind.ROUNDABOUT:
            phrase = _roundabout(manoeuvre, words) + _named(words.towards, street)
        case _ if manoeuvre.type == "fork":
            phrase = words.keep[side] + _named(words.along, street)
        case StepKind.CONTINUE:
            phrase = words.turns[kind] + _named(words.along, street)
        case _:
            turn = words.turns[kind]
            if manoeuvre.type == "end of road":
                turn = words.end_of_road.format(turn[0].lower() + turn[1:])
            phrase = turn + _named(words.onto, street)
    return phrase


def _roundabout(manoeuvre: Manoeuvre, words: _Words) -> str:
    if manoeuvre.type.startswith("exit"):
        return words.leave_roundabout
    number = manoeuvre.exit
    if number is None:
        return words.roundabout
    known = 1 <= number <= len(words.ordinals)
    return words.roundabout_exit.format(words.ordinals[number - 1] if known else words.exit_number.format(number))


def _side(modifier: str) -> str:
    side = modifier.rpartition(" ")[2]
    return side if side in {"left", "right"} else ""


def _named(phrase: str, name: str) -> str:
    # Not the name as a format: it may hold braces.
    return phrase.format(name) if name else ""
