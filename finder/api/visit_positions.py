"""Positions of a person who has armed visits: of the finder's own form, or as OwnTracks sends them."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.enums import MediaType
from litestar.exceptions import ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import RawBody

from finder.api.own_tracks import OwnTracksCommand, fixes_of, is_own_tracks, notices_for, person_by_password
from finder.api.services import ApiServices
from finder.api.visits import NoticeAnswer, VisitAnswer
from finder.domain.consent import ForNotices
from finder.domain.fence import HIGHEST_LEVEL, LOWEST_LEVEL
from finder.errors import BadInput
from finder.http.persons import known_person
from finder.locate.device import DeviceFix
from finder.notices.visits import MeasuredFix, VisitDesk
from finder.privacy.grants import Grant

__all__ = ["MOST_FIXES", "positions_body", "visit_positions_handler"]

MOST_FIXES: Final = 500
_LARGEST_BODY_BYTES: Final = 512 * 1024
"""So many messages of OwnTracks, each with all that its app may say."""
"""In one call: more than two hours of a fix every 15 s."""


class SentFix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device measured, and when by its own clock. ``accuracy_m`` 0: it does not say how exactly.

    ``level``: the floor that it states, as the zones of a place count them; ``None``: it states none.
    """

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, msgspec.Meta(ge=0, le=20_100_000)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    level: Annotated[float, msgspec.Meta(ge=LOWEST_LEVEL, le=HIGHEST_LEVEL)] | None = None

    def measured(self, grant: Grant[ForNotices]) -> MeasuredFix:
        """Return it as a position for notices."""
        position = DeviceFix(lat=self.lat, lon=self.lon, accuracy_m=self.accuracy_m).precise(grant)
        return MeasuredFix(position=position, at_device=self.at, level=self.level)


class SentFixes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fixes of one device, in whichever order; those that were sent before are passed over."""

    fixes: Annotated[list[SentFix], msgspec.Meta(min_length=1, max_length=MOST_FIXES)]


class TakenAnswer(msgspec.Struct, frozen=True):
    """What the person is told now, and the visits that are armed. Without a visit nothing of the positions was kept."""

    notices: list[NoticeAnswer]
    visits: list[VisitAnswer]


def visit_positions_handler(services: ApiServices, desk: VisitDesk) -> Any:
    """Return the handler of ``POST /api/v1/positions``."""

    @post(
        "/positions",
        status_code=200,
        sync_to_thread=True,
        request_max_body_size=_LARGEST_BODY_BYTES,
        summary="Positions of a person with armed visits",
        responses={
            200: ResponseSpec(
                TakenAnswer | list[OwnTracksCommand],
                generate_examples=False,
                description="To OwnTracks an array of its messages: empty, or what its app is to show.",
            )
        },
    )
    def take(request: Request[Any, Any, Any], body: RawBody) -> Response[bytes]:
        """Compare positions with the fences of the armed visits' places: it needs a consent to notices (403).

        The body is {"fixes": […]}, or what OwnTracks sends over HTTP, a message or an array of them; OwnTracks may sign in with
        HTTP Basic, its password being the person's token. Without an armed visit nothing of it is kept. Sent twice it tells
        nothing twice; but OwnTracks, which sends a message again when it had no answer, is then answered what it was to show.
        """
        person = person_by_password(request) or known_person(request)
        grant = services.consents.grant(ForNotices, person.subject)
        message = _decoded(body)
        if message is None or is_own_tracks(message):
            if isinstance(message, list) and len(message) > MOST_FIXES:
                raise BadInput(f"Send at most {MOST_FIXES} messages in one call.")
            fixes = [] if message is None else fixes_of(message, grant)
            if not fixes:
                return _json([])
            taken = desk.take(grant, person, fixes)
            return _json(notices_for([*taken.again, *taken.notices]))
        fixes = [fix.measured(grant) for fix in _sent(message).fixes]
        taken = desk.take(grant, person, fixes)
        visits = [VisitAnswer.of(each, desk) for each in taken.visits]
        return _json(TakenAnswer([NoticeAnswer.of(each) for each in taken.notices], visits))

    return take


def positions_body() -> RequestBody:
    """Return the description of the body, which no one Struct describes."""
    number, when = Schema(type=OpenAPIType.NUMBER), Schema(type=OpenAPIType.INTEGER, description="Seconds since 1970.")
    lat, lon = (Schema(type=OpenAPIType.NUMBER, minimum=-most, maximum=most) for most in (90, 180))
    metres = Schema(type=OpenAPIType.NUMBER, minimum=0, maximum=20_100_000)
    fix = Schema(
        type=OpenAPIType.OBJECT,
        required=["lat", "lon", "accuracy_m", "at"],
        properties={
            "lat": lat,
            "lon": lon,
            "accuracy_m": metres,
            "at": Schema(
                type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME, description="By the device's clock, with its offset."
            ),
            "level": Schema(
                one_of=[
                    Schema(type=OpenAPIType.NUMBER, minimum=LOWEST_LEVEL, maximum=HIGHEST_LEVEL),
                    Schema(type=OpenAPIType.NULL),
                ],
                description="The floor that the device states, if it does: only then a zone indoors can be entered.",
            ),
        },
        additional_properties=False,
    )
    own = Schema(
        title="SentFixes",
        type=OpenAPIType.OBJECT,
        required=["fixes"],
        properties={"fixes": Schema(type=OpenAPIType.ARRAY, items=fix, min_items=1, max_items=MOST_FIXES)},
        additional_properties=False,
    )
    message = Schema(
        title="OwnTracksMessage",
        description="Of the type location or transition; others are passed over. See https://owntracks.org/booklet/tech/json.",
        type=OpenAPIType.OBJECT,
        required=["_type"],
        properties={
            "_type": Schema(type=OpenAPIType.STRING),
            "tst": when,
            "lat": number,
            "lon": number,
            "acc": number,
        },
    )
    several = Schema(title="OwnTracksMessages", type=OpenAPIType.ARRAY, items=message, max_items=MOST_FIXES)
    return RequestBody(content={"application/json": OpenAPIMediaType(schema=Schema(one_of=[own, message, several]))})


def _decoded(body: bytes) -> Any:
    """Return what a body holds; ``None`` for an empty one, which OwnTracks sends at times and wishes to be passed over."""
    if not body.strip():
        return None
    try:
        message = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise BadInput('The body is not JSON: send {"fixes": […]}, or a message of OwnTracks.') from None
    if not isinstance(message, dict | list):
        raise BadInput("Send an object with fixes, or a message of OwnTracks or an array of them.")
    return message


def _sent(message: Any) -> SentFixes:
    try:
        return msgspec.convert(message, SentFixes)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$.")
        problem = {"message": said} | ({"key": path.rstrip("`")} if path else {})
        raise ValidationException(extra=[problem]) from None


def _json(answer: Any) -> Response[bytes]:
    return Response(msgspec.json.encode(answer), media_type=MediaType.JSON)
