"""What empties the outbox: in each process of a service one, none of which sends what another is sending.

One thread looks into the outbox, and leases what it begins to send in that moment. What waits for a place that is full stays
where it is, and nothing is written of it. Each attempt has a thread of its own; what came of it is written by the first one.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from finder.domain.delivery import Channel, Delivery
from finder.errors import Damaged
from finder.notices.delivery.attempt import LATER, REFUSED, Attempt, Result, Send
from finder.notices.delivery.envelope import opened, opened_target
from finder.notices.delivery.health import Health
from finder.notices.delivery.places import Place, Places, place_of
from finder.privacy.sealing import ServiceKey
from finder.store.deliveries import Deliveries

__all__ = ["LEASE_S", "Sender", "back_off_s"]

LEASE_S: Final = 45.0
"""Longer than any attempt takes; after it another sender takes over what one that died had begun."""
_PAGE: Final = 500
"""So many are looked through at once. If more are due, the next look goes on behind them: who waits behind a thousand pushes to a
host that does not answer has their turn."""
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


class _Waiting(NamedTuple):
    id: str
    place: Place


class _Ended(NamedTuple):
    delivery: Delivery
    attempt: Attempt


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
        """An attempt has ended, so that there is room, or it is time to stop."""
        self._ended = deque[tuple[Place, _Ended]]()
        """What the threads of the attempts leave to the one that writes."""
        self._unwritten: list[_Ended] = []
        """Kept while the database takes nothing, so that what has arrived is not sent again."""
        self._places = Places()
        self._health = Health()
        self._line: list[_Waiting] = []
        """What was due at the last look and has not been begun, the one that waits longest first."""
        self._seen_to: Delivery | None = None
        self._look_at = 0.0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread. All threads are daemons, which keep no process alive: its end amid an attempt is safe."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="finder-sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, wait a little for what is being sent, and give the connections back."""
        self._stopping.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join(2 * _GOODBYE_S)  # it ends after one itself, but where the database does not answer
        self._deliveries.close()

    def send_due(self) -> int:
        """Send all that is due now, one after the other; how many attempts there were. For who has no thread running.

        Raises :class:`NotReady` when the database does not answer.
        """
        count, before = 0, -1
        self._deliveries.give_up(self._clock())
        while count > before:
            before = count
            for waiting in self._deliveries.due(_PAGE, self._clock()):
                for delivery in self._deliveries.lease([waiting.id], self._clock(), LEASE_S):
                    self._write([_Ended(delivery, self._attempt(delivery))])
                    count += 1
        return count

    def _run(self) -> None:
        trouble = ""
        while not self._stopping.is_set():
            wait_s = _AFTER_TROUBLE_S
            try:
                if self._deliveries.is_there():
                    self._settle()
                    self._hand_out()
                    wait_s = _LOOKED_EVERY_S
                trouble = ""
            except Exception as error:
                if str(error) != trouble:  # told once, and not every five seconds
                    self._on_problem(error)
                trouble = str(error)
            self._news.wait(wait_s)
            self._news.clear()
        try:
            self._say_goodbye(time.monotonic() + _GOODBYE_S)
        except Exception as error:  # what cannot be written now is sent again when the lease is over
            self._on_problem(error)

    def _say_goodbye(self, until: float) -> None:
        self._settle()
        while not self._places.are_empty and (left_s := until - time.monotonic()) > 0:
            self._news.wait(left_s)
            self._news.clear()
            self._settle()

    def _hand_out(self) -> None:
        """Lease and begin of what is due as much as there is room for."""
        if not self._line or time.monotonic() >= self._look_at:
            self._look()
        room = {id_: place for id_, place in self._line if self._places.enter(place)}
        if not room:
            return
        self._line = [waiting for waiting in self._line if waiting.id not in room]
        try:
            for delivery in self._deliveries.lease(list(room), self._clock(), LEASE_S):
                args = (delivery, room[delivery.id])
                threading.Thread(target=self._try, args=args, name="finder-send", daemon=True).start()
                del room[delivery.id]
        finally:
            for place in room.values():
                self._places.leave(place)
        if room:  # another process was faster, so that the line is not what is there
            self._line = []
            self._news.set()

    def _look(self) -> None:
        self._look_at = time.monotonic() + _LOOKED_EVERY_S
        self._deliveries.give_up(self._clock())
        page = self._deliveries.due(_PAGE, self._clock(), after=self._seen_to)
        self._line = [_Waiting(delivery.id, self._place_of(delivery)) for delivery in page]
        self._seen_to = page[-1] if len(page) == _PAGE else None

    def _place_of(self, delivery: Delivery) -> Place:
        try:
            return place_of(delivery.channel, opened_target(delivery, self._key))
        except (Damaged, ValueError):  # its attempt will tell, and it keeps nobody else from theirs
            return Place(delivery.channel, "")

    def _try(self, delivery: Delivery, place: Place) -> None:
        attempt = LATER
        try:
            attempt = self._attempt(delivery)
        finally:
            self._ended.append((place, _Ended(delivery, attempt)))
            self._news.set()

    def _attempt(self, delivery: Delivery) -> Attempt:
        send = self._channels.get(delivery.channel)
        if send is None:
            return REFUSED
        try:
            return send(opened(delivery, self._key), self._clock())
        except Damaged as error:
            self._on_problem(error)
            return REFUSED
        except Exception as error:
            self._on_problem(error)
            return LATER

    def _settle(self) -> None:
        """Write what came of all attempts that have ended."""
        while self._ended:
            place, ended = self._ended.popleft()
            self._places.leave(place)
            self._health.note(place, ended.attempt.result)
            self._unwritten.append(ended)
        self._write(self._unwritten)
        self._unwritten = []

    def _write(self, ended: Iterable[_Ended]) -> None:
        over: list[str] = []
        for delivery, attempt in ended:
            if attempt.result is not Result.LATER:
                over.append(delivery.id)
                continue
            wait_s = back_off_s(delivery.channel, delivery.attempts, asked_s=attempt.retry_after_s, chance=self._chance())
            self._deliveries.failed(delivery, self._clock() + timedelta(seconds=wait_s))
        if over:
            self._deliveries.done(over)
