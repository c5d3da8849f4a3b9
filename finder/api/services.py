"""What the API is handed by ``app.py``: it reads no setting and opens no file itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Never

from litestar import Request

from finder.directions.borders import Borders, WaitBook
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Router
from finder.directory import Directory
from finder.domain.apps import AppScope
from finder.domain.position import PositionFor
from finder.http.counting import Counting, counting_nobody
from finder.notices.delivery.browsers import BrowserDesk
from finder.notices.hub import NoticeHub
from finder.notices.pack import PackDesk
from finder.notices.visits import VisitDesk
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import DisclosureDesk
from finder.privacy.rights import Holder, RightsDesk

__all__ = ["ApiServices"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class ApiServices:
    """One for the life of the app; every callable is safe to call from several threads."""

    directory: Directory
    locate_request: Callable[[Request[Any, Any, Any], str], PositionFor[Never]]
    """Where a request seems to come from by its network address, or else the region's centre; named in a language (BCP 47)."""
    consents: ConsentDesk
    """Asked for who wishes an exact position and says yes not in the request itself."""
    rights: RightsDesk
    """What is held about a person, saved places among it."""
    app_access: Callable[[Request[Any, Any, Any], AppScope], Holder | None] = lambda _request, _scope: None
    """Whose data an application of somebody else's may read now; ``None`` for a request that bears no such token."""
    disclosures: DisclosureDesk | None = None
    """Where applications of others get their tokens; without it there are no such calls."""
    packs: PackDesk | None = None
    """Makes packs of fences for devices that watch by themselves; without it there is no such call."""
    visits: VisitDesk | None = None
    """Where notices are armed for a visit; without it there are no such calls."""
    browsers: BrowserDesk | None = None
    """Where browsers subscribe to Web Push; without it there are no such calls."""
    hub: NoticeHub | None = None
    """Wakes the open pages; without it no page can listen."""
    router: Router = field(default_factory=GreatCircle)
    """Knows the roads of the regions in service."""
    borders: Borders = field(default_factory=lambda: Borders(WaitBook()))
    """Knows where a border can be crossed, and how long that takes."""
    count_search: Counting = counting_nobody
    """Told of each search that was answered."""
    now: Callable[[], datetime] = _now
    """An aware datetime; a test hands in another clock."""
