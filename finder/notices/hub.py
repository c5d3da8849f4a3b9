"""Waking the open pages of a person of whom there is a new notice or no armed visit any more, whichever process stored it.

Who stores it in this process says so with :meth:`NoticeHub.wake`, and the page has it within milliseconds. Of what other
processes store the store is asked twice a second, by one thread and for all pages at once, and only while a page is open.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Final

from finder.domain.consent import Subject
from finder.errors import NotReady

__all__ = ["MOST_STREAMS", "STREAMS_OF_ONE", "End", "News", "NoticeHub"]

MOST_STREAMS: Final = 4_000
"""Of one process. ``finder serve`` takes more connections than that, so that open pages keep nobody out."""
STREAMS_OF_ONE: Final = 4
"""Of one person. The fifth ends the oldest: a phone that lost its network leaves streams behind that nobody reads."""
HEARTBEAT_S: Final = 15.0
_POLL_S: Final = 0.5
_POLL_WHEN_FAILING_S: Final = 5.0
_READERS: Final = 2
_MOST_ASKED: Final = 500
"""Persons of whom it is asked at once whether a visit is armed. Where more listen the others have their turn next."""


class End(StrEnum):
    """Why a stream is over."""

    STOPPING = "stopping"
    """The service stops; another process or the next one goes on."""
    ELSEWHERE = "elsewhere"
    """The person has opened more streams than one person may have."""
    NOTHING_ARMED = "nothing_armed"
    """No visit of the person's is armed any more: the last one was stopped somewhere, or has ended."""


class News:
    """One stream's wakings: ``async for is_news in news`` goes round at once, at each waking, and after each silence.

    ``is_news`` is false after :data:`HEARTBEAT_S` without a waking. The loop ends when the hub ends the stream. Wakings that
    come while the body of the loop runs are one.
    """

    def __init__(self, heartbeat_s: float) -> None:
        self.seq = 0
        """The newest notice that has gone out on this stream, as the stream notes it: for an older one nobody wakes it."""
        self.end: End | None = None
        """Why it is over; ``None`` while it is not."""
        self._heartbeat_s = heartbeat_s
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._woken.set()

    def __aiter__(self) -> "News":
        return self

    async def __anext__(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._heartbeat_s):
                await self._woken.wait()
        if self.end is not None:
            raise StopAsyncIteration
        is_news = self._woken.is_set()
        self._woken.clear()
        return is_news

    def again_in(self, seconds: float) -> None:
        """Wake the stream by itself, as what woke it could not be read now."""
        self._loop.call_later(seconds, self._woken.set)

    def wake(self) -> None:
        """Wake the stream, from any thread."""
        with suppress(RuntimeError):  # its loop has been closed, and it with it
            self._loop.call_soon_threadsafe(self._woken.set)

    def over(self, end: End) -> None:
        """End the stream, from any thread."""
        self.end = self.end or end
        self.wake()


class NoticeHub:
    """All streams of a process. ``newest`` gives the numbers of newer notices than one, ascending, and of whom they are;
    ``armed`` gives those of some persons who have an armed visit.

    ``start`` and ``stop`` belong into the app's ``on_startup`` and ``on_shutdown``. ``on_problem`` hears what goes wrong while
    asking, once until it goes well again; that never ends the thread.
    """

    def __init__(
        self,
        newest: Callable[[int], Sequence[tuple[int, Subject]]],
        armed: Callable[[Collection[Subject]], Collection[Subject]],
        on_problem: Callable[[Exception], None],
        *,
        poll_s: float = _POLL_S,
        heartbeat_s: float = HEARTBEAT_S,
        most_streams: int = MOST_STREAMS,
    ) -> None:
        self._newest = newest
        self._armed = armed
        self._on_problem = on_problem
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._most_streams = most_streams
        self._streams: dict[Subject, list[News]] = {}
        """Of each person the oldest first."""
        self._count = 0
        self._heard_seq = 0
        """Newer notices than this nobody has been woken for by asking. It stays where it is while nobody listens: so who begins
        to listen is woken for all that is stored after it read what there was."""
        self._turn = 0
        """How many of those who listen have had their turn to be asked about."""
        self._changed = threading.Condition()
        self._is_stopping = False
        self._failing = False
        self._thread: threading.Thread | None = None
        self._readers = ThreadPoolExecutor(_READERS, "notices")

    @property
    def streams(self) -> int:
        """How many are open."""
        return self._count

    def start(self) -> None:
        """Start the thread that asks for the notices of other processes."""
        self._thread = threading.Thread(target=self._poll_on, name="notices of others", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all streams and threads."""
        self.end_streams()
        if self._thread is not None:
            self._thread.join()
        self._readers.shutdown(cancel_futures=True)

    def end_streams(self) -> None:
        """End every stream, as the server that stops waits for them before it says that it does; no other begins any more."""
        with self._changed:
            self._is_stopping = True
            for one in self._all():
                one.over(End.STOPPING)
            self._changed.notify_all()

    def wake(self, subject: Subject) -> None:
        """Wake the streams of a person of whom something was stored. From any thread; costs nothing where none is open."""
        if subject in self._streams:
            with self._changed:
                for one in self._streams.get(subject, ()):
                    one.wake()

    def check_room(self) -> None:
        """Raise :class:`NotReady` where no stream can be opened now."""
        if self._is_stopping or self._count >= self._most_streams:
            raise NotReady("As many pages listen for notices as one process serves. Try again in a moment.")

    @asynccontextmanager
    async def listening(self, subject: Subject) -> AsyncGenerator[News]:
        """Open a stream for a person. Raises :class:`NotReady` as :meth:`check_room` does."""
        news = News(self._heartbeat_s)
        with self._changed:
            self.check_room()
            own = self._streams.setdefault(subject, [])
            own.append(news)
            self._count += 1
            for one in own[:-STREAMS_OF_ONE]:
                one.over(End.ELSEWHERE)
            self._changed.notify_all()
        try:
            yield news
        finally:
            with self._changed:
                own.remove(news)
                self._count -= 1
                if not own:
                    del self._streams[subject]

    async def aside[T](self, work: Callable[[], T]) -> T:
        """Do something that may wait for the store on a thread of the streams' own: searches have few, and need them."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    def poll(self) -> None:
        """Ask once, and wake whoever there is something new of. Never raises."""
        try:
            found = self._newest(self._heard_seq)
            asked = self._next_asked()
            unarmed = set(asked).difference(self._armed(asked)) if asked else ()
        except Exception as error:
            if not self._failing:
                self._on_problem(error)
            self._failing = True
            return
        self._failing = False
        with self._changed:
            for seq, subject in found:
                for one in self._streams.get(subject, ()):
                    if one.seq < seq:
                        one.wake()
            for subject in unarmed:
                for one in self._streams.get(subject, ()):
                    one.wake()
        self._heard_seq = max((seq for seq, _ in found), default=self._heard_seq)

    def _next_asked(self) -> list[Subject]:
        """Whose turn it is to be asked about: everybody's who listens, :data:`_MOST_ASKED` at once."""
        with self._changed:
            listening = list(self._streams)
        begin = self._turn if self._turn < len(listening) else 0
        self._turn = begin + _MOST_ASKED
        return listening[begin : self._turn]

    def _poll_on(self) -> None:
        pause_s = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping, pause_s)
                self._changed.wait_for(lambda: self._is_stopping or self._streams)
                if self._is_stopping:
                    return
            self.poll()
            pause_s = _POLL_WHEN_FAILING_S if self._failing else self._poll_s

    def _all(self) -> list[News]:
        return [one for own in self._streams.values() for one in own]
