"""Ending with the process that started this one.

A worker whose server was killed would go on with the settings of then, and keep the port from the server that is started next.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from typing import Final

__all__ = ["end_with_parent"]

_LOOK_EVERY_S: Final = 0.5

_log = logging.getLogger(__name__)


def end_with_parent(kill_after_s: float) -> None:
    """Stop this process, a child by :mod:`multiprocessing`, when its parent is gone: as a signal does, and killed after so long.

    A thread looks, as not every system sends a signal then. In a process of no such parent nothing is done.
    """
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None:
        return
    threading.Thread(target=_end_after, args=(parent.pid, kill_after_s), name="finder-parent", daemon=True).start()


def _end_after(parent_pid: int, kill_after_s: float) -> None:
    while os.getppid() == parent_pid:  # whoever takes in an orphan has another
        time.sleep(_LOOK_EVERY_S)
    _log.warning("The server of this worker is gone: the worker stops.")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(kill_after_s)
    os.kill(os.getpid(), signal.SIGKILL)
