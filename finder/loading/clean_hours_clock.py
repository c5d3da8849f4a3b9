"""What time two numbers in free text mean: ``9-5``, ``8 am - 12``, ``20:00 a 08:00``. What has two likely readings is refused."""

from typing import Literal, NamedTuple

from finder.loading.row_error import CellProblem

__all__ = ["ADVICE", "MINUTES_A_DAY", "Clock", "span"]

MINUTES_A_DAY = 24 * 60
NOON = 12 * 60
SIX = 6 * 60
SHORTEST_MIN = 60
"""Registers have ``23:59-00:00`` and ``00:00-00:01`` for *nobody knows*; no place of care is open for less than an hour."""
LONGEST_OVER_MIDNIGHT_MIN = 16 * 60
ALMOST_MIN = 5
"""``00:01-23:59`` and ``00:00-23:55`` are the whole day, as registers write it that cannot hold 24:00."""

ADVICE = "Write days and times on the 24-hour clock, such as Mo-Fr 08:00-20:00; Sa 09:00-14:00, or 24/7."


class Clock(NamedTuple):
    """A time as it is written."""

    hour: int
    """0 to 24."""
    minute: int
    half: Literal["am", "pm"] | None = None
    has_minutes: bool = False
    leading_zero: bool = False

    @property
    def is_24(self) -> bool:
        """Whether only the 24-hour clock writes it so."""
        return self.half is None and (self.leading_zero or self.hour == 0 or self.hour > 12)

    @property
    def is_fixed(self) -> bool:
        """Whether it can be but one time of the day."""
        return self.half is not None or self.is_24

    @property
    def minutes(self) -> int:
        """Minutes since midnight; as it stands, where the half of the day is not told."""
        hour = self.hour if self.half is None else self.hour % 12 + (12 if self.half == "pm" else 0)
        return hour * 60 + self.minute


def span(start: Clock, end: Clock, *, after: int = 0, clock_24: bool = False, late: bool = False) -> tuple[int, int]:
    """Begin and end in minutes since midnight; the end is beyond 1440 where it is on the next day, (0, 1440) is a whole day.

    ``after`` is the end of the range before it on the same day, ``clock_24`` whether the text elsewhere uses the 24-hour
    clock, ``late`` whether it speaks of the afternoon, the evening or the night. Without am or pm, and with both hours 12 or
    less, an end that is not after the start is in the afternoon: ``9-5`` is 09:00-17:00 and ``8-8`` is 08:00-20:00. Raises
    :class:`CellProblem` where nobody can tell (``8-10``, ``2-6``, ``6-8 pm``) and where the range cannot be hours of a place
    of care (it begins as it ends, lasts less than an hour, or more than 16 hours over midnight).
    """
    if not start.is_fixed and not end.is_fixed:
        begin, stop = _twelve_hours(start, end, after, clock_24, late)
    elif not end.is_fixed:
        begin, stop = start.minutes, _end(start, end, clock_24)
    elif not start.is_fixed:
        begin, stop = _start(start, end), end.minutes
    else:
        begin, stop = start.minutes, end.minutes
    return _checked(begin, stop, start, end)


def _twelve_hours(start: Clock, end: Clock, after: int, clock_24: bool, late: bool) -> tuple[int, int]:
    begin, stop = start.minutes, end.minutes
    if late:
        raise _unclear()
    if begin < after:  # 9-1, 3-7: the second is in the afternoon, since the first lasts until then
        begin, stop = begin + NOON, stop + NOON
        if begin < after or not begin < stop < MINUTES_A_DAY:
            raise _unclear()
    elif begin == stop and (start.has_minutes or begin == NOON):
        pass  # refused for both clocks
    elif begin < SIX:
        raise _unclear()
    elif stop <= begin:
        stop += NOON
    elif stop != NOON and not clock_24:  # 8-10 is two hours, or fourteen
        raise _unclear()
    return begin, stop


def _end(start: Clock, end: Clock, clock_24: bool) -> int:
    """The end, whose half of the day is not told, of a start that is certain."""
    begin, stop = start.minutes, end.minutes
    if start.half == "pm":
        if stop >= NOON or stop + NOON <= begin:
            raise _unclear()
        return stop + NOON
    if start.half == "am":
        if begin < stop < NOON and not clock_24:
            raise _unclear()
        return stop if stop > begin else stop + NOON
    if begin > NOON:  # 20-8, but not 16-8
        if begin < 18 * 60:
            raise _unclear()
        return stop
    return stop if stop > begin else stop + NOON


def _start(start: Clock, end: Clock) -> int:
    """The start, whose half of the day is not told, of an end that is certain."""
    begin, stop = start.minutes, end.minutes
    if end.half == "am":
        if not begin < stop:
            raise _unclear()
        return begin
    if end.half == "pm":
        if begin < SIX and begin + NOON < stop:  # 1-5 pm
            return begin + NOON
        if begin < SIX or (begin < NOON and begin + NOON < stop):  # 6-8 pm: two hours, or fourteen
            raise _unclear()
    return begin


def _checked(begin: int, stop: int, start: Clock, end: Clock) -> tuple[int, int]:
    if begin == MINUTES_A_DAY:
        begin = 0
    if begin == stop:
        raise CellProblem("These opening hours begin as they end: nobody can tell what is meant.", ADVICE)
    if stop == 0:
        stop = MINUTES_A_DAY
    if begin <= ALMOST_MIN and stop >= MINUTES_A_DAY - ALMOST_MIN:
        return 0, MINUTES_A_DAY
    told = start.half is not None and end.half is not None
    if stop < begin:
        stop += MINUTES_A_DAY
        if stop - begin > LONGEST_OVER_MIDNIGHT_MIN or (begin <= NOON and not told and stop - begin >= SHORTEST_MIN):
            raise CellProblem("These opening hours end before they begin.", ADVICE)
    if stop - begin < SHORTEST_MIN:
        raise CellProblem("These opening hours last less than an hour.", ADVICE)
    if begin < 5 * 60 and stop <= 13 * 60 and not told:  # 01:00-05:00, 00:00-12:00: rather a 12-hour clock without am and pm
        raise _unclear()
    return begin, stop


def _unclear() -> CellProblem:
    return CellProblem("Morning and afternoon of these opening hours cannot be told apart.", ADVICE)
