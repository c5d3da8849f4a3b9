"""Opening hours as admins write them, in OpenStreetMap's grammar: ``Lunes a Viernes de 8 a 15 hrs`` → ``Mo-Fr 08:00-15:00``.

The text is cut into words once, each word has one meaning, and a word without one refuses the cell: hours that are half
understood send people to closed doors. Days that nobody told are not claimed (:data:`DAYS_NOT_STATED`).
"""

import re
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple, NoReturn

import opening_hours

from finder.domain.hours import DAYS_NOT_STATED, HOURS_NOT_STATED
from finder.loading.clean_hours_clock import ADVICE, MINUTES_A_DAY, span
from finder.loading.clean_hours_words import Days, UnknownWord, Word, words
from finder.loading.row_error import CellProblem

__all__ = ["DAYS_NOT_STATED", "clean_hours", "joined_hours"]

LONGEST = 1000
"""Characters. The longest value in OpenStreetMap has 255."""

OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH")
PUBLIC_HOLIDAYS = 7
EVERY_DAY: Days = frozenset(range(7))

type Ranges = tuple[tuple[int, int], ...]
"""Begin and end in minutes since midnight; an end beyond 1440 is on the next day."""

SAYS_WHEN = re.compile(r"\d:\d\d|24/7|sunrise|sunset|dawn|dusk|\boff\b|\bclosed\b|\"", re.IGNORECASE)
"""In the grammar ``open``, ``Mo-Fr`` and ``2026`` are whole days; who writes so in a list has told no times."""
LOOSE_TIME = re.compile(r"(?<![\d:])\d:\d\d")
"""``9:00-5:00`` is no time of the grammar, though the library reads it, as 20 hours."""
QUOTED = re.compile(r'"[^"]*"')
LOOSE_RANGE = re.compile(r"(\d{1,2}:\d\d) ?- ?(\d{1,2}:\d\d)")
RULES = re.compile(r"\|\||;|,\s|\s,")
"""In the grammar ``Mo, Tu 10:00-13:00`` is two rules, and Monday a whole day; nobody but the grammar means that."""
BARE_RANGES = re.compile(r"\s*(?:\d\d:\d\d\s*-\s*\d\d:\d\d\s*(?:,\s*)?)+")
NOT_MARCH = re.compile(r"\W*mar\s+\d\d?:", re.IGNORECASE)
"""March in the grammar, Tuesday in Spanish."""


def clean_hours(text: str) -> str:
    """The hours in OpenStreetMap's grammar, from the grammar itself (as written) or from Spanish or English free text.

    Where no days are told the range has the comment ``"days not stated"``, also a bare ``08:00-16:00``, which the grammar has
    for every day: who means that writes ``Mo-Su``. Times are read as :func:`finder.loading.clean_hours_clock.span` says.
    Raises :class:`CellProblem` for a text with any word that is not understood and for one with two likely readings.
    """
    if len(text) > LONGEST:
        _refuse("These opening hours are too long to be read; the facility is kept without them.")
    hours = _hours(text)
    if isinstance(hours, CellProblem):
        raise CellProblem(hours.problem, hours.advice)
    return hours


def joined_hours(start: str, end: str) -> str:
    """The hours of a row that has one cell for the start and one for the end, as :func:`clean_hours` gives them.

    Raises :class:`CellProblem` when one of the two is no time, and when both are the same: that stands for *unknown*.
    """
    if len(start) + len(end) > LONGEST:
        _refuse("These opening hours are too long to be read; the facility is kept without them.")
    hours = _joined(start, end)
    if isinstance(hours, CellProblem):
        raise CellProblem(hours.problem, hours.advice)
    return hours


@lru_cache(maxsize=8192)
def _hours(text: str) -> str | CellProblem:
    try:
        if not opening_hours.validate(text):
            return _from_free_text(text)
        if NOT_MARCH.match(text):
            _refuse("This is Tuesday in Spanish and March in OpenStreetMap's grammar.")
        if not SAYS_WHEN.search(text):
            _refuse("These opening hours tell no times.")
        bare = QUOTED.sub('""', text)
        timeless = not all(map(SAYS_WHEN.search, RULES.split(bare)))
        if timeless or BARE_RANGES.fullmatch(text) or LOOSE_TIME.search(bare):
            return _from_free_text(text)
    except UnknownWord as problem:  # words that only the grammar has, or a comment
        turned = any(_minutes(begin) >= _minutes(end) for begin, end in LOOSE_RANGE.findall(text))
        return problem if turned or not opening_hours.validate(text) else text
    except CellProblem as problem:
        return problem
    return text


