"""The places of care of an extract, each once, as the domain's facilities."""

from collections.abc import Iterable
from datetime import date

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from finder.domain.facility import Entrance, Facility, Provenance, facility_id
from finder.domain.fence import Outline
from finder.geo.points import LonLat
from finder.loading.nothing import says_nothing
from finder.loading.zones import country_at, time_zone_at
from finder.region import osm_tags
from finder.region.care import CARE_KEYS, is_gone, kind_of
from finder.region.doubles import MappedCare, same_places
from finder.region.entrances import entrances_of
from finder.region.extract import Extract, OsmObject
from finder.region.outlines import outlines_of

__all__ = ["CareFound", "facilities_in"]

_FILLED = ("names", "address", "phones", "website", "opening_hours", "services", "languages", "accessibility")
"""The fields that a second mapping of the same place may fill in."""


class CareFound(msgspec.Struct, frozen=True, kw_only=True):
    """What an extract holds. ``mapped`` = ``facilities`` + ``gone`` + ``nameless`` + ``doubles``."""

    facilities: tuple[Facility, ...]
    """In order of type and number in OpenStreetMap: nodes, relations, ways."""
    mapped: int
    gone: int
    nameless: int
    """Left out: neither a name, nor a brand, nor an operator; a card that says nothing helps nobody."""
    doubles: int
    """Mapped once more as a node or a building, and merged into the area that stays."""
    outlines: dict[str, Outline] = {}
    """Where a facility's site ends, by what OpenStreetMap calls it; of those that have a name, where somebody has drawn it."""


def facilities_in(extract: Extract, source: str, today: date) -> CareFound:
    """All places of care. ``source`` goes into their provenance; ``today`` tells which ``end_date`` is past.

    A relation that only lists members (``type=site``) has no place of its own and is not read.
    """
    mapped, gone = list[MappedCare](), 0
    for found in _once(extract.objects(*CARE_KEYS)):
        kind = kind_of(found.tags)
        if kind is None:
            continue
        if is_gone(found.tags, today):
            gone += 1
        else:
            mapped.append(MappedCare(found.ref, kind, osm_tags.name_of(found.tags), found.tags, found.geometry))
    groups = same_places(mapped)
    places = [(kept, *others) for kept, others in groups]
    entrances, drawn = entrances_of(extract, places), outlines_of(extract, places)
    facilities, outlines, nameless = list[Facility](), dict[str, Outline](), 0
    for (kept, others), doors, outline in zip(groups, entrances, drawn, strict=True):
        name = next((each.name for each in (kept, *others) if each.name), None)
        if name is None:
            nameless += 1
            continue
        facility = _facility(kept, name, source, today)
        for other in others:
            facility = _completed(facility, _facility(other, name, source, today))
        facilities.append(_with_entrances(facility, doors, source) if doors else facility)
        if outline is not None:
            outlines[kept.ref] = outline
    return CareFound(
        facilities=tuple(facilities),
        mapped=gone + len(mapped),
        gone=gone,
        nameless=nameless,
        doubles=sum(len(others) for _, others in groups),
        outlines=outlines,
    )


def _once(objects: Iterable[OsmObject]) -> list[OsmObject]:
    """One object for each ref, in a fixed order: the area of a way rather than its line."""
    by_ref: dict[str, OsmObject] = {}
    for found in objects:
        if found.ref not in by_ref or found.is_area:
            by_ref[found.ref] = found
    return sorted(by_ref.values(), key=lambda found: (found.ref.split("/")[0], int(found.ref.split("/")[1])))


def _facility(mapped: MappedCare, name: str, source: str, today: date) -> Facility:
    tags = mapped.tags
    lon_lat = _point_of(mapped.geometry)
    country = osm_tags.country_of(tags) or country_at(lon_lat)
    facility = Facility(
        id=facility_id("osm", mapped.ref),
        kind=mapped.kind,
        name=name,
        lon_lat=lon_lat,
        names=osm_tags.names_by_language(tags),
        address=osm_tags.address_of(tags, country),
        phones=osm_tags.phones_of(tags, country),
        website=osm_tags.website_of(tags),
        opening_hours=osm_tags.opening_hours_of(tags),
        time_zone=time_zone_at(lon_lat, country),
        services=osm_tags.services_of(tags),
        languages=osm_tags.languages_of(tags),
        accessibility=osm_tags.accessibility_of(tags),
        identifiers={"osm": mapped.ref},
    )
    fields = ("kind", "name", "lon_lat", *(field for field in _FILLED if not says_nothing(getattr(facility, field))))
    provenance = {field: Provenance(source, osm_tags.verified_at(tags, today, field)) for field in fields}
    return msgspec.structs.replace(facility, provenance=provenance)


def _completed(facility: Facility, other: Facility) -> Facility:
    """The facility with what only the other mapping of the same place says of it."""
    missing = [field for field in _FILLED if says_nothing(getattr(facility, field)) and not says_nothing(getattr(other, field))]
    return msgspec.structs.replace(
        facility,
        **{field: getattr(other, field) for field in missing},
        provenance={**facility.provenance, **{field: other.provenance[field] for field in missing}},
    )


def _with_entrances(facility: Facility, doors: tuple[Entrance, ...], source: str) -> Facility:
    # Without a day: who has checked the place has not looked at each of its doors.
    provenance = {**facility.provenance, "entrances": Provenance(source)}
    return msgspec.structs.replace(facility, entrances=doors, provenance=provenance)


def _point_of(geometry: BaseGeometry) -> LonLat:
    """The node itself, a point inside the area, a point on the line."""
    point = shapely.point_on_surface(geometry)
    return LonLat(float(point.x), float(point.y))
