"""Hearing that the server stops while it still serves.

granian waits for the answers that have begun before it tells the application that it stops. An answer without an end, such as a
stream of events, has to be told before, or the worker is killed when the server's patience is over.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Final

__all__ = ["StopSignal"]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class StopSignal:
    """Calls ``on_stop`` on the loop of the process at the first signal to stop; whoever else hears the signal still does.

    ``start`` and ``stop`` belong into the app's ``on_startup`` and ``on_shutdown``. Where the app runs beside the main thread, as
    in tests, there is nothing to hear.
    """

    def __init__(self, on_stop: Callable[[], None]) -> None:
        self._on_stop = on_stop
        self._before: dict[signal.Signals, Any] = {}

    async def start(self) -> None:
        """Listen from now on."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()

        def hear(number: int, frame: FrameType | None) -> None:
            with suppress(RuntimeError):  # the loop has been closed
                loop.call_soon_threadsafe(self._on_stop)
            before = self._before.get(signal.Signals(number))
            if callable(before):
                before(number, frame)

        for number in _SIGNALS:
            # What loop.add_signal_handler() has set up, as granian does, goes on: that hears by a file and not by the handler.
            self._before[number] = signal.signal(number, hear)
            signal.siginterrupt(number, False)

    async def stop(self) -> None:
        """Put back what was there before."""
        while self._before:
            number, before = self._before.popitem()
            signal.signal(number, before)
