"""Which door a way leads to, as far as a mapper has said."""

from collections.abc import Mapping
from typing import Final

from finder.directions.estimate import TravelMode
from finder.domain.facility import Entrance
from finder.web.labels import N_, WHEELCHAIR_LABELS
from finder.web.language import Reader

__all__ = ["entrance_line"]

_KINDS: Final[Mapping[str, str]] = {
    "main": N_("The way leads to the main entrance."),
    "emergency": N_("The way leads to the emergency entrance."),
    "side": N_("The way leads to a side entrance."),
    "secondary": N_("The way leads to a side entrance."),
    "staircase": N_("The way leads to the entrance of a stairway."),
    "service": N_("The way leads to a service entrance: no other is mapped."),
    "exit": N_("The way leads to an exit: no entrance is mapped."),
}
"""By the value of OpenStreetMap's key ``entrance``."""
_OTHER: Final = N_("The way leads to an entrance.")


def entrance_line(entrance: Entrance | None, mode: TravelMode, reader: Reader) -> str:
    """``The way leads to the main entrance.``; for a wheelchair whether it passes; empty where no entrance is mapped."""
    if entrance is None:
        return ""
    line = reader.text(_KINDS.get(entrance.kind, _OTHER))
    if mode is not TravelMode.WHEELCHAIR or entrance.wheelchair is None:
        return line
    return f"{line} {reader.text(WHEELCHAIR_LABELS[entrance.wheelchair])}."
