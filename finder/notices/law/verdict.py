"""Whether a fence is lawful, and by which row of the table, or why not. Nothing is, unless every law that may rule allows it."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from finder.domain.facility import Facility
from finder.domain.fence import Circle, Outline
from finder.notices.law.boundaries import Boundaries, Ruling
from finder.notices.law.ground import Ground, corners_when_laid, farthest_corner_m
from finder.notices.law.sensitive import is_sensitive
from finder.notices.law.table import Allowed, LawTable, Operator, Purpose, Row, law_table
from finder.notices.law.texts import TEXTS

__all__ = ["UNKNOWN_SITE_M", "Reason", "Site", "Verdict", "Why", "look_around_m", "verdict"]

_WIDEST_M: Final = 25_000.0
"""From the middle of a fence to its farthest corner: more is no fence."""
_MOST_LAID: Final = 20_000
"""Corners of a fence once its long edges are parted: ten times as many as are given."""
_WIDEST_SITE_M: Final = 1_500.0
"""The same of a site: the grounds of a university hospital have room in it."""
_SITE_OFF_M: Final = 100.0
"""How far a facility's point may be from its own grounds."""
UNKNOWN_SITE_M: Final = 100.0
"""How far the grounds of another site may reach that nobody has drawn."""
_TOLERANCE_M: Final = 0.5
"""A fence that is the outline of its site must not be beyond it by rounding."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A facility and its grounds."""

    facility: Facility
    perimeter: Outline | None = None
    """Where the site ends, as its operator or the map draws it; ``None`` where nobody has."""
    practised: tuple[str, ...] = ()
    """The specialties of who works there, ids or NUCC codes."""


