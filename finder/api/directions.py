"""The way to a facility: ``POST /api/v1/directions``, as JSON, GeoJSON or GPX."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import MediaType, Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from finder.api.crossings import CrossingAnswer, crossing_text
from finder.api.notes import NoteAnswer, note_answers
from finder.api.positions import (
    DevicePosition,
    Exact,
    PlaceText,
    PolicyVersion,
    PositionAnswer,
    SavedPlaceId,
    Whereabouts,
    position_of,
)
from finder.api.results import HoursBrief, TravelAnswer, hours_brief, travel_answer
from finder.api.rides import RideAnswer
from finder.api.services import ApiServices
from finder.directions.borders import Documents
from finder.directions.estimate import TravelMode
from finder.directions.formats import Waypoint, to_geojson, to_gpx
from finder.directions.handover import MapApp, links
from finder.directions.router import Avoid, Basis, Route, StepKind
from finder.directory.summary import FacilitySummary, summary_of
from finder.directory.way_there import WayRequest, WayThere, way_there
from finder.domain.consent import ForDirections
from finder.domain.facility import Entrance, Wheelchair
from finder.errors import BadInput
from finder.http.languages import accepted_languages

__all__ = ["GEOJSON", "GPX", "Destination", "DirectionsRequest", "Start", "directions_handler"]

_PAST: Final = timedelta(days=1)
_AHEAD: Final = timedelta(days=366)
GPX: Final = "application/gpx+xml"
GEOJSON: Final = "application/geo+json"


class Format(StrEnum):
    """How the way is written: all that is known of it, or just the way for a map or a device."""

    JSON = "json"
    GEOJSON = "geojson"
    GPX = "gpx"


class Start(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the way begins: a device's position, a place or a saved place. With none, the network address tells it, roughly."""

    position: DevicePosition | None = None
    place: PlaceText | None = None
    saved_place: SavedPlaceId | None = None


class Destination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the way leads: a facility's id, as a search gave it."""

    facility: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class DirectionsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way that is asked for. ``depart_at`` is a time with its offset, now without it.

    ``documents``: with what the person can cross a border. Where that is not said, as with ``none``, nobody is sent across.
    """

    to: Destination
    start: Start = msgspec.field(default=Start(), name="from")
    mode: TravelMode = TravelMode.FOOT
    lang: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)] | None = None
    depart_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    avoid: list[Avoid] = msgspec.field(default_factory=list[Avoid])
    documents: Documents | None = None
    consent: PolicyVersion | None = None
    exact: Exact | None = None
    format: Format = Format.JSON


class StepAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the turn list: from where in the shape to where, counted from 0; of a ride with the wait for it."""

    kind: StepKind
    instruction: str
    length_m: float
    duration_s: float
    streets: tuple[str, ...]
    first: int
    last: int
    ride: RideAnswer | None


class LinkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A map app that can take over: it learns the facility when the link is opened, and where the person is from the device."""

    app: MapApp
    url: str
    may_have_steps: bool


class DoorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The entrance where the way ends, as OpenStreetMap has it."""

    kind: str
    wheelchair: Wheelchair | None
    lat: float
    lon: float


class DirectionsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A way on roads, with its steps; or, with the basis ``estimate``, a range of time as the crow flies and no way to follow.

    ``polyline`` is encoded with six decimals, latitude first. ``hours.on_arrival`` says whether it is open when the person gets
    there, at ``arrives_at``, by the facility's clock. ``credits`` are to be shown beside the times of its rides. Where all
    ways that are known lead through another country, and none is given, there are no ``links``.
    """

    position: PositionAnswer
    facility: FacilitySummary
    entrance: DoorAnswer | None
    mode: TravelMode
    basis: Basis
    length_m: float
    travel: TravelAnswer
    departs_at: datetime
    arrives_at: datetime
    hours: HoursBrief
    steps: list[StepAnswer]
    polyline: str
    crossing: CrossingAnswer | None
    notes: list[NoteAnswer]
    credits: list[str]
    links: list[LinkAnswer]


def directions_handler(services: ApiServices) -> Any:
    """Return the handler of ``POST /api/v1/directions``."""

    @post(
        "/directions",
        status_code=200,
        sync_to_thread=True,
        summary="How to get there",
        responses={200: ResponseSpec(DirectionsAnswer, generate_examples=False, description="The way there, and when")},
    )
    def directions(request: Request[Any, Any, Any], data: JSONBody[DirectionsRequest]) -> Response[bytes]:
        """Answer the way from a device's position, a place, or where the network address seems to be, to a facility."""
        now = services.now()
        if data.depart_at is not None and not now - _PAST <= data.depart_at <= now + _AHEAD:
            raise BadInput("depart_at must lie between a day ago and 366 days from now: of other days nobody knows the hours.")
        language = data.lang or next(accepted_languages(request.headers.get("accept-language", "")), "en")
        where = Whereabouts(
            position=data.start.position,
            place=data.start.place,
            saved_place=data.start.saved_place,
            consent=data.consent,
            exact=data.exact,
        )
        position = position_of(where, request, services, ForDirections)
        way = way_there(
            services.directory.current(),
            services.router,
            services.borders,
            WayRequest(
                facility_id=data.to.facility,
                position=position,
                mode=data.mode,
                leaves_at=data.depart_at or now,
                language=language,
                avoid=frozenset(data.avoid),
                documents=data.documents,
            ),
        )
        match data.format:
            case Format.GEOJSON:
                return Response(msgspec.json.encode(_geojson(way, language)), media_type=GEOJSON)
            case Format.GPX:
                return Response(_gpx(way, language), media_type=GPX)
            case Format.JSON:
                answer = _answer(way, PositionAnswer.of(position), language)
                return Response(msgspec.json.encode(answer), media_type=MediaType.JSON)

    return directions


def _answer(way: WayThere, position: PositionAnswer, language: str) -> DirectionsAnswer:
    route, door = way.route, way.entrance
    zone = ZoneInfo(way.facility.time_zone) if way.facility.time_zone else UTC
    return DirectionsAnswer(
        position=position,
        facility=summary_of(way.facility),
        entrance=_door(door) if door else None,
        mode=route.mode,
        basis=route.basis,
        length_m=round(route.length_m, 1),
        travel=travel_answer(route.time, route.mode, route.basis),
        departs_at=way.leaves_at.astimezone(zone),
        arrives_at=way.arrival.at.astimezone(zone),
        hours=hours_brief(way.hours, way.arrival, way.leaves_at),
        steps=[
            StepAnswer(
                kind=step.kind,
                instruction=step.instruction,
                length_m=round(step.length_m, 1),
                duration_s=round(step.duration_s, 1),
                streets=step.streets,
                first=step.first,
                last=step.last,
                ride=RideAnswer.of(step.ride) if step.ride else None,
            )
            for step in route.steps
        ],
        polyline=route.polyline,
        crossing=CrossingAnswer.of(way.crossing, language) if way.crossing else None,
        notes=note_answers(way.notes, language),
        credits=list(way.route.credits),
        links=_links(way),
    )


def _links(way: WayThere) -> list[LinkAnswer]:
    apps = [] if way.is_kept_here else links(way.target, way.route.mode)
    return [LinkAnswer(app=one.app, url=one.url, may_have_steps=one.may_have_steps) for one in apps]


def _geojson(way: WayThere, language: str) -> dict[str, Any]:
    crossing = CrossingAnswer.of(way.crossing, language) if way.crossing else None
    return to_geojson(
        way.route, {"notes": note_answers(way.notes, language), "crossing": crossing, "credits": list(way.route.credits)}
    )


def _gpx(way: WayThere, language: str) -> bytes:
    """With the facility as a waypoint, and the port where a border is crossed; what has to be known is its description."""
    about = [note.text for note in note_answers(way.notes, language)]
    waypoints = [Waypoint(way.target, way.facility.name)]
    about += way.route.credits
    if way.crossing is not None:
        about += [crossing_text(way.crossing, language), _whole_time(way.route, language)]
        waypoints.insert(0, Waypoint(way.crossing.lon_lat, CrossingAnswer.of(way.crossing, language).name))
    return to_gpx(way.route, way.facility.name, about="\n".join(about), waypoints=waypoints)


def _whole_time(route: Route, language: str) -> str:
    """What no other program can add up from the way itself: the time with the wait."""
    least_min, most_min = round(route.time.min_s / 60), round(route.time.max_s / 60)
    if language.lower().startswith("es"):
        return f"Con la espera, todo el camino toma de {least_min} a {most_min} minutos."
    return f"With the wait the whole way takes {least_min} to {most_min} minutes."


def _door(door: Entrance) -> DoorAnswer:
    return DoorAnswer(kind=door.kind, wheelchair=door.wheelchair, lat=door.lon_lat.lat, lon=door.lon_lat.lon)
