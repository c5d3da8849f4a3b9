"""How far a person gets: ``POST /api/v1/reach``, areas as GeoJSON and the places of care in them."""

from typing import Annotated, Any, Literal

import msgspec
import shapely
from litestar import Request, post
from litestar.params import JSONBody

from finder.api.notes import NoteAnswer, note_answers
from finder.api.positions import PositionAnswer, Whereabouts, position_of
from finder.api.services import ApiServices
from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Reach
from finder.directory import FacilityHit, Search, Snapshot, find
from finder.directory.countries import country_at, country_of
from finder.directory.known_well import SHARP_M, is_known_well
from finder.directory.summary import FacilitySummary, summary_of
from finder.directory.way_there import WayNote
from finder.domain.consent import ForSearch
from finder.domain.position import Position, PositionFor
from finder.geo.distance import geodesic_many_m
from finder.http.languages import accepted_languages

__all__ = ["ReachRequest", "reach_handler"]

_MOST_LISTED = 500
Minutes = Annotated[float, msgspec.Meta(gt=0, le=60)]


class ReachRequest(Whereabouts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where, by what, and within how many minutes: at most four areas."""

    mode: TravelMode = TravelMode.FOOT
    minutes: Annotated[list[Minutes], msgspec.Meta(min_length=1, max_length=4)] = msgspec.field(
        default_factory=lambda: [5.0, 10.0, 15.0, 30.0]
    )
    limit: Annotated[int, msgspec.Meta(ge=0, le=_MOST_LISTED)] = 100


class AreaProperties(msgspec.Struct, frozen=True):
    """Within how many minutes the area is reached, and whether by roads."""

    minutes: float
    basis: Basis


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A GeoJSON Feature: a Polygon or MultiPolygon, longitude first."""

    type: Literal["Feature"] = "Feature"
    geometry: dict[str, Any]
    properties: AreaProperties


class Areas(msgspec.Struct, frozen=True, kw_only=True):
    """A GeoJSON FeatureCollection (RFC 7946), the largest area first, so that a map draws the smaller ones over it."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Area]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A place of care in the area of ``within_min`` minutes, the smallest that holds it."""

    facility: FacilitySummary
    within_min: float


class ReachAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``facilities`` are the nearest in the largest area; ``complete`` when those are all.

    ``notes`` say what the areas do not know. From a position that is known only roughly they are estimates around its centre: see
    its ``accuracy_m``. Places across a border are not listed. By public transport the areas are those of who leaves now, and
    ``credits`` are to be shown beside them.
    """

    position: PositionAnswer
    mode: TravelMode
    areas: Areas
    notes: list[NoteAnswer]
    credits: list[str]
    facilities: list[Reached]
    complete: bool


def reach_handler(services: ApiServices) -> Any:
    """Return the handler of ``POST /api/v1/reach``."""

    @post("/reach", status_code=200, sync_to_thread=True, summary="How far a person gets")
    def reach(request: Request[Any, Any, Any], data: JSONBody[ReachRequest]) -> ReachAnswer:
        """Answer what can be reached within some minutes from a position, and the places of care there."""
        position = position_of(data, request, services, ForSearch)
        # From the middle of a town an area by roads would be the area of somebody else.
        router = services.router if is_known_well(position) else GreatCircle()
        areas = router.reach(position.lon_lat, sorted(set(data.minutes)), data.mode)
        facilities, complete = _facilities_in(services.directory.current(), position, areas, data.limit)
        language = next(accepted_languages(request.headers.get("accept-language", "")), "en")
        return ReachAnswer(
            position=PositionAnswer.of(position),
            mode=data.mode,
            areas=Areas(
                features=[
                    Area(geometry=area.geometry, properties=AreaProperties(area.minutes, area.basis)) for area in reversed(areas)
                ]
            ),
            notes=note_answers(_notes(position, areas, data.mode), language),
            credits=list(areas[0].credits),
            facilities=facilities,
            complete=complete,
        )

    return reach


def _notes(position: Position, areas: list[Reach], mode: TravelMode) -> list[WayNote]:
    rough = not is_known_well(position)
    by_timetable = mode is TravelMode.TRANSIT and all(area.basis is Basis.ROADS for area in areas)
    said = {
        WayNote.ESTIMATE: any(area.basis is Basis.ESTIMATE for area in areas),
        WayNote.ROUGH_START: rough,
        WayNote.START_ABOUT: not rough and position.accuracy_m > SHARP_M,
        # Of an area nobody looks along each way for steps and escalators, as is done of the way to one place.
        WayNote.STEP_FREE_UNKNOWN: mode is TravelMode.WHEELCHAIR,
        WayNote.BY_TIMETABLE: by_timetable,
        WayNote.ROADS_END_HERE: any(area.is_cut for area in areas),
        WayNote.NO_TIMETABLE: mode is TravelMode.TRANSIT and not by_timetable and not rough,
    }
    return [note for note, holds in said.items() if holds]


def _facilities_in(
    snapshot: Snapshot, position: PositionFor[ForSearch], areas: list[Reach], limit: int
) -> tuple[list[Reached], bool]:
    """Those of the snapshot in the last area, nearest first, each with the minutes of the first that holds it."""
    shapes = [shapely.geometry.shape(area.geometry) for area in areas]
    corners = shapely.get_coordinates(shapes[-1])
    if not len(corners) or not limit:
        return [], not len(corners)
    radius_m = float(geodesic_many_m(position.lon_lat, corners).max())
    page = find(snapshot, Search(position=position, radius_m=radius_m, limit=_MOST_LISTED, question=False))
    here = country_at(position.lon_lat)
    found: list[Reached] = []
    for hit in page.hits:
        if not isinstance(hit, FacilityHit):
            continue
        facility = hit.facility()
        country = country_of(facility)
        if here is not None and country is not None and country != here:
            continue  # nobody is sent across a border unasked
        point = shapely.Point(facility.lon_lat)
        within = next((area.minutes for area, shape in zip(areas, shapes, strict=True) if shape.covers(point)), None)
        if within is None:
            continue
        if len(found) == limit:
            return found, False
        found.append(Reached(facility=summary_of(facility), within_min=within))
    return found, page.next_cursor is None
