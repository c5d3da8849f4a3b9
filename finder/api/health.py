"""Whether the process runs, and whether it can answer searches."""

from typing import Any

import msgspec
from litestar import get

from finder.api.services import ApiServices

__all__ = ["health_handlers"]


class Alive(msgspec.Struct, frozen=True):
    """The process runs."""

    status: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Searches are answered, from this snapshot."""

    status: str
    snapshot: int
    facilities: int
    practitioners: int


def health_handlers(services: ApiServices) -> list[Any]:
    """Return the handlers of ``GET /health/live`` and ``GET /health/ready``."""

    @get("/health/live", sync_to_thread=False, summary="Does the process run?")
    def live() -> Alive:
        """Answer as long as the process does."""
        return Alive(status="ok")

    @get("/health/ready", sync_to_thread=False, summary="Can it answer searches?")
    def ready() -> Ready:
        """Answer 200 when a snapshot is in service, else 503 with what to do."""
        snapshot = services.directory.current()
        return Ready(
            status="ok",
            snapshot=snapshot.number,
            facilities=len(snapshot),
            practitioners=snapshot.manifest.practitioners,
        )

    return [live, ready]