def _minutes(time: str) -> int:
    hour, _, minute = time.partition(":")
    return int(hour) * 60 + int(minute)


@lru_cache(maxsize=8192)
def _joined(start: str, end: str) -> str | CellProblem:
    try:
        found = [*words(start), Word("to"), *words(end)]
        if [word.sort for word in found] != ["time", "to", "time"]:
            _refuse("These are no times of a day.")
        if found[0] == found[2]:
            _refuse("These opening hours begin as they end: nobody can tell what is meant.")
        return _osm(_items(found))
    except CellProblem as problem:
        return problem


def _from_free_text(text: str) -> str:
    hours = _osm(_items(words(text)))
    if not opening_hours.validate(hours):
        _refuse("These opening hours cannot be read; the facility is kept without them.")
    return hours


def _refuse(problem: str) -> NoReturn:
    raise CellProblem(problem, ADVICE)


class Item(NamedTuple):
    """Several words that together are days, or times of a day (none: closed)."""

    days: Days | None = None
    ranges: Ranges = ()


def _items(found: list[Word]) -> list[Item]:
    """Days and times in their order."""
    clocks = [word.clock for word in found if word.clock]
    clock_24 = any(clock.is_24 for clock in clocks)
    late = any(word.sort == "late" for word in found)
    found = [word for word in found if word.sort != "late"]
    items: list[Item] = []
    at = 0
    while at < len(found):
        sort = found[at].sort
        if sort in ("day", "days"):
            days, at = _days(found, at)
            items.append(Item(days=days))
        elif sort in ("time", "all day"):
            ranges, at = _times(found, at, clock_24, late)
            items.append(Item(ranges=ranges))
        elif sort == "closed":
            items.append(Item())
            at += 1
        elif sort == "to":
            _refuse("These opening hours have a range without a start or an end.")
        else:
            at += 1
    return items


def _days(found: list[Word], at: int) -> tuple[Days, int]:
    """The days from ``at`` on, and where they end."""
    days: Days = frozenset()
    singles: list[int] = []
    sure = True
    while at < len(found) and found[at].sort in ("day", "days"):
        some = found[at].days
        if at + 2 < len(found) and found[at + 1].sort == "to" and found[at + 2].sort == "day" and found[at].sort == "day":
            (first,), (last,) = some, found[at + 2].days
            some = frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
            at += 2
        elif found[at].sort == "day":
            singles.extend(some)
        days |= some
        at += 1
        if at + 1 < len(found) and found[at].sort in ("and", "slash", "end") and found[at + 1].sort in ("day", "days"):
            sure = sure and found[at].sort != "slash"
            if found[at].sort == "end":
                break
            at += 1
        elif at < len(found) and found[at].sort == "day":
            sure = False
    if not sure and len(singles) == 2 and (singles[1] - singles[0]) % 7 != 1:
        _refuse("Nobody can tell whether these two days mean those between them, too.")  # Lun/Vie
    return days, at


def _times(found: list[Word], at: int, clock_24: bool, late: bool) -> tuple[Ranges, int]:
    """The ranges of a day from ``at`` on, and where they end."""
    if found[at].sort == "all day":
        return ((0, MINUTES_A_DAY),), at + 1
    ranges: list[tuple[int, int]] = []
    while True:
        start, to, end = (*found[at : at + 3], Word("end"), Word("end"), Word("end"))[:3]
        if start.clock is None or to.sort != "to" or end.clock is None:
            _refuse("These opening hours have a range without a start or an end.")
        ranges.append(span(start.clock, end.clock, after=ranges[-1][1] if ranges else 0, clock_24=clock_24, late=late))
        at += 3
        following = at + 1 if at < len(found) and found[at].sort in ("and", "slash") else at
        if following >= len(found) or found[following].sort != "time":
            return _checked(ranges), at
        at = following


