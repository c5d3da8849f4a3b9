"""Why an event was told, in plain words and without a place: for the person whose visit it was, and for the log."""

from importlib import resources
from typing import Final

import msgspec

from finder.domain.fence import Trigger
from finder.errors import BadInput
from finder.notices.tracker.event import Confidence, Event

__all__ = ["why", "why_texts"]

_TEXTS: Final = msgspec.json.decode(
    resources.files("finder.notices.tracker").joinpath("why_texts.json").read_bytes(), type=dict[str, dict[str, str]]
)


def why_texts(language: str) -> dict[str, str]:
    """Return the words of :func:`why` in ``en`` or ``es``, by name: a page hands them to the tracker of the device.

    Raises :class:`BadInput` for another language.
    """
    if language not in _TEXTS:
        raise BadInput("That is told in English (en) and Spanish (es).")
    return _TEXTS[language]


def why(event: Event, language: str) -> str:
    """Return why this event was told, in ``en`` or ``es``. Raises :class:`BadInput` for another language."""
    texts, grounds = why_texts(language), event.grounds

    def lasting(seconds: float) -> str:
        whole = round(seconds)
        count, unit = (whole, "second") if whole < 120 and whole != 60 else (round(seconds / 60.0), "minute")
        return texts[unit if count == 1 else f"{unit}s"].format(n=count)

    kinds = ["beacon"] * grounds.beacon + ["floor"] * grounds.floor

    def of_kind(name: str) -> str:
        """The name of the text about a beacon or a floor, where it is due and there is one."""
        return next((special for kind in kinds if (special := f"{name}_{kind}") in texts), name)

    said = ["crossing" if event.confidence is Confidence.NONE else of_kind(event.trigger)]
    if event.confidence is not Confidence.NONE:
        if grounds.already_inside and event.trigger in {Trigger.ENTER, Trigger.DWELL}:
            said.append(of_kind("already_inside"))
        said += [doubt for doubt in ("leapt",) if grounds.leapt]
        said += [of_kind(doubt) for doubt in ("asleep",) if grounds.asleep_s]
        said += [doubt for doubt in ("late",) if grounds.late_s]
    said += ["fix" if event.fixes[0] == event.fixes[-1] else "fixes", str(event.confidence)]
    filled = {
        "span": lasting(grounds.span_s),
        "depth": f"{abs(grounds.edge_m)} m",
        "error": f"{grounds.error_m} m",
        "wish": lasting(event.wish_s or 0.0),
        "eta": lasting(grounds.eta_s or 0),
        "asleep": lasting(grounds.asleep_s),
        "late": lasting(grounds.late_s),
        "first": event.fixes[0],
        "last": event.fixes[-1],
    }
    return " ".join(texts[one].format(**filled) for one in said)
