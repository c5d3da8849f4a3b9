"""Takes away what is over, kind by kind of :mod:`finder.privacy.retention`: by command, and every hour while the service runs."""

import fcntl
import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import msgspec

from finder.errors import Conflict, FinderError, NotReady
from finder.privacy.retention import KINDS, Kind
from finder.store.sweeping import SweptStore

__all__ = ["SWEEP_EVERY_S", "FileSweep", "SweepThread", "Sweeper", "Swept"]

SWEEP_EVERY_S: Final = 3600.0
_AGAIN_AFTER_S: Final = 300.0
"""After a sweep that could not be done in whole: on SQLite a load may have been writing."""
_LONGEST_GOODBYE_S: Final = 10.0
_REST_S: Final = 0.1
"""After each batch others may write, on SQLite, where there is one writer: who waits there looks every tenth of a second."""

type FileSweep = Callable[[datetime, bool], int]
"""Removes files that were over before a moment, or with ``True`` removes none; how many."""
type Told = Callable[[Kind, int], None]
type Reached = bool | NotReady


class Swept(msgspec.Struct, frozen=True):
    """What became of one kind."""

    kind: Kind
    removed: int
    """Rows, files or uploads; in a rehearsal, how many would be, up to ``finder.store.sweeping.COUNTED_AT_MOST``."""
    problem: Exception | None = None
    """Why it is not done to its end."""


class Sweeper:
    """Over a store and the functions for the kinds that are files, by id. ``clock`` gives aware times.

    ``lock_path`` is a file that all processes of one machine name alike: one sweeps at a time.
    """

    def __init__(
        self,
        store: SweptStore,
        files: Mapping[str, FileSweep],
        lock_path: Path,
        *,
        kinds: Sequence[Kind] = KINDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._files = files
        self._lock_path = lock_path
        self._clock = clock
        self.kinds = tuple(kinds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._store.close()

    def is_ready(self) -> bool:
        """Whether there is a store whose tables are up to date."""
        return self._reached() is True

    def sweep(self, told: Told = lambda _kind, _removed: None, stop: threading.Event | None = None) -> list[Swept]:
        """Take away what is over; ``told`` hears after each batch how much of a kind is gone, ``stop`` ends it after the batch.

        What goes wrong with one kind keeps no other. Raises :class:`Conflict` when another process sweeps.
        """
        stop = stop or threading.Event()
        with self._only_one():
            reached = self._reached()
            swept = [self._of_kind(kind, reached, told, stop) for kind in self._swept_kinds()]
            tables = {table for each in swept if each.removed and each.kind.sweep for table in each.kind.held_in}
            self._store.leave_no_trace(sorted(tables))
            return swept

    def rehearse(self) -> list[Swept]:
        """Say what :meth:`sweep` would take away. Raises :class:`Conflict` as it does."""
        with self._only_one():
            reached = self._reached()
            return [self._rehearsed(kind, reached) for kind in self._swept_kinds()]

    def _swept_kinds(self) -> list[Kind]:
        return [kind for kind in self.kinds if kind.is_swept]

    def _reached(self) -> Reached:
        """Whether there is a store to sweep, asked once for all kinds."""
        try:
            return self._store.is_there()
        except NotReady as error:
            return error

    def _of_kind(self, kind: Kind, reached: Reached, told: Told, stop: threading.Event) -> Swept:
        removed = 0
        try:
            before = self._before(kind)
            if kind.sweep is None:
                removed = self._files[kind.id](before, False)
                told(kind, removed)
            elif _is_there(reached):
                batches = self._store.sweep(kind.sweep, before)
                rest_s = _REST_S if self._store.has_one_writer else 0.0
                for deleted in batches:
                    removed += deleted
                    told(kind, removed)
                    if stop.wait(rest_s):
                        break
        except (FinderError, OSError) as problem:
            return Swept(kind, removed, problem)
        return Swept(kind, removed)

    def _rehearsed(self, kind: Kind, reached: Reached) -> Swept:
        try:
            before = self._before(kind)
            if kind.sweep is None:
                return Swept(kind, self._files[kind.id](before, True))
            return Swept(kind, self._store.rehearse(kind.sweep, before) if _is_there(reached) else 0)
        except (FinderError, OSError) as problem:
            return Swept(kind, 0, problem)

    def _before(self, kind: Kind) -> datetime:
        assert kind.lasts is not None  # noqa: S101 - else it would not be swept
        return self._clock().astimezone(UTC) - kind.lasts

    @contextmanager
    def _only_one(self) -> Generator[None]:
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("A sweep is going on in another process: wait for its end.") from None
        else:
            yield
        finally:
            os.close(lock)


def _is_there(reached: Reached) -> bool:
    if isinstance(reached, NotReady):
        raise reached
    return reached


class SweepThread:
    """Sweeps when the service starts and every hour, in each of its processes. ``start`` and ``stop`` belong to the app's own.

    ``chores`` are done before: what turns data that are over into something else. ``on_problem`` hears what goes wrong, which
    never ends the thread.
    """

    def __init__(
        self, sweeper: Sweeper, on_problem: Callable[[Exception], None], chores: Sequence[Callable[[], object]] = ()
    ) -> None:
        self._sweeper = sweeper
        self._on_problem = on_problem
        self._chores = tuple(chores)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread. A sweep that is cut off by the end of the process is safe: so it does not keep the process alive."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="finder-sweep", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End a sweep after the batch that is being done, wait for it a little, and give the connections back."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_LONGEST_GOODBYE_S)
        self._sweeper.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            for chore in self._chores if self._sweeper.is_ready() else ():
                self._tried(chore)
            problems = self._tried(self._sweep)
            self._stopping.wait(_AGAIN_AFTER_S if problems else SWEEP_EVERY_S)

    def _sweep(self) -> int:
        """How many different problems there were; each is told once."""
        try:
            swept = self._sweeper.sweep(stop=self._stopping)
        except Conflict:  # so it is being done
            return 0
        problems = {str(each.problem): each.problem for each in swept if each.problem}
        for problem in problems.values():
            self._on_problem(problem)
        return len(problems)

    def _tried(self, work: Callable[[], object]) -> object:
        try:
            return work()
        except Exception as error:
            self._on_problem(error)
            return True
