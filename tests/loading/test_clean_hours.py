"""Opening hours in free text, compared with what opening-hours-py makes of a week."""

import json
import re
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import opening_hours
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from opening_hours import OpeningHours

from finder.loading.clean_hours import clean_hours, joined_hours
from finder.loading.row_error import CellProblem

CASES = json.loads((Path(__file__).parent.parent / "cases" / "free_hours.json").read_text("utf-8"))
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
SPANISH = (
    ("lunes", "Lun", "L"), ("MARTES", "Mar."), ("Miércoles", "mié"), ("Jueves", "jue"), ("viernes", "Vie.", "V"),
    ("Sábado", "sab"), ("Domingo", "dom."),
)  # fmt: skip
ENGLISH = (
    ("Monday", "Mon"), ("tuesday", "Tues."), ("Wednesday", "wed"), ("Thursday", "THU"), ("Friday", "fri."), ("Saturday", "Sat"),
    ("Sundays", "sun"),
)  # fmt: skip
MONDAY = datetime(2026, 11, 23)  # noqa: DTZ001  (the library's week without a zone)


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_a_cell(case: dict[str, Any]) -> None:
    if case["gives"] is None:
        with pytest.raises(CellProblem) as problem:
            clean_hours(case["text"])
        assert problem.value.problem
        assert "Mo-Fr" in problem.value.advice
        return
    assert clean_hours(case["text"]) == case["gives"]
    assert opening_hours.validate(case["gives"])


@pytest.mark.parametrize(
    ("start", "end", "gives"),
    [
        ("08:00", "19:30", '08:00-19:30 "days not stated"'),
        ("8:00 a.m.", "3:00 p.m.", '08:00-15:00 "days not stated"'),
        ("08:00:00", "15:00:00", '08:00-15:00 "days not stated"'),
        ("00:00", "23:59", "24/7"),
        ("00:01", "23:55", "24/7"),
        ("09:00", "00:00", '09:00-24:00 "days not stated"'),
        ("20:00", "08:00", '20:00-08:00 "days not stated"'),
        ("9", "5", '09:00-17:00 "days not stated"'),
        ("08:00", "08:00", None),
        ("8", "8", None),
        ("23:59", "00:00", None),
        ("lunes", "viernes", None),
        ("08:00", "cerrado", None),
    ],
)
def test_two_cells(start: str, end: str, gives: str | None) -> None:
    if gives is None:
        with pytest.raises(CellProblem):
            joined_hours(start, end)
    else:
        assert joined_hours(start, end) == gives


def test_a_problem_is_told_at_every_row() -> None:
    for _ in range(2):
        with pytest.raises(CellProblem):
            clean_hours("8-10")


