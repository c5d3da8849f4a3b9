"""The snapshot in service, looked up anew for each request, so that a publish needs no restart."""

import logging
import threading
from pathlib import Path

from finder.directory.layout import current_folder
from finder.directory.snapshot import Snapshot
from finder.errors import Damaged

__all__ = ["Directory"]

_log = logging.getLogger(__name__)


type _Stamp = tuple[str, int, int]


class Directory:
    """Hands out the current snapshot. Whoever holds one may go on reading it after a newer one is in service."""

    def __init__(self, snapshots_dir: Path) -> None:
        self._snapshots_dir = snapshots_dir
        self._opening = threading.Lock()
        self._held: tuple[_Stamp, Snapshot] | None = None
        self._refused: _Stamp | None = None

    def current(self) -> Snapshot:
        """Return the snapshot in service.

        Asking costs one look at a symbolic link and its folder. One caller opens a new snapshot; the others keep the old until
        then. One that turns out damaged is logged and left out: the old goes on answering. Raises :class:`NotReady` when nothing
        was ever published, and :class:`Damaged` when the only one cannot be opened.
        """
        held = self._held
        folder = current_folder(self._snapshots_dir)
        stamp = _stamp(folder)
        if held is not None and (stamp in {held[0], self._refused} or not self._opening.acquire(blocking=False)):
            return held[1]
        if held is None:
            self._opening.acquire()
        try:
            if self._held is None or self._held[0] != stamp:
                self._held = stamp, Snapshot.open(folder)
            return self._held[1]
        except Damaged as error:
            if self._held is None:
                raise
            _log.error("The newest snapshot is left out, the one before goes on answering. %s", error)
            self._refused = stamp
            return self._held[1]
        finally:
            self._opening.release()


def _stamp(folder: Path) -> _Stamp:
    """Tell a folder from every other: numbers begin anew when all snapshots were lost, and inodes are used again."""
    try:
        status = folder.stat()
    except OSError:
        return folder.name, 0, 0
    return folder.name, status.st_ino, status.st_mtime_ns
