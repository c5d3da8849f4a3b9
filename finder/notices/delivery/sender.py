"""The thread that empties the outbox: in each process of a service one, none of which sends what another is sending."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from finder.domain.delivery import Channel, Delivery
from finder.errors import Damaged
from finder.notices.delivery.attempt import LATER, REFUSED, TAKEN, Attempt, Result, Send
from finder.notices.delivery.envelope import opened
from finder.privacy.sealing import ServiceKey
from finder.store.deliveries import Deliveries

__all__ = ["LEASE_S", "Sender", "back_off_s"]

LEASE_S: Final = 45.0
"""Longer than any attempt takes; after it another sender takes over what one that died had begun."""
_AT_ONCE: Final = 16
_AT_ONE_PLACE: Final = 4
"""At one host or one webhook: one that is slow to answer leaves most threads to the others."""
_PLACE_BUSY_S: Final = 1.0
_LOOKED_EVERY_S: Final = 0.5
_AFTER_TROUBLE_S: Final = 5.0
"""While the database does not answer."""
_GOODBYE_S: Final = 3.0
_FIRST_S: Final = {Channel.PUSH: 10.0, Channel.WEBHOOK: 10.0, Channel.EMAIL: 30.0, Channel.SMS: 30.0}
_LONGEST_S: Final = {Channel.PUSH: 600.0, Channel.WEBHOOK: 7200.0, Channel.EMAIL: 3600.0, Channel.SMS: 600.0}
_LONGEST_ASKED_S: Final = 6 * 3600.0
"""Who asks us to wait for longer is asked again all the same."""


def back_off_s(channel: Channel, attempts: int, *, asked_s: float | None, chance: float) -> float:
    """Return after how many seconds to try again, when ``attempts`` have failed: twice as long each time, to some longest.

    Never before ``asked_s``, for which the receiver asked. ``chance``, 0 to 1, spreads the attempts of many over half of it.
    """
    longest = min(_LONGEST_S[channel], _FIRST_S[channel] * 2.0 ** min(attempts - 1, 32))
    return max(longest * (0.5 + 0.5 * chance), min(asked_s or 0.0, _LONGEST_ASKED_S))


class Sender:
    """Sends what is due by its channel, in threads of its own. ``start`` and ``stop`` belong to the app's own.

    ``on_problem`` hears what goes wrong on our side, which never ends the thread. ``clock`` gives aware times.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        channels: Mapping[Channel, Send],
        key: ServiceKey,
        on_problem: Callable[[Exception], None],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._deliveries = deliveries
        self._channels = dict(channels)
        self._key = key
        self._on_problem = on_problem
        self._clock = clock
        self._chance = chance
        self._stopping = threading.Event()
        self._news = threading.Event()
        """There may be something to do: a thread is free, and what waited for it can go out."""
        self._free = threading.BoundedSemaphore(_AT_ONCE)
        self._places = Counter[str]()
        self._counting = threading.Lock()
        self._taken: set[str] = set()
        """What has arrived and could not be deleted, so that it is not sent again."""
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread. An end of the process in the middle of an attempt is safe: so it does not keep the process alive."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="finder-sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, wait a little for what is being sent, and give the connections back."""
        self._stopping.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join(_GOODBYE_S)
        self._deliveries.close()

    def send_due(self) -> int:
        """Send all that is due now, one after the other; how many attempts there were. For who has no thread running."""
        count = 0
        self._give_up()
        while leased := self._deliveries.lease(_AT_ONCE, self._clock(), LEASE_S):
            for delivery in leased:
                self._try(delivery)
            count += len(leased)
        return count

    def _run(self) -> None:
        threads, trouble = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="finder-send"), ""
        try:
            while not self._stopping.is_set():
                wait_s = _AFTER_TROUBLE_S
                try:
                    if self._deliveries.is_there():
                        self._give_up()
                        wait_s = self._hand_out(threads)
                    trouble = ""
                except Exception as error:
                    if str(error) != trouble:  # told once, and not every five seconds
                        self._on_problem(error)
                    trouble = str(error)
                self._news.wait(wait_s)
                self._news.clear()
        finally:
            threads.shutdown(wait=True, cancel_futures=True)

    def _hand_out(self, threads: ThreadPoolExecutor) -> float:
        """Give each thread that is free something that is due; after how many seconds to look again."""
        free = 0
        while self._free.acquire(blocking=False):
            free += 1
        leased: list[Delivery] = []
        try:
            leased = self._deliveries.lease(free, self._clock(), LEASE_S) if free else []
        finally:
            for _ in range(free - len(leased)):
                self._free.release()
        for delivery in leased:
            threads.submit(self._try, delivery).add_done_callback(self._is_free)
        return 0.0 if free and len(leased) == free else _LOOKED_EVERY_S

    def _is_free(self, _done: Future[None]) -> None:
        self._free.release()
        self._news.set()

    def _give_up(self) -> None:
        self._deliveries.give_up(self._clock())

    def _try(self, delivery: Delivery) -> None:
        try:
            attempt = TAKEN if delivery.id in self._taken else self._attempt(delivery)
            if attempt is None:
                self._deliveries.put_back(delivery, self._clock() + timedelta(seconds=_PLACE_BUSY_S))
                return
            if attempt.result is not Result.LATER:
                self._taken.add(delivery.id)
                self._deliveries.done(delivery.id)
                self._taken.discard(delivery.id)
                return
            wait_s = back_off_s(delivery.channel, delivery.attempts, asked_s=attempt.retry_after_s, chance=self._chance())
            self._deliveries.failed(delivery, self._clock() + timedelta(seconds=wait_s))
        except Exception as error:  # what cannot be written now is sent again when the lease is over
            self._on_problem(error)

    def _attempt(self, delivery: Delivery) -> Attempt | None:
        """``None``: nothing was tried, as so many are being sent there already."""
        send = self._channels.get(delivery.channel)
        if send is None:
            return REFUSED
        try:
            whole = opened(delivery, self._key)
            place = _place_of(whole)
            if not self._has_room(place):
                return None
            try:
                return send(whole, self._clock())
            finally:
                self._leave(place)
        except Damaged as error:
            self._on_problem(error)
            return REFUSED
        except Exception as error:
            self._on_problem(error)
            return LATER

    def _has_room(self, place: str) -> bool:
        """Whether one more may be sent there now; then it is counted until :meth:`_leave`."""
        with self._counting:
            has_room = self._places[place] < _AT_ONE_PLACE
            self._places[place] += has_room
            return has_room

    def _leave(self, place: str) -> None:
        with self._counting:
            self._places[place] -= 1
            if not self._places[place]:
                del self._places[place]


def _place_of(delivery: Delivery) -> str:
    """What is slow together: a host, a webhook, the server of letters or that of short messages."""
    match delivery.channel:
        case Channel.PUSH:
            return urlsplit(delivery.target).hostname or ""
        case Channel.WEBHOOK:
            return delivery.target
        case Channel.EMAIL | Channel.SMS:
            return delivery.channel.value
