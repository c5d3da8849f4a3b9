"""The snapshot in service, looked up anew for each request, so that a publish needs no restart."""

import threading
from pathlib import Path

from finder.directory.layout import current_folder
from finder.directory.snapshot import Snapshot

__all__ = ["Directory"]


class Directory:
    """Hands out the current snapshot. Whoever holds one may go on reading it after a newer one is in service."""

    def __init__(self, snapshots_dir: Path) -> None:
        self._snapshots_dir = snapshots_dir
        self._opening = threading.Lock()
        self._held: tuple[Path, Snapshot] | None = None

    def current(self) -> Snapshot:
        """Return the snapshot in service. Raises :class:`NotReady` when nothing was ever published.

        Asking costs one look at a symbolic link. One caller opens a new snapshot; the others keep the old until then.
        """
        folder = current_folder(self._snapshots_dir)
        held = self._held
        if held is not None:
            if held[0] == folder or not self._opening.acquire(blocking=False):
                return held[1]
        else:
            self._opening.acquire()
        try:
            if self._held is None or self._held[0] != folder:
                self._held = folder, Snapshot.open(folder)
            return self._held[1]
        finally:
            self._opening.release()
