"""The desk that is in service, which can be held before it begins."""

import threading
from pathlib import Path
from typing import Any

from finder.api.admin import Progress, PublishingDesk
from finder.desk import Desk


class HeldDesk(PublishingDesk):
    """``hold`` keeps a preview or commit from beginning until it is set; all else is as in service."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.hold = threading.Event()
        self.hold.set()
        self.began = threading.Event()

    def preview(self, path: Path, *, progress: Progress, **how: Any) -> dict[str, Any]:
        self._wait(progress)
        return super().preview(path, progress=progress, **how)

    def commit(self, path: Path, *, progress: Progress, **how: Any) -> dict[str, Any]:
        self._wait(progress)
        return super().commit(path, progress=progress, **how)

    def _wait(self, progress: Progress) -> None:
        self.began.set()
        while not self.hold.wait(0.01):
            progress(0, 100)
