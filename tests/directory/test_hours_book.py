"""The book says of every slot what its own hours say."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directory.hours import HoursState, hours_of
from finder.directory.hours_book import CLOSED, OPEN, UNKNOWN, HoursBook, HoursClass, write_hours_book
from finder.errors import BadInput, Damaged

HOURS: list[HoursClass] = [
    ("Mo-Fr 08:00-18:00", "America/Tijuana", "MX"),
    ("24/7", "America/Los_Angeles", "US"),
    ("Mo-Fr 08:00-18:00", "America/Los_Angeles", "US"),
    ("Mo-Fr 08:00-18:00", "America/Tijuana", "MX"),
    (None, "America/Tijuana", "MX"),
    ("24/7", None, "MX"),
    ("Mo-Su 20:00-01:30", "America/Tijuana", "MX"),
    ('Mo-Fr 08:00-16:00 || "call us"', "America/Tijuana", "MX"),
    ("mostly mornings", "America/Tijuana", "MX"),
    ("Mo-Su 09:00-21:00; PH off", "Europe/Helsinki", "FI"),
    ("Mo-Su 09:00-21:00", "Europe/Helsinki", None),
]
SLOTS = np.arange(len(HOURS))
START = datetime(2026, 10, 25, tzinfo=UTC)
NUMBERS = {HoursState.CLOSED: CLOSED, HoursState.OPEN: OPEN, HoursState.UNKNOWN: UNKNOWN}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> HoursBook:
    folder = tmp_path_factory.mktemp("book")
    assert write_hours_book(folder, iter(HOURS)) == 9
    return HoursBook.open(folder)


def test_slots_with_the_same_hours_share_a_class(book: HoursBook) -> None:
    classes = book.classes_of(SLOTS)
    assert (len(book), classes.dtype) == (len(HOURS), np.uint32)
    assert classes[0] == classes[3] != classes[2]
    assert classes[4] == classes[5]
    assert book.classes[classes[2]] == HOURS[2]


@given(st.lists(st.integers(0, 75 * 24 * 60), min_size=1, max_size=4), st.lists(st.integers(0, len(HOURS) - 1)))
def test_the_states_are_those_of_each_place(book: HoursBook, minutes: list[int], slots: list[int]) -> None:
    """In whatever order moments are asked for, over both a change of the clocks and Christmas."""
    asked = np.array(slots, dtype=np.int64)
    for minute in minutes:
        at = START + timedelta(minutes=minute, seconds=17)
        expected = [NUMBERS[hours_of(*HOURS[slot], at).state] for slot in slots]
        assert book.states_at(asked, at).tolist() == expected
        assert book.open_at(asked, at).tolist() == [state == OPEN for state in expected]


@given(st.integers(0, 75 * 24 * 60), st.lists(st.floats(0, 6 * 3600), min_size=len(HOURS), max_size=len(HOURS)))
def test_states_on_arrival_are_those_of_that_very_moment(book: HoursBook, minute: int, likely_s: list[float]) -> None:
    at = START + timedelta(minutes=minute, seconds=17)
    states = book.states_on_arrival(SLOTS, at, np.array(likely_s)).tolist()
    is_open = book.open_on_arrival(SLOTS, at, np.array(likely_s)).tolist()
    for hours, seconds, state, known_open in zip(HOURS, likely_s, states, is_open, strict=True):
        arrives = datetime.fromtimestamp(at.timestamp() + seconds, UTC)
        assert state == NUMBERS[hours_of(*hours, arrives).state]
        assert known_open == (state == NUMBERS[HoursState.OPEN])


def test_what_is_never_reached_is_not_open(book: HoursBook) -> None:
    always = np.array([1, 1, 1])
    assert book.open_on_arrival(always, START, np.array([600.0, np.inf, np.nan])).tolist() == [True, False, False]


def test_answers_have_the_shape_of_the_question(book: HoursBook) -> None:
    assert book.open_at(np.empty(0, dtype=np.int64), START).shape == (0,)
    pairs = np.array([[0, 1], [2, 3], [4, 5]])
    assert book.open_at(pairs, START).shape == (3, 2)
    assert book.open_on_arrival(pairs, START, np.zeros((3, 2))).shape == (3, 2)


def test_threads_that_ask_for_other_moments_do_not_disturb_each_other(book: HoursBook) -> None:
    ats = [START + timedelta(minutes=37 * step) for step in range(200)]
    expected = [[NUMBERS[hours_of(*hours, at).state] for hours in HOURS] for at in ats]

    def states(at: datetime) -> list[int]:
        return book.states_at(SLOTS, at).tolist()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(states, ats)) == expected


def test_a_book_of_nothing(tmp_path: Path) -> None:
    assert write_hours_book(tmp_path / "new", []) == 0
    book = HoursBook.open(tmp_path / "new")
    assert (len(book), book.open_at(np.empty(0, dtype=np.int64), START).tolist()) == (0, [])


def test_a_moment_without_a_time_zone_is_refused(book: HoursBook) -> None:
    with pytest.raises(BadInput, match="time zone"):
        book.open_at(SLOTS, datetime(2026, 11, 24, 12))  # noqa: DTZ001


@pytest.mark.parametrize("file", ["hours.npy", "hours_classes.json"])
@pytest.mark.parametrize("content", [None, b"", b"[]", b"\x93NUMPY", b'[["24/7"]]'])
def test_a_damaged_book_says_so(tmp_path: Path, file: str, content: bytes | None) -> None:
    write_hours_book(tmp_path, HOURS)
    (tmp_path / file).unlink() if content is None else (tmp_path / file).write_bytes(content)
    with pytest.raises(Damaged, match="publish again"):
        HoursBook.open(tmp_path)


def test_a_book_of_another_type_is_damaged(tmp_path: Path) -> None:
    write_hours_book(tmp_path, HOURS)
    np.save(tmp_path / "hours.npy", np.zeros(3))
    with pytest.raises(Damaged, match="publish again"):
        HoursBook.open(tmp_path)
