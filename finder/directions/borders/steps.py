"""The lines of a turn list that say where the border is."""

from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np
from babel import Locale
from pyproj import Geod

from finder.directions.borders.along import CountryChange
from finder.directions.borders.crossing import Crossing
from finder.directions.router import Route, Step, StepKind

__all__ = ["with_border_steps"]

_GEOD: Final = Geod(ellps="WGS84")
_WORDS: Final = {
    "en": ("Cross the border ({leaves} / {enters})", " at {port}"),
    "es": ("Cruce la frontera ({leaves} / {enters})", " en {port}"),
}


def with_border_steps(route: Route, changes: Iterable[CountryChange], language: str, crossing: Crossing | None = None) -> Route:
    """Return the way with a step of kind *border* at each change of country along its shape, in Spanish or else in English.

    The step in which it lies is cut there in two; time and length go with their shares of the way, the wait in neither.
    ``crossing`` names the port, where that direction was planned.
    """
    steps = list(route.steps)
    shape = route.shape()
    for change in changes:
        place = next((at for at, step in enumerate(steps) if step.first <= change.index < step.last), None)
        if place is None:
            continue
        whole = steps[place]
        lon, lat = shape[whole.first : whole.last + 1].T
        lengths_m = np.asarray(_GEOD.line_lengths(lon, lat), dtype=np.float64)
        share = float(lengths_m[: change.index - whole.first].sum() / max(float(lengths_m.sum()), 1e-9))
        before = msgspec.structs.replace(
            whole, length_m=whole.length_m * share, duration_s=whole.duration_s * share, last=change.index
        )
        border = Step(
            kind=StepKind.BORDER,
            instruction=_instruction(change, language, crossing),
            length_m=whole.length_m - before.length_m,
            duration_s=whole.duration_s - before.duration_s,
            streets=whole.streets,
            first=change.index,
            last=whole.last,
        )
        steps[place : place + 1] = [before, border]
    return msgspec.structs.replace(route, steps=tuple(steps))


def _instruction(change: CountryChange, language: str, crossing: Crossing | None) -> str:
    tongue = "es" if language.lower().startswith("es") else "en"
    names = Locale(tongue).territories
    leaves, enters = (names.get(code, code) for code in (change.direction.leaves, change.direction.enters))
    sentence, at = _WORDS[tongue]
    said = sentence.format(leaves=leaves, enters=enters)
    if crossing is not None and crossing.direction == change.direction:
        said += at.format(port=crossing.port.name_es if tongue == "es" else crossing.port.name_en)
    return f"{said}."
