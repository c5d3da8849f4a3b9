"""A position as the API takes and gives it, and how a request comes to one."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Never

import msgspec
from litestar import Request

from finder.api.services import ApiServices
from finder.directory.understanding import Part
from finder.domain.consent import WithPosition
from finder.domain.position import Position, PositionFor, PositionSource
from finder.errors import BadInput, NotFound
from finder.http.languages import accepted_languages
from finder.http.persons import asking_person, known_person
from finder.locate.device import DeviceFix
from finder.locate.named_place import named_place
from finder.locate.saved import SavedPlace
from finder.privacy.exactness import grant_as_wished

__all__ = [
    "DevicePosition",
    "Exact",
    "PlaceText",
    "PolicyVersion",
    "PositionAnswer",
    "SavedPlaceId",
    "Whereabouts",
    "named_in_request",
    "position_of",
]

PlaceText = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="A street, neighbourhood, city or postcode.")]
PolicyVersion = Annotated[
    date,
    msgspec.Meta(
        description="The version of the privacy policy that the person agrees to for this one request, a date: see "
        "GET /api/v1/policies/current. Without it, and without a consent of POST /api/v1/consents, a position is blurred to its "
        "H3 cell of resolution 7 before it is used.",
    ),
]
Exact = Annotated[
    bool,
    msgspec.Meta(
        description="true: use the exact position, or answer 403 (code consent_needed) or 409 (outdated_policy) where the person "
        "has not agreed to it; in an emergency it is blurred instead. false: blur it in any case. null: as exact as agreed.",
    ),
]

SavedPlaceId = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9a-f]{24}$",
        description="A place of GET /api/v1/me/places, with its person's token. It is used as exactly as position would be.",
    ),
]


class DevicePosition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device measured: WGS84 degrees and the radius in metres that should hold the person."""

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    accuracy_m: Annotated[float, msgspec.Meta(ge=0, le=20_100_000)]


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the person is. With none of it, the network address of the request decides."""

    position: DevicePosition | None = None
    place: PlaceText | None = None
    saved_place: SavedPlaceId | None = None
    consent: PolicyVersion | None = None
    exact: Exact | None = None


class PositionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where the answer takes the person to be. ``source`` says how far to trust it; ``default`` means that nothing is known."""

    lat: float
    lon: float
    accuracy_m: float
    source: PositionSource
    label: str | None
    coarsened: bool

    @classmethod
    def of(cls, position: Position) -> "PositionAnswer":
        """Return a position as the API gives it."""
        return cls(
            lat=position.lon_lat.lat,
            lon=position.lon_lat.lon,
            accuracy_m=round(position.accuracy_m, 1),
            source=position.source,
            label=position.label,
            coarsened=position.coarsened,
        )


def position_of[P: WithPosition](
    where: Whereabouts,
    request: Request[Any, Any, Any],
    services: ApiServices,
    purpose: type[P],
    asked: Sequence[Part] = (),
    *,
    urgent: bool = False,
) -> PositionFor[P]:
    """Return the position for a purpose that a request offers: a device's, a place's, or that of its network address.

    A place that the words name (``asked``) comes before all of them: whoever asks for *near Zona Río* means there.

    Raises :class:`BadInput` for several of them, :class:`NotFound` for a place that nothing is like, :class:`TokenNeeded` for a
    saved place without its person's token, and what :func:`grant_as_wished` raises for a consent that does not hold, unless it is
    ``urgent``.
    """
    if sum(start is not None for start in (where.position, where.place, where.saved_place)) > 1:
        raise BadInput("Send one of position, place and saved_place, not several.")
    start = None if asked else _own_start(where, request, services)
    if start is not None:
        person = asking_person(request) if where.consent is None else None
        grant = grant_as_wished(services.consents, purpose, person, exact=where.exact, agreed=where.consent, urgent=urgent)
        return start.precise(grant) if grant is not None else start.blurred()
    place = asked[0].value if asked else where.place
    return named_in_request(request, services, place) if place is not None else _seen_from(request, services)


def named_in_request(request: Request[Any, Any, Any], services: ApiServices, place: str) -> PositionFor[Never]:
    """Return the position of a place by its name; of several the one nearer to the network address. Raises :class:`NotFound`."""
    position = named_place(services.directory.current().places, place, _seen_from(request, services)).position
    if position is None:
        raise NotFound("No place of this name is known here. GET /api/v1/places?q= lists names like it.")
    return position


def _seen_from(request: Request[Any, Any, Any], services: ApiServices) -> PositionFor[Never]:
    language = next(accepted_languages(request.headers.get("accept-language", "")), "en")
    return services.locate_request(request, language)


def _own_start(where: Whereabouts, request: Request[Any, Any, Any], services: ApiServices) -> DeviceFix | SavedPlace | None:
    """Return what is the person's own and so needs a consent to be used exactly; ``None`` where it is neither."""
    if where.position is not None:
        return DeviceFix(lat=where.position.lat, lon=where.position.lon, accuracy_m=where.position.accuracy_m)
    if where.saved_place is None:
        return None
    person = known_person(request)
    return SavedPlace(services.rights.use_place(person, where.saved_place), person.key, person.subject)