def _open_quarters(hours: str) -> set[int]:
    """The quarters of an hour, from a Monday on, in which the library has it open."""
    end = MONDAY + timedelta(days=7)
    found: set[int] = set()
    for begin, stop, state, _ in OpeningHours(hours).intervals(MONDAY, end):
        if str(state) == "open":
            first = (begin - MONDAY) // timedelta(minutes=15)
            found.update(range(first, (min(stop, end) - MONDAY) // timedelta(minutes=15)))
    return found


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _twelve(minutes: int) -> str:
    half = "am" if minutes < 720 else "p.m."
    return f"{(minutes // 60 + 11) % 12 + 1}:{minutes % 60:02} {half}"


@st.composite
def weeks(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A free text, and the rules of the grammar that say the same, each for one day."""
    names = draw(st.sampled_from([SPANISH, ENGLISH]))
    to, and_, of = (" a ", " y ", "de ") if names is SPANISH else (" to ", " and ", "from ")
    to = draw(st.sampled_from([to, "-", " - ", "–"]))  # noqa: RUF001
    written = draw(st.sampled_from([_clock, _twelve]))
    days_first = draw(st.booleans())
    days = draw(st.lists(st.integers(0, 6), unique=True, min_size=1, max_size=4).map(sorted))
    cuts = sorted([*days, 7])
    parts: list[str] = []
    rules: list[str] = []
    for first, next_first in pairwise(cuts):
        last = draw(st.integers(first, next_first - 1))
        listed = draw(st.booleans()) and last > first + 1
        said = [draw(st.sampled_from(names[day])) for day in range(first, last + 1)]
        said_days = to.join(dict.fromkeys((said[0], said[-1])))
        if listed:
            said_days = ", ".join(said[:-1]) + and_ + said[-1]
        times = draw(
            st.lists(st.integers(20, 95).map(lambda quarter: quarter * 15), min_size=2, max_size=4, unique=True).map(sorted)
        )
        times = times[: len(times) // 2 * 2]
        ranges = [(begin, end) for begin, end in zip(times[::2], times[1::2], strict=True) if end - begin >= 60]
        if not ranges:
            ranges = [(8 * 60, 15 * 60)]
        said_times = and_.join(f"{of}{written(begin)}{to}{written(end)}" for begin, end in ranges)
        parts.append(
            f"{said_days}{draw(st.sampled_from([' ', ': ']))}{said_times}" if days_first else f"{said_times} {said_days}"
        )
        osm_times = ",".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in ranges)
        rules.extend(f"{DAYS[day]} {osm_times}" for day in range(first, last + 1))
    text = draw(st.sampled_from(["; ", ", ", ". ", "\n", " "])).join(parts)
    # From 10 to 12 o'clock nothing tells the 24-hour clock: 10:00-11:00 may mean 23:00, and is refused.
    assume(written is _twelve or re.search(r"\b(?:0\d|1[3-9]|2\d):", text))
    return text, rules


@given(weeks())
def test_free_text_is_the_week_that_the_grammar_says(week: tuple[str, list[str]]) -> None:
    text, rules = week
    hours = clean_hours(text)
    assert opening_hours.validate(hours)
    assert _open_quarters(hours) == set().union(*map(_open_quarters, rules))


@given(
    st.lists(st.integers(0, 6), unique=True, min_size=1, max_size=6),
    st.integers(13, 23),
    st.integers(1, 8),
    st.integers(0, 6),
)
def test_a_night_is_not_cut_off_by_the_next_day(nights: list[int], begin: int, end: int, other: int) -> None:
    if end + 24 - begin > 16 or other in nights:
        return
    night = f"{begin}:00-{end:02}:00"
    text = f"{', '.join(ENGLISH[day][0] for day in nights)} {night}; {ENGLISH[other][0]} 09:00-12:00"
    expected = set().union(
        *(_open_quarters(f"{DAYS[day]} {night}") for day in nights), _open_quarters(f"{DAYS[other]} 09:00-12:00")
    )
    assert _open_quarters(clean_hours(text)) == expected


@given(
    st.lists(st.integers(0, 6), unique=True, min_size=1, max_size=7),
    st.integers(6, 12),
    st.integers(13, 23),
    st.sampled_from([", ", ",", " , "]),
)
def test_the_grammar_in_loose_spelling_is_the_same_week(days: list[int], begin: int, end: int, comma: str) -> None:
    names = comma.join(DAYS[day] for day in days)
    strict = f"{','.join(DAYS[day] for day in days)} {begin:02}:00-{end}:30"
    assert _open_quarters(clean_hours(f"{names} {begin}:00 - {end}:30")) == _open_quarters(strict)


TOKENS = (
    "lunes a - , ; y 8 9 13:00 08:00 am pm 24 horas cerrado domingo L V M sab / . : ( ) de la todos los días festivos mar Mo Fr "
    'noon 8-20 9-5 closed except weekends tarde 7 365 off PH " || + 24/7 Mo-Fr Tu'
)
WORDS = st.sampled_from(TOKENS.split())


@given(st.one_of(st.text(), st.lists(WORDS, max_size=14).map(" ".join), st.lists(WORDS, max_size=14).map("".join)))
def test_whatever_comes_out_can_be_read_and_is_stable(text: str) -> None:
    with suppress(CellProblem):
        hours = clean_hours(text)
        assert opening_hours.validate(hours)
        assert clean_hours(hours) == hours


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_two_cells(start: str, end: str) -> None:
    with suppress(CellProblem):
        assert opening_hours.validate(joined_hours(start, end))


@pytest.mark.parametrize(
    "piece", ["24 ", "a ", "8-", "lun ", "de la ", "(", '"', "8-9,", "8 a 9 y ", "Mo 08:00-10:00;", "\x00", "º"]
)
def test_64k_of_anything_is_refused(piece: str) -> None:
    with pytest.raises(CellProblem):
        clean_hours(piece * (65536 // len(piece)))


def test_the_ranges_of_mexican_units(shared_data: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = parquet.read_table(shared_data / "health-mx" / "clues_202501_horarios_nacional.parquet").to_pylist()
    ranges = {(row["HORA INICIO"], row["HORA FIN"], row["HORARIO"]) for row in rows}
    refused: set[str] = set()
    for start, end, text in ranges:
        try:
            joined = joined_hours(start, end)
        except CellProblem:
            refused.add(text)
            with pytest.raises(CellProblem):
                clean_hours(text)
        else:
            assert clean_hours(text) == joined
    assert len(ranges) == 294
    assert len(refused) == 21
    assert sum(row["HORARIO"] in refused for row in rows) == 392
