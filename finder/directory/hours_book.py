"""Which of many places are open, at once: the opening hours of every slot of a snapshot, numbered by what they say.

Most places share their hours with others, and their state seldom changes. So each distinct (hours, time zone, country) is one
*class*, each slot has the number of its class, and a class is asked anew only once its last answer has run out. Works for any
list that has hours: facilities, or practitioners at their places of work.

::

    hours.npy             slot -> number of the class, uint32
    hours_classes.json    number -> [hours, time zone, country], each a text or null
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directory.hours import HORIZON, HoursState, hours_of
from finder.errors import BadInput, Damaged

__all__ = ["CLOSED", "OPEN", "UNKNOWN", "HoursBook", "HoursClass", "write_hours_book"]

type HoursClass = tuple[str | None, str | None, str | None]
"""Opening hours in OpenStreetMap's grammar, IANA time zone, ISO 3166-1 alpha-2 country: all that the state depends on."""

CLOSED: Final = 0
OPEN: Final = 1
UNKNOWN: Final = 2
_NUMBER_OF_STATE: Final = {HoursState.CLOSED: CLOSED, HoursState.OPEN: OPEN, HoursState.UNKNOWN: UNKNOWN}
_NOTHING_KNOWN: Final[HoursClass] = (None, None, None)
_FILE: Final = "hours.npy"
_CLASSES_FILE: Final = "hours_classes.json"


def write_hours_book(folder: Path, hours: Iterable[HoursClass]) -> int:
    """Write the two files into the folder, made if need be, from the hours of each slot in order. Returns how many classes."""
    numbers: dict[HoursClass, int] = {}
    of_slot = [
        numbers.setdefault((text, time_zone, country) if text and time_zone else _NOTHING_KNOWN, len(numbers))
        for text, time_zone, country in hours
    ]
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / _FILE, np.array(of_slot, dtype=np.uint32), allow_pickle=False)
    (folder / _CLASSES_FILE).write_bytes(msgspec.json.encode(list(numbers)))
    return len(numbers)


class HoursBook:
    """The hours of every slot. Safe to ask from many threads at once.

    ``classes`` are the distinct hours. Slots are given as an int64 array of any shape, and answers have that shape.
    """

    def __init__(self, class_of_slot: NDArray[np.uint32], classes: list[HoursClass]) -> None:
        self.classes = classes
        self._class_of_slot = class_of_slot
        self._told = np.array([one != _NOTHING_KNOWN for one in classes], dtype=np.bool_)
        self._lock = Lock()
        # The last answer for each class, and from when to before when (s since 1970) it holds; at first for no time at all.
        self._state = np.full(len(classes), UNKNOWN, dtype=np.uint8)
        self._from_s = np.zeros(len(classes))
        self._until_s = np.zeros(len(classes))

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Memory-map what :func:`write_hours_book` wrote. Raises :class:`Damaged` when a file is missing or does not fit."""
        try:
            class_of_slot: NDArray[np.uint32] = np.load(folder / _FILE, mmap_mode="r", allow_pickle=False)
            classes = msgspec.json.decode((folder / _CLASSES_FILE).read_bytes(), type=list[HoursClass])
        except (OSError, ValueError, EOFError, msgspec.MsgspecError) as error:
            raise _damaged(folder) from error
        if class_of_slot.ndim != 1 or class_of_slot.dtype != np.dtype(np.uint32):
            raise _damaged(folder)
        if len(class_of_slot) and int(class_of_slot.max()) >= len(classes):
            raise _damaged(folder)
        return cls(class_of_slot, classes)

    def __len__(self) -> int:
        return len(self._class_of_slot)

    def classes_of(self, slots: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Return the number of each slot's class, the place of its hours in ``classes``."""
        return self._class_of_slot[slots]

    def states_at(self, slots: NDArray[np.int64], at: datetime) -> NDArray[np.uint8]:
        """Return CLOSED (0), OPEN (1) or UNKNOWN (2) for each slot at an aware moment, as :func:`hours_of` has it."""
        _check_aware(at)
        classes = self.classes_of(slots)
        return self._states(classes.ravel(), np.full(classes.size, at.timestamp())).reshape(classes.shape)

    def open_at(self, slots: NDArray[np.int64], at: datetime) -> NDArray[np.bool_]:
        """Return which of the slots are known to be open at an aware moment."""
        return self.states_at(slots, at) == OPEN

    def are_told(self, slots: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of the slots have hours at all: of the others nothing is known at any moment."""
        return self._told[self.classes_of(slots)]

    def states_on_arrival(self, slots: NDArray[np.int64], at: datetime, likely_s: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Return the state of each slot when a person gets there who leaves at the aware moment ``at``.

        ``likely_s`` has the seconds to each slot, in the shape of ``slots``. What takes longer than 35 days, or is no number, is
        never reached: unknown.
        """
        _check_aware(at)
        classes = self.classes_of(slots)
        states = np.full(classes.shape, UNKNOWN, dtype=np.uint8)
        reached = likely_s <= HORIZON.total_seconds()
        states[reached] = self._states(classes[reached], at.timestamp() + likely_s[reached])
        return states

    def open_on_arrival(self, slots: NDArray[np.int64], at: datetime, likely_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which slots are known to be open on arrival, as :meth:`states_on_arrival`."""
        return self.states_on_arrival(slots, at, likely_s) == OPEN

    def _states(self, classes: NDArray[np.uint32], at_s: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Return the state of each class, shape (n,), at its own moment, shape (n,)."""
        with self._lock:
            states = self._state[classes]
            stale = np.flatnonzero(~((self._from_s[classes] <= at_s) & (at_s < self._until_s[classes])))
            if len(stale):
                stale = stale[np.lexsort((at_s[stale], classes[stale]))]
                number, moment_s = classes[stale], at_s[stale]
                first = np.ones(len(stale), dtype=np.bool_)
                first[1:] = (number[1:] != number[:-1]) | (moment_s[1:] != moment_s[:-1])
                asked = [self._state_of(*pair) for pair in zip(number[first].tolist(), moment_s[first].tolist(), strict=True)]
                states[stale] = np.array(asked, dtype=np.uint8)[np.cumsum(first) - 1]
            return states

    def _state_of(self, number: int, at_s: float) -> np.uint8:
        if not self._from_s[number] <= at_s < self._until_s[number]:
            at = datetime.fromtimestamp(at_s, UTC)
            now = hours_of(*self.classes[number], at)
            self._state[number] = _NUMBER_OF_STATE[now.state]
            until_s = now.until.timestamp() if now.until else at_s + HORIZON.total_seconds()
            # What holds until the same change held before too: an earlier moment must not make a later one forgotten.
            same = now.until is not None and until_s == self._until_s[number]
            self._from_s[number] = min(at_s, self._from_s[number]) if same else at_s
            self._until_s[number] = until_s
        return self._state[number]


def _check_aware(at: datetime) -> None:
    if at.tzinfo is None:
        raise BadInput("A moment needs its time zone, or it would be read by this server's own clock.")


def _damaged(folder: Path) -> Damaged:
    return Damaged(f"The opening hours in folder {folder.name!r} are missing, damaged or of another snapshot: publish again.")
