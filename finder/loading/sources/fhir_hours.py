"""Opening hours of FHIR (``hoursOfOperation``, ``availableTime``) in OpenStreetMap's opening hours grammar.

Hours that could be read in two ways are refused whole: a patient before a closed door is worse than hours that nobody knows.
"""

import re
from collections.abc import Iterable, Sequence

from finder.loading.row_error import CellProblem
from finder.loading.sources.fhir_resources import Hours

__all__ = ["opening_hours_of"]

FHIR_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY = 24 * 60
"""Minutes."""
HALF_DAY = 13 * 60
"""The first minute that only a 24-hour clock has: 13:00. On a 12-hour clock 12:30 may be followed by 05:00."""
TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d|60)(?:\.\d+)?)?")

type Span = tuple[int, int]
"""From and until, in minutes. ``until`` may lie behind midnight."""

ADVICE = "Give days of the week, and an opening and a closing time on the 24-hour clock such as 17:30:00, or allDay."


def opening_hours_of(times: Iterable[Hours]) -> str | None:
    """The hours as OpenStreetMap writes them: ``Mo-Fr 08:00-17:00; Sa 09:00-13:00``; ``None`` where nothing is said.

    Days that no entry names are closed; an entry without days holds for each day. Times are rounded to the minute; 23:59 as the
    end is midnight. An end before its start is on the next day where the start, from 13:00 on, shows a 24-hour clock. Raises
    :class:`CellProblem` for days without times, for one time without the other, and for an end before an earlier start:
    08:30 to 05:30 is either 21 hours, or somebody's half past five in the afternoon.
    """
    week: list[list[Span]] = [[] for _ in FHIR_DAYS]
    for hours in times:
        # R5 has one level more: availability → availableTime.
        for each in hours.available_time or (hours,):
            for day in _days(each):
                for part_of_day, from_, until in _by_midnights(_span(each)):
                    week[(day + part_of_day) % 7].append((from_, until))
    cut = [_merged(spans) for spans in week]
    if not any(cut):
        return None
    if all(spans == [(0, DAY)] for spans in cut):
        return "24/7"
    return _written(_over_midnight(cut)) or _written(cut)


def _days(hours: Hours) -> list[int]:
    if not hours.days_of_week:
        return list(range(7))
    try:
        return [FHIR_DAYS.index(day) for day in hours.days_of_week if day]
    except ValueError:
        raise CellProblem("One of its days is no day of the week.", f"Write {', '.join(FHIR_DAYS)}.") from None


def _span(hours: Hours) -> Span:
    if hours.all_day:
        return 0, DAY
    opening, closing = hours.opening_time or hours.available_start_time, hours.closing_time or hours.available_end_time
    if not opening and not closing:
        raise CellProblem("It names days but no times, and does not say that they are open all day.", ADVICE)
    if not opening or not closing:
        raise CellProblem("It has an opening or a closing time, but not both.", ADVICE)
    start, end = _minutes(opening), _minutes(closing)
    if start == DAY:
        raise CellProblem("It opens at the end of the day.", ADVICE)
    if end in (0, DAY - 1):
        end = DAY
    if end > start:
        return start, end
    if end == start:
        raise CellProblem("It opens and closes at the same time.", ADVICE)
    if start < HALF_DAY:
        raise CellProblem("It closes before it opens.", f"{ADVICE} Hours past midnight can be given as two entries.")
    return start, end + DAY


def _minutes(text: str) -> int:
    match = TIME.fullmatch(text.strip())
    if not match or (minutes := int(match[1]) * 60 + int(match[2]) + (int(match[3] or 0) >= 30)) > DAY:
        raise CellProblem("One of its times is no time of the day.", ADVICE)
    return minutes


def _by_midnights(span: Span) -> Iterable[tuple[int, int, int]]:
    """Which day it is, counted from the first, with the minutes of that day."""
    start, end = span
    yield 0, start, min(end, DAY)
    if end > DAY:
        yield 1, 0, end - DAY


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _over_midnight(cut: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """The same week, with ``20:00-08:00`` on one day for ``20:00-24:00`` and ``00:00-08:00`` on the next."""
    week = [list(spans) for spans in cut]
    for day, spans in enumerate(cut):
        following = cut[(day + 1) % 7]
        if spans and following and spans[-1][1] == DAY and following[0][0] == 0 and spans[-1][0] > following[0][1]:
            week[day][-1] = spans[-1][0], following[0][1] + DAY
            week[(day + 1) % 7].remove(following[0])
    return week


def _written(week: Sequence[Sequence[Span]]) -> str | None:
    """One rule for all days that have the same hours; ``None`` where a rule would hide what another says.

    In the grammar a rule for Tuesday replaces all that other rules say of Tuesday, also the hours after Monday's midnight.
    """
    for day, spans in enumerate(week):
        following = week[(day + 1) % 7]
        if spans and spans[-1][1] > DAY and following and following != spans:
            return None
    rules: dict[str, list[int]] = {}
    for day, spans in enumerate(week):
        if spans:
            rules.setdefault(",".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans), []).append(day)
    return "; ".join(f"{_day_ranges(days)} {spans}" for spans, days in rules.items())


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes if minutes <= DAY else minutes - DAY, 60)
    return f"{hour:02}:{minute:02}"


def _day_ranges(days: Sequence[int]) -> str:
    """``Mo-Fr,Su`` for the numbers of these days, which are in order."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [[OSM_DAYS[day] for day in run] for run in runs]
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(run) for run in names)
