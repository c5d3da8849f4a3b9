"""Previews and commits, which take minutes: one at a time, in a thread of the service, told in a file beside the upload."""

import fcntl
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from finder.api.admin.desk import Progress
from finder.api.admin.shelf import UploadShelf, write_whole
from finder.errors import FinderError, NotFound
from finder.http.faults import log_fault
from finder.loading.intake import As

__all__ = ["Job", "JobKind", "JobRunner", "JobState"]

_log = logging.getLogger(__name__)

TELL_EVERY_S = 0.5
"""How often progress is written down."""
LOOK_EVERY_S = 0.2
LONGEST_GOODBYE_S = 10.0


class JobKind(StrEnum):
    """What is done with an upload."""

    PREVIEW = "preview"
    COMMIT = "commit"


class JobState(StrEnum):
    """How far it is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It cannot be done; ``problem`` says why."""
    INTERRUPTED = "interrupted"
    """The service stopped meanwhile. Asking again is safe: a load is kept whole or not at all."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One preview or commit of one upload."""

    kind: JobKind
    state: JobState
    asked_at: datetime
    source: str | None
    as_: As | None
    mapping_digest: str
    ended_at: datetime | None = None
    done: int = 0
    total: int = 0
    problem: str | None = None
    report: dict[str, Any] | None = None


class _Stopped(Exception):
    """Ends the work from within its progress."""


class _Task(NamedTuple):
    upload_id: str
    job: Job
    work: Callable[[Progress], dict[str, Any]]
    on_end: Callable[[Job], None]
    lock: int


class JobRunner:
    """Runs what :meth:`ask` is given, in the order of asking; among processes of one service one at a time too.

    An upload's lock is held from asking to the end. The system gives it back when the process dies, however it dies: so a
    job that is said to be running and whose lock is free was interrupted.
    """

    def __init__(self, shelf: UploadShelf) -> None:
        self._shelf = shelf
        self._tasks: queue.Queue[_Task | None] = queue.Queue()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread. A job that is cut off by the end of the process is safe: so it does not keep the process alive."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="finder-admin-jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Interrupt the job at its next sign of progress, and wait for it a little."""
        self._stopping.set()
        self._tasks.put(None)
        if self._thread is not None:
            self._thread.join(LONGEST_GOODBYE_S)

    def ask(
        self,
        upload_id: str,
        job: Job,
        work: Callable[[Progress], dict[str, Any]],
        on_end: Callable[[Job], None],
    ) -> Job:
        """Have ``work`` done. Raises :class:`Conflict` while another job of the same upload is not at its end."""
        lock = self._shelf.lock(upload_id)
        try:
            self._tell(upload_id, job)
        except BaseException:
            os.close(lock)
            raise
        self._tasks.put(_Task(upload_id, job, work, on_end, lock))
        return job

    def look(self, upload_id: str, kind: JobKind) -> Job:
        """The last job of a kind. Raises :class:`NotFound` where none was asked for."""
        job = self._read(upload_id, kind)
        if job.state in (JobState.QUEUED, JobState.RUNNING) and not self._shelf.is_locked(upload_id):
            job = self._read(upload_id, kind)  # it may have come to its end between the two looks
            if job.state in (JobState.QUEUED, JobState.RUNNING):
                return msgspec.structs.replace(job, state=JobState.INTERRUPTED)
        return job

    def _read(self, upload_id: str, kind: JobKind) -> Job:
        try:
            content = (self._shelf.folder(upload_id) / f"{kind}.json").read_bytes()
        except FileNotFoundError:
            raise NotFound(f"No {kind} was asked for: POST to this address first.") from None
        return msgspec.json.decode(content, type=Job)

    def _tell(self, upload_id: str, job: Job) -> None:
        write_whole(self._shelf.folder(upload_id) / f"{job.kind}.json", msgspec.json.encode(job))

    def _run(self) -> None:
        while not self._stopping.is_set():
            if (task := self._tasks.get()) is not None:
                try:
                    self._do(task)
                except Exception as error:
                    log_fault(error)
                finally:
                    os.close(task.lock)
        while not self._tasks.empty():
            if (task := self._tasks.get_nowait()) is not None:
                os.close(task.lock)

    def _do(self, task: _Task) -> None:
        job = task.job
        last_told = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal job, last_told
            if self._stopping.is_set():
                raise _Stopped
            if (now := time.monotonic()) - last_told >= TELL_EVERY_S:
                last_told = now
                job = msgspec.structs.replace(job, state=JobState.RUNNING, done=done, total=total)
                self._tell(task.upload_id, job)

        try:
            with self._only_one():
                progress(0, 0)
                report = msgspec.to_builtins(task.work(progress), str_keys=True)
            job = msgspec.structs.replace(job, state=JobState.DONE, report=report)
        except _Stopped:
            job = msgspec.structs.replace(job, state=JobState.INTERRUPTED)
        except FinderError as error:
            job = msgspec.structs.replace(job, state=JobState.FAILED, problem=str(error))
        except Exception as error:
            log_fault(error)
            problem = "Something went wrong on our side. It has been logged."
            if job.kind is JobKind.COMMIT:  # it may have been after the load was stored
                problem += " Whether the file was loaded GET /loads tells; committing again does nothing twice."
            job = msgspec.structs.replace(job, state=JobState.FAILED, problem=problem)
        job = msgspec.structs.replace(job, ended_at=datetime.now(UTC))
        task.on_end(job)
        self._tell(task.upload_id, job)

    @contextmanager
    def _only_one(self) -> Generator[None]:
        with (self._shelf.root / ".jobs.lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if self._stopping.wait(LOOK_EVERY_S):
                        raise _Stopped from None
                else:
                    break
            yield
