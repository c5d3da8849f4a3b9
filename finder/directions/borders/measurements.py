"""The JSON form in which measured waits come, from a file or over HTTP; ``docs/borders.md`` has an example.

A source that gives one number of minutes gets a range by our judgement: 0.7 to 1.5 times it, and at least five minutes each way.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from finder.directions.borders.ports import MAX_WAIT_MIN, Direction, Lane, Port, WaitRange
from finder.errors import BadFile, BadInput

__all__ = ["LaneKey", "Measurement", "Measurements", "measurements_from_json"]

_LOW, _HIGH = 0.7, 1.5
_LEAST_SPREAD_MIN = 5.0
_ENTRY = re.compile(r" - at `\$(?:\.waits\[(\d+)\])?(?:\.(\w+))?[^`]*`$")


class LaneKey(NamedTuple):
    """One lane of one port in one direction."""

    port_id: str
    direction: Direction
    lane: Lane


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says of a lane. ``wait_min``: its range; None where it was closed. ``measured_at`` is aware."""

    wait_min: WaitRange | None
    measured_at: datetime
    source: str


Measurements = dict[LaneKey, Measurement]


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    port: str
    direction: str
    lane: Lane
    measured_at: datetime
    wait_min: float | WaitRange | None = None
    closed: bool = False


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    waits: tuple[_Row, ...]


def measurements_from_json(content: bytes, name: str, ports: Sequence[Port]) -> Measurements:
    """Return what a text of our form says; of two entries for a lane, the later measurement.

    ``name`` is what messages call it. Raises :class:`BadFile`, which names the line, or the entry and the field.
    """
    try:
        file = msgspec.convert(json.loads(content.decode("utf-8-sig")), _File)
    except json.JSONDecodeError as error:
        raise BadFile(f"{name} is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except msgspec.ValidationError as error:
        raise BadFile(f"{name}, {_where(str(error))}") from error
    except (
        ValueError,
        OverflowError,
        RecursionError,
    ) as error:  # not UTF-8, a number of thousands of digits, a thousand brackets
        raise BadFile(f"{name} is no JSON in UTF-8 that can be read.") from error
    by_id = {port.id: port for port in ports}
    found: Measurements = {}
    for number, row in enumerate(file.waits, 1):
        try:
            key, measurement = _key(row, by_id), _measurement(row, file.source)
        except BadInput as error:
            raise BadFile(f"{name}, entry {number}, {error}") from error
        if key not in found or found[key].measured_at < measurement.measured_at:
            found[key] = measurement
    return found


def _key(row: _Row, by_id: dict[str, Port]) -> LaneKey:
    port = by_id.get(row.port)
    if port is None:
        raise BadInput("field port: no port has this id; the file of ports lists them.")
    try:
        direction = Direction.parse(row.direction)
    except BadInput as error:
        raise BadInput(f"field direction: {error}") from error
    passage = port.passage(direction)
    if passage is None:
        raise BadInput("field direction: one cannot pass this port so.")
    if row.lane not in passage.lanes:
        raise BadInput(f"field lane: {port.id} has in this direction only {', '.join(passage.lanes)}.")
    return LaneKey(port.id, direction, row.lane)


def _measurement(row: _Row, source: str) -> Measurement:
    if row.measured_at.tzinfo is None:
        raise BadInput("field measured_at: add the time zone, as in 2026-11-23T08:00:00-08:00.")
    if row.closed != (row.wait_min is None):
        raise BadInput('field wait_min: give either the minutes or "closed": true.')
    return Measurement(
        wait_min=None if row.wait_min is None else _wait_range(row.wait_min), measured_at=row.measured_at, source=source
    )


def _wait_range(wait_min: float | WaitRange) -> WaitRange:
    if isinstance(wait_min, tuple):
        low, likely, high = wait_min
    else:
        likely = wait_min
        low = max(0.0, min(likely * _LOW, likely - _LEAST_SPREAD_MIN))
        high = min(MAX_WAIT_MIN, max(likely * _HIGH, likely + _LEAST_SPREAD_MIN))
    if not 0.0 <= low <= likely <= high <= MAX_WAIT_MIN:
        raise BadInput("field wait_min: give minutes, one number or [low, likely, high], ascending, 0 to 1440.")
    return low, likely, high


def _where(problem: str) -> str:
    """Return a message of msgspec's with the entry and the field first, counted from 1 as people do."""
    place = _ENTRY.search(problem)
    if place is None:
        return f"the whole: {problem}."
    entry = f"entry {int(place[1]) + 1}, " if place[1] else ""
    field = f"field {place[2]}: " if place[2] else ""
    return f"{entry}{field}{problem[: place.start()]}."
