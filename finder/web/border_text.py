"""What is said of a border on the way: where it is crossed, how long that takes, or why nobody is sent across."""

from zoneinfo import ZoneInfo

from finder.directions.borders import Crossing, MayCross, Wait, WaitBasis
from finder.errors import AcrossBorder
from finder.web.formats import clock_text, span_text, weekday_text
from finder.web.labels import LANE_LABELS
from finder.web.language import Reader

__all__ = ["across_text", "crossing_lines"]


def crossing_lines(crossing: Crossing, reader: Reader) -> list[str]:
    """Where, in which lane, the wait with its basis, and a warning where the port may be closed by then."""
    port = crossing.port
    name = port.name_es if reader.language == "es" else port.name_en
    lines = [
        reader.text("You cross the border at %(port)s: %(lane)s.", port=name, lane=reader.text(LANE_LABELS[crossing.lane])),
        _wait(crossing.wait, ZoneInfo(port.time_zone), reader),
    ]
    if crossing.may_be_closed:
        lines.append(reader.text("It may be closed by the time you get there."))
    return lines


def _wait(wait: Wait, zone: ZoneInfo, reader: Reader) -> str:
    span = span_text(wait.min_s, wait.max_s, reader)
    if wait.basis is WaitBasis.USUAL or wait.measured_at is None:
        return reader.text("The wait there is usually %(time)s; nobody has measured it now.", time=span)
    measured = wait.measured_at.astimezone(zone)
    if wait.basis is WaitBasis.OUTDATED:
        when = f"{weekday_text(measured.date(), reader)}, {clock_text(measured, reader)}"
        return reader.text("The wait there: %(time)s. The last measurement is old: %(when)s.", time=span, when=when)
    return reader.text("The wait there: %(time)s, measured at %(when)s.", time=span, when=clock_text(measured, reader))


def across_text(error: AcrossBorder, reader: Reader) -> str:
    """Why the person is not sent across, and what would help."""
    match error.why:
        case MayCross.NO_DOCUMENTS.value:
            return reader.text("This place is across the border. Tell us what you can cross with, and we look for the way.")
        case MayCross.NO_PORT.value:
            return reader.text("No border crossing takes these documents for this way of travelling. Choose another of the two.")
        case _:
            return reader.text("Every border crossing for these documents is closed when you would get there.")
