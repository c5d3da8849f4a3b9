"""What the API is handed by ``app.py``: it reads no setting and opens no file itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from litestar import Request

from finder.directions.borders import Borders, WaitBook
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Router
from finder.directory import Directory
from finder.domain.position import Position

__all__ = ["ApiServices"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class ApiServices:
    """One for the life of the app; every callable is safe to call from several threads."""

    directory: Directory
    locate_request: Callable[[Request[Any, Any, Any], str], Position]
    """Where a request seems to come from by its network address, or else the region's centre; named in a language (BCP 47)."""
    router: Router = field(default_factory=GreatCircle)
    """Knows the roads of the regions in service."""
    borders: Borders = field(default_factory=lambda: Borders(WaitBook()))
    """Knows where a border can be crossed, and how long that takes."""
    now: Callable[[], datetime] = _now
    """An aware datetime; a test hands in another clock."""
