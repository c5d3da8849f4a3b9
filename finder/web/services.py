"""What the pages are handed by ``app.py``: they read no setting and open no file of the operator's themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Never, Protocol

import msgspec
from litestar import Request

from finder.directions.borders import Borders, WaitBook
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Router
from finder.directory import Directory
from finder.domain.position import PositionFor
from finder.geo.points import LonLat
from finder.http.counting import Counting, counting_nobody
from finder.notices.edition import Edition
from finder.notices.visits import VisitDesk
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import DisclosureDesk
from finder.privacy.policy import Policies, policies
from finder.privacy.retention import KINDS, Kind
from finder.privacy.rights import RightsDesk

__all__ = ["Basemap", "Credit", "WebBrand", "WebServices"]


class Basemap(Protocol):
    """What the pages need of a ``finder.region.pack.RegionPack``."""

    @property
    def name(self) -> str:
        """The name of the region in addresses: letters, digits, hyphens."""
        ...

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in WGS84 degrees."""
        ...

    @property
    def basemap_path(self) -> Path:
        """A PMTiles file of vector tiles; it may be missing."""
        ...


class Credit(msgspec.Struct, frozen=True):
    """A line that a licence asks us to show, with the link it asks for."""

    text: str
    url: str | None = None


class WebBrand(msgspec.Struct, frozen=True, kw_only=True):
    """How the pages look and who answers for them; the fields mean what those of ``finder.config.Brand`` mean."""

    name_en: str = "Care Finder"
    name_es: str = "Buscador de atención"
    colour: str = "#0b4f5c"
    accent: str = "#00783c"
    logo_path: Path | None = None
    contact: str = ""


def _now() -> datetime:
    return datetime.now(UTC)


def _no_fences() -> Edition:
    return Edition((), {}, {})


@dataclass(frozen=True, kw_only=True)
class WebServices:
    """One for the life of the app; every callable is safe to call from several threads."""

    directory: Directory
    locate_request: Callable[[Request[Any, Any, Any], str], PositionFor[Never]]
    """Where a request seems to come from by its network address, or else the region's centre; named in a language (BCP 47)."""
    region_packs: Callable[[], Sequence[Basemap]]
    """The packs whose basemaps are served."""
    consents: ConsentDesk
    """Where people say yes or no, and where it is asked what they have said."""
    router: Router = field(default_factory=GreatCircle)
    """Knows the roads of the regions in service."""
    borders: Borders = field(default_factory=lambda: Borders(WaitBook()))
    """Knows where a border can be crossed, and how long that takes."""
    has_timetable: Callable[[LonLat, datetime], bool] = lambda _place, _at: False
    """Whether public transport around a place can be told on the day that it is there at an aware moment."""
    brand: WebBrand = field(default_factory=WebBrand)
    attributions: Callable[[], Sequence[Credit]] = tuple
    """Credit lines beside OpenStreetMap's, such as an IP database's."""
    rights: RightsDesk
    """Where people see, correct and erase what is held about them."""
    disclosures: DisclosureDesk
    """Where people let applications of others in, and show them out."""
    fences: Callable[[], Edition] = _no_fences
    """The fences in service: where a person can be told something on a visit."""
    visits: VisitDesk | None = None
    """Where notices are armed that the service looks after; without it devices alone do."""
    hears_of_visits: Callable[[str], bool] = lambda _tenant: False
    """Whether a tenant, by its id, has a webhook by which it is told of visitors who let it be."""
    kinds: Sequence[Kind] = KINDS
    """What is kept about people, and how long."""
    policies: Policies = field(default_factory=policies)
    """Every privacy policy that was ever in force."""
    count_search: Counting = counting_nobody
    """Told of each search that was answered."""
    default_language: str = "en"
    now: Callable[[], datetime] = _now
    """An aware datetime; a test hands in another clock."""
