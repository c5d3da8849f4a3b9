"""A position as the API takes and gives it, and how a request comes to one."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request

from finder.api.services import ApiServices
from finder.directory.understanding import Part
from finder.domain.consent import ForSearch
from finder.domain.position import Position, PositionSource
from finder.errors import BadInput, NotFound
from finder.http.languages import accepted_languages
from finder.locate.device import DeviceFix
from finder.locate.named_place import named_place
from finder.privacy.grants import once

__all__ = ["DevicePosition", "PlaceText", "PolicyVersion", "PositionAnswer", "Whereabouts", "position_of"]

PlaceText = Annotated[str, msgspec.Meta(min_length=1, max_length=200, description="A street, neighbourhood, city or postcode.")]
PolicyVersion = Annotated[
    date,
    msgspec.Meta(
        description="The version of the privacy policy that the person has agreed to, a date: see GET /api/v1/policies/current. "
        "Without it a position is blurred to its H3 cell of resolution 7 before it is used.",
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
    consent: PolicyVersion | None = None


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


def position_of(
    where: Whereabouts, request: Request[Any, Any, Any], services: ApiServices, asked: Sequence[Part] = ()
) -> Position:
    """Return the position that a request offers: a device's, a named place's, or that of its network address.

    A place that the words name (``asked``) comes before all of them: whoever asks for *near Zona Río* means there.

    Of places of one name the one nearer to the network address is meant.

    Raises :class:`BadInput` for both a position and a place, :class:`NotFound` for a place that nothing is like, and what
    ``once`` raises for a consent that does not hold.
    """
    grant = once(ForSearch, where.consent) if where.consent is not None else None
    if where.position is not None and where.place is not None:
        raise BadInput("Send either position or place, not both.")
    if where.position is not None and not asked:
        fix = DeviceFix(lat=where.position.lat, lon=where.position.lon, accuracy_m=where.position.accuracy_m)
        return fix.precise(grant) if grant is not None else fix.blurred()
    language = next(accepted_languages(request.headers.get("accept-language", "")), "en")
    seen_from = services.locate_request(request, language)
    place = asked[0].value if asked else where.place
    if place is None:
        return seen_from
    position = named_place(services.directory.current().places, place, seen_from).position
    if position is None:
        raise NotFound("No place of this name is known here. GET /api/v1/places?q= lists names like it.")
    return position
