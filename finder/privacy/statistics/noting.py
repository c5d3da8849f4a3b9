"""Noting that somebody searched, for who has agreed to be counted; written in the background, so that no search waits for it."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from finder.domain.consent import ForAnalytics, Subject
from finder.domain.position import Position
from finder.domain.statistics import ANY_CARE, NO_CELL, SearchNote, week_of
from finder.errors import NotReady
from finder.privacy.coarsen import coarse_cell
from finder.privacy.grants import Grant
from finder.store.search_counts import SearchCounts

__all__ = ["VAGUE_M", "SearchNotes", "cell_of"]

_log = logging.getLogger(__name__)

VAGUE_M: Final = 5_000.0
"""A position that is not known better than this, such as most of network addresses, is in no cell that is worth counting."""
_MOST_IN_MEMORY: Final = 10_000
_WRITTEN_AT_ONCE: Final = 200
_PAUSE_S: Final = 1.0
"""Between two writes, so that many searches are one."""
_PAUSE_WHEN_BUSY_S: Final = 30.0
_LONGEST_IN_MEMORY: Final = timedelta(hours=1)
"""Loads take less; where a database is away for longer, nobody's searches shall stay in memory for its sake."""


def cell_of(position: Position) -> str:
    """The H3 cell of resolution 7 that a search is counted in, or :data:`finder.domain.statistics.NO_CELL`."""
    return coarse_cell(position.lon_lat) if position.accuracy_m <= VAGUE_M else NO_CELL


class SearchNotes:
    """For all threads of a process. ``start`` and ``stop`` belong into the app's ``on_startup`` and ``on_shutdown``.

    What is in memory when the process is killed is lost; what comes while :data:`_MOST_IN_MEMORY` notes wait is not noted, and
    what cannot be written for :data:`_LONGEST_IN_MEMORY` is dropped. ``on_problem`` hears what goes wrong, which never ends the
    thread; ``clock`` gives aware times.
    """

    def __init__(
        self,
        counts: SearchCounts,
        on_problem: Callable[[Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._counts = counts
        self._on_problem = on_problem
        self._clock = clock
        self._waiting: deque[tuple[datetime, SearchNote]] = deque()
        """Each with when it came, oldest first."""
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, grant: Grant[ForAnalytics], subject: Subject, position: Position, care: Iterable[str]) -> None:
        """Note that a person who has agreed to be counted searches for specialties near a position: of this the cell alone.

        ``care`` are ids of ``finder.care.specialties``; none for a search that names none. Raises :class:`TypeError` for what is
        no grant, or one for another purpose.
        """
        # For code that the type checker has not seen.
        if type(grant) is not Grant or grant.purpose is not ForAnalytics:  # pyright: ignore[reportUnnecessaryIsInstance, reportUnnecessaryComparison]
            raise TypeError("Who has not agreed to be counted is not counted: it takes a grant for analytics.")
        now, cell = self._clock(), cell_of(position)
        week = week_of(now)
        for specialty in tuple(care) or (ANY_CARE,):
            if len(self._waiting) < _MOST_IN_MEMORY:
                self._waiting.append((now, SearchNote(week=week, subject=subject, cell=cell, specialty=specialty)))
        self._something.set()

    def write(self) -> bool:
        """Write what is in memory; whether nothing is left there."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _WRITTEN_AT_ONCE))]
            try:
                self._counts.note([note for _, note in batch], at=self._clock())
            except NotReady as error:  # a load writes, perhaps
                self._waiting.extendleft(reversed(batch))
                _log.info("Statistics are not written yet: %s", error)
                self._drop_old()
                return not self._waiting
        return True

    def _drop_old(self) -> None:
        over, dropped = self._clock() - _LONGEST_IN_MEMORY, 0
        while self._waiting and self._waiting[0][0] <= over:
            self._waiting.popleft()
            dropped += 1
        if dropped:
            _log.warning("%d searches could not be written for an hour, and are not counted.", dropped)

    def start(self) -> None:
        """Start the thread that writes."""
        self._thread = threading.Thread(target=self._write_on, name="statistics", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write the rest, if that can be done now, and give the connections back."""
        self._stopping.set()
        self._something.set()
        if self._thread is not None:
            self._thread.join()
        self._counts.close()

    def _write_on(self) -> None:
        while not self._stopping.is_set():
            self._something.wait()
            self._something.clear()
            done = self._written()
            if not done:
                self._something.set()
            self._stopping.wait(_PAUSE_S if done else _PAUSE_WHEN_BUSY_S)
        self._written()

    def _written(self) -> bool:
        try:
            return self.write()
        except Exception as error:  # those of the batch are not counted
            self._on_problem(error)
            return not self._waiting