class Why(StrEnum):
    """What speaks for a fence, or against it."""

    ALLOWED = "allowed"
    """The row allows it, with the person's express consent."""
    FORBIDDEN = "forbidden"
    """The row forbids it."""
    BEYOND_OWN_SITE = "beyond_own_site"
    """The row allows a fence of the own site, and this reaches further beyond it."""
    SENSITIVE_NEAR = "sensitive_near"
    """Another site, a sensitive one, is nearer than the row allows, or touched."""
    SENSITIVE_SITE = "sensitive_site"
    """The site itself is one that is never fenced."""
    NO_ROW = "no_row"
    """The table says nothing of that place."""
    UNKNOWN_PLACE = "unknown_place"
    """Part of the fence is in no country that the outlines know: at sea, or near a pole."""
    NO_BOUNDARIES = "no_boundaries"
    """The outlines of countries are not installed, so nobody can tell which law rules."""
    NEIGHBOURS_UNKNOWN = "neighbours_unknown"
    """Nobody looked whose sites are near."""
    PERIMETER_DOUBTFUL = "perimeter_doubtful"
    """What is given as the own site's perimeter is too large for one site, or not where the facility is."""
    TOO_LARGE = "too_large"
    """No site is so large."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of a verdict. It holds no place and may be logged."""

    why: Why
    jurisdiction: str = ""
    """Its code where a row speaks, else the name of the country; empty where the reason holds everywhere."""
    row: Row | None = None
    is_near_line: bool = False
    """Whether it is one of several jurisdictions, of which nobody can tell which one rules there."""

    @property
    def forbids(self) -> bool:
        """Whether this alone makes the fence unlawful."""
        return self.why is not Why.ALLOWED

    def text(self, language: str) -> str:
        """In plain words, Spanish for ``es…``, else English, with the law, its source and the date read."""
        texts = TEXTS["es" if language.lower().startswith("es") else "en"]
        row = self.row
        beyond_m = row.beyond.m if row is not None and row.beyond is not None else 0
        near_m = row.sensitive_distance.m if row is not None and row.sensitive_distance is not None else 0
        words = "outside_own_site" if self.why is Why.BEYOND_OWN_SITE and not beyond_m else self.why
        said = [texts[words].format(jurisdiction=self.jurisdiction, beyond_m=beyond_m, near_m=near_m)]
        if self.is_near_line:
            said.append(texts["near_line"])
        if row is not None:
            said.append(row.why(language))
            said.append(texts["source"].format(law=row.law, source=row.source, read_on=row.read_on.isoformat(), row=row.id))
        return " ".join(said)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a fence is lawful: if ``allowed``, for persons who gave their express consent, and for nobody else."""

    allowed: bool
    reasons: tuple[Reason, ...]
    """All that speaks against it, where anything does, else the rows that allow it."""


def verdict(
    shape: Circle | Outline,
    site: Site,
    *,
    others: Iterable[Site] | None,
    operator: Operator,
    purpose: Purpose,
    boundaries: Boundaries | None,
    table: LawTable | None = None,
) -> Verdict:
    """Tell whether a fence of this shape is lawful for ``operator`` and ``purpose``, as part of the site.

    ``others`` are all other facilities, whoever runs them, whose ``lon_lat`` is within :func:`look_around_m` of the fence's
    middle; ``None``, where nobody looked, is refused. ``boundaries`` are :func:`installed_boundaries`; ``None`` is refused too.
    ``table`` is the finder's own unless given, and the one that the boundaries were opened with. Near a line every law that may
    rule must allow the fence. Raises :class:`BadInput` for a shape without area or not on the Earth.
    """
    table = table or law_table()
    ground = Ground.under(shape)
    reasons: list[Reason] = []
    own, doubts = _own_site(ground, site)
    reasons += doubts
    if is_sensitive(site.facility, site.practised, table):
        reasons.append(Reason(why=Why.SENSITIVE_SITE))
    fence = None if _is_vast(shape) else ground.shape(shape)
    if fence is None or _farthest_m(fence) > _WIDEST_M:
        reasons.append(Reason(why=Why.TOO_LARGE))
        return _verdict(reasons)
    # Where the site is counts too: a fence across the street from it may lie over the line.
    is_here = float(shapely.hausdorff_distance(own, shapely.Point(0.0, 0.0))) <= 2.0 * _WIDEST_M
    area = shapely.union_all([fence, own]) if is_here else fence
    rulings, unknown = _rulings(ground, area, boundaries, table)
    reasons += unknown
    rows: list[tuple[str, Row]] = []
    for code, name in rulings:
        row = None if code is None else table.row(code, operator, purpose)
        if code is None or row is None:
            reasons.append(Reason(why=Why.NO_ROW, jurisdiction=code or name))
            continue
        rows.append((code, row))
        if row.allowed is Allowed.NO or row.beyond is None:
            reasons.append(Reason(why=Why.FORBIDDEN, jurisdiction=code, row=row, is_near_line=len(rulings) > 1))
            continue
        inside = shapely.covers(shapely.buffer(own, _beyond_m(row.beyond.m, site), quad_segs=32), fence)
        why = Why.ALLOWED if inside else Why.BEYOND_OWN_SITE
        reasons.append(Reason(why=why, jurisdiction=code, row=row, is_near_line=not inside and len(rulings) > 1))
    if others is None:
        reasons.append(Reason(why=Why.NEIGHBOURS_UNKNOWN))
    else:
        reasons += _sensitive_near(ground, fence, others, rows, table)
    return _verdict(reasons)


def look_around_m(shape: Circle | Outline, table: LawTable | None = None) -> float:
    """How far from the middle of a fence its ``others`` may be: so far that the site of one may be nearer than any row allows.

    0 for an outline of more than 25 km, which is refused whoever is near.
    """
    if _is_vast(shape):
        return 0.0
    ground = Ground.under(shape)
    return _farthest_m(ground.shape(shape)) + (table or law_table()).longest_m + 2.0 * _WIDEST_SITE_M + _SITE_OFF_M


def _verdict(reasons: Sequence[Reason]) -> Verdict:
    against = tuple(reason for reason in reasons if reason.forbids)
    return Verdict(allowed=bool(reasons) and not against, reasons=against or tuple(reasons))


def _is_vast(shape: Circle | Outline) -> bool:
    """Whether an outline is so large that it is not even laid: one over the globe has no end of corners then."""
    return isinstance(shape, Outline) and (farthest_corner_m(shape) > _WIDEST_M or corners_when_laid(shape) > _MOST_LAID)


def _farthest_m(area: BaseGeometry) -> float:
    """How far its farthest corner is from the middle of its ground."""
    return float(shapely.hausdorff_distance(area, shapely.Point(0.0, 0.0)))


def _own_site(ground: Ground, site: Site) -> tuple[BaseGeometry, list[Reason]]:
    """The own site on the ground, a point where its perimeter is not known, and what is doubtful about it."""
    here = ground.point(site.facility.lon_lat)
    if site.perimeter is None:
        return here, []
    own = ground.shape(site.perimeter)
    off_m = _SITE_OFF_M + (site.facility.position_accuracy_m or 0.0)
    doubtful = shapely.minimum_bounding_radius(own) > _WIDEST_SITE_M or shapely.distance(own, here) > off_m
    return own, [Reason(why=Why.PERIMETER_DOUBTFUL)] if doubtful else []


def _beyond_m(beyond_m: float, site: Site) -> float:
    """How far a fence may really reach: less where the own site is a point that may be elsewhere."""
    off_m = 0.0 if site.perimeter is not None else site.facility.position_accuracy_m or 0.0
    return max(0.0, beyond_m - off_m) + _TOLERANCE_M


def _rulings(
    ground: Ground, area: BaseGeometry, boundaries: Boundaries | None, table: LawTable
) -> tuple[tuple[Ruling, ...], list[Reason]]:
    """Whose law may rule an area, and what is not known of it."""
    if boundaries is None:
        return (), [Reason(why=Why.NO_BOUNDARIES)]
    near = boundaries.near(ground, area, table.longest_m)
    return near.rulings, [] if near.all_known else [Reason(why=Why.UNKNOWN_PLACE)]


def _sensitive_near(
    ground: Ground, fence: BaseGeometry, others: Iterable[Site], rows: Sequence[tuple[str, Row]], table: LawTable
) -> list[Reason]:
    """A reason for each row whose distance another, sensitive site is within; one without a row where one is touched."""
    sites = [_site_of_another(ground, other) for other in others if is_sensitive(other.facility, other.practised, table)]
    nearest_m = min((float(shapely.distance(fence, site)) for site in sites), default=float("inf"))
    if nearest_m <= 0.0:
        return [Reason(why=Why.SENSITIVE_NEAR)]
    return [
        Reason(why=Why.SENSITIVE_NEAR, jurisdiction=code, row=row)
        for code, row in rows
        if row.sensitive_distance is not None and nearest_m <= row.sensitive_distance.m
    ]


def _site_of_another(ground: Ground, other: Site) -> BaseGeometry:
    """Where another site may reach to, on the ground."""
    if other.perimeter is not None:
        return ground.shape(other.perimeter)
    return ground.point(other.facility.lon_lat).buffer(UNKNOWN_SITE_M + (other.facility.position_accuracy_m or 0.0), quad_segs=32)