def _checked(ranges: list[tuple[int, int]]) -> Ranges:
    ranges = sorted(set(ranges))
    if any(after[0] < before[1] for before, after in pairwise(ranges)):
        _refuse("Two ranges of these opening hours overlap.")
    return tuple(ranges)


def _osm(items: list[Item]) -> str:
    """The rules of days with times, however they are paired."""
    undated: list[tuple[int, int]] = []
    while items and items[0].ranges and (len(items) == 1 or items[1].days is None):
        undated.extend(items[0].ranges)
        items = items[1:]
    if len(items) % 2 or not (items or undated):
        _refuse("Days and times of these opening hours do not go together.")
    week: dict[int, Ranges] = {}
    seen: list[Days] = []
    orders: set[bool] = set()
    for one, other in zip(items[::2], items[1::2], strict=True):
        days, ranges = (one.days, other.ranges) if one.days is not None else (other.days, one.ranges)
        if days is None or (one.days is not None and other.days is not None):
            _refuse("Days and times of these opening hours do not go together.")
        if ranges:
            orders.add(one.days is not None)
        for day in days:
            week[day] = _both(week.get(day), ranges, before=seen, days=days)
        seen.append(days)
    if len(orders) > 1 or (undated and orders):
        _refuse("Days and times of these opening hours do not go together.")
    return _written(week, _checked(undated))


def _both(earlier: Ranges | None, later: Ranges, before: list[Days], days: Days) -> Ranges:
    """The hours of a day that is named a second time: more hours for the same days, or an exception to *every day*."""
    if earlier is None:
        return later
    if days < EVERY_DAY and EVERY_DAY in before:
        return later
    if days in before and earlier and later:
        return _checked([*earlier, *later])
    _refuse("These opening hours name a day twice.")


def _written(week: dict[int, Ranges], undated: Ranges) -> str:
    rules: list[str] = []
    if undated:
        rules.append("24/7" if undated == ((0, MINUTES_A_DAY),) else f'{_ranges(undated)} "{DAYS_NOT_STATED}"')
    elif not any(week.values()):
        # The grammar has every day closed that no rule opens; but only these were said to be.
        others = EVERY_DAY - week.keys()
        if not others:
            _refuse("These opening hours are closed on every day.")
        rules.append(f'{_names(others)} unknown "{HOURS_NOT_STATED}"')
    if week and week.keys() == EVERY_DAY and set(week.values()) == {((0, MINUTES_A_DAY),)}:
        return "24/7"
    groups: dict[Ranges, set[int]] = {}
    for day in sorted(week):
        groups.setdefault(week[day], set()).add(day)
    # A later rule takes a day from an earlier one, also what reaches into it from the evening before: then "," adds to it.
    # Public holidays come behind the days of the week that they fall on.
    overnight = any(stop > MINUTES_A_DAY for ranges in groups for _, stop in ranges)
    written = "; ".join(rules)
    for ranges, days in sorted(groups.items(), key=lambda group: (PUBLIC_HOLIDAYS in group[1], min(group[1]))):
        if overnight and not ranges:
            days &= {PUBLIC_HOLIDAYS}  # a day of the week that is not named is closed, too
        if days:
            between = ", " if overnight and PUBLIC_HOLIDAYS not in days else "; "
            written += f"{between if written else ''}{_names(days)} {_ranges(ranges) if ranges else 'off'}"
    return written


def _names(days: set[int] | Days) -> str:
    names: list[str] = []
    for _, run in groupby(enumerate(sorted(days - {PUBLIC_HOLIDAYS})), lambda pair: pair[1] - pair[0]):
        alike = [OSM_DAYS[day] for _, day in run]
        names.extend([f"{alike[0]}-{alike[-1]}"] if len(alike) > 2 else alike)
    if PUBLIC_HOLIDAYS in days:
        names.append(OSM_DAYS[PUBLIC_HOLIDAYS])
    return ",".join(names)


def _ranges(ranges: Ranges) -> str:
    return ",".join(f"{_time(begin)}-{_time(stop if stop <= MINUTES_A_DAY else stop - MINUTES_A_DAY)}" for begin, stop in ranges)


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
