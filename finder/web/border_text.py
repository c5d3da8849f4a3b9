"""What is said of a border on the way: where it is crossed, how long that takes, or why nobody is sent across."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.lists import format_list

from finder.directions.borders import Crossing, Lane, Wait, WaitBasis
from finder.directory.way_over_border import WhyNot
from finder.errors import AcrossBorder
from finder.web.formats import age_text, clock_text, span_text, weekday_text
from finder.web.labels import LANE_LABELS
from finder.web.language import Reader

__all__ = ["across_text", "crossing_lines"]

_FOR_EVERYBODY: Final = frozenset({Lane.GENERAL, Lane.PEDESTRIAN})


def crossing_lines(crossing: Crossing, at: datetime, reader: Reader) -> list[str]:
    """Where and in which lane, a quicker lane that is closed, the wait with its basis, and whether the port may close.

    ``at`` (aware): the moment from which the age of a measurement counts.
    """
    port = crossing.port
    name = port.name_es if reader.language == "es" else port.name_en
    lines = [
        reader.text("You cross the border at %(port)s: %(lane)s.", port=name, lane=reader.text(LANE_LABELS[crossing.lane])),
        *_closed_lanes(crossing, reader),
        _wait(crossing.wait, at, ZoneInfo(port.time_zone), reader),
    ]
    if crossing.may_be_closed:
        lines.append(reader.text("It may be closed by the time you get there."))
    return lines


def _closed_lanes(crossing: Crossing, reader: Reader) -> list[str]:
    """The lanes for the sake of which somebody has such documents, where they are closed and everybody's lane is left."""
    own = [lane for lane in crossing.closed_lanes if lane not in _FOR_EVERYBODY]
    if not own or crossing.lane not in _FOR_EVERYBODY:
        return []
    names = format_list([reader.text(LANE_LABELS[lane]) for lane in own], locale=reader.locale)
    return [reader.text("Closed when you would get there: %(lanes)s.", lanes=names)]


def _wait(wait: Wait, at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    span = span_text(wait.min_s, wait.max_s, reader)
    if wait.basis is WaitBasis.USUAL or wait.measured_at is None:
        return reader.text("The wait there is usually %(time)s; nobody has measured it now.", time=span)
    measured, source = wait.measured_at.astimezone(zone), wait.source or ""
    clock = clock_text(measured, reader)
    if wait.basis is WaitBasis.OUTDATED:
        when = f"{weekday_text(measured.date(), reader)}, {clock}"
        return reader.text(
            "The wait there: %(time)s. The last measurement is old: %(when)s (%(source)s).", time=span, when=when, source=source
        )
    age = age_text((at - measured).total_seconds(), reader)
    return reader.text(
        "The wait there: %(time)s. Measured %(age)s (%(clock)s) by: %(source)s.", time=span, age=age, clock=clock, source=source
    )


def across_text(error: AcrossBorder, reader: Reader, *, is_far: bool) -> str:
    """Why the person is not sent across, and what would help."""
    match error.why:
        case WhyNot.NO_PORT_KNOWN if is_far:
            return reader.text("This place is in another country, and too far away for directions.")
        case WhyNot.NO_PORT_KNOWN:
            return reader.text("This place is in another country, and we know of no border crossing on the way.")
        case WhyNot.NO_DOCUMENTS:
            return reader.text("This place is across the border. Tell us what you can cross with, and we look for the way.")
        case WhyNot.ONLY_THIS_SIDE:
            return reader.text("This place is across the border, and you cross with nothing: choose a place on this side.")
        case WhyNot.NO_PORT:
            return reader.text("No border crossing takes these documents for this way of travelling. Choose another of the two.")
        case _:
            return reader.text("Every border crossing for these documents is closed when you would get there.")
