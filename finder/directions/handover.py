"""Links that open a map app with the way to a place.

Only the place is in a link, never the person: each app asks the device itself where it is. An app is offered for the modes
that its documented form of link knows:

- https://developers.google.com/maps/documentation/urls/get-started#directions-action
- https://developer.apple.com/library/archive/featuredarticles/iPhoneURLScheme_Reference/MapLinks/MapLinks.html
- https://developers.google.com/waze/deeplinks
- https://osmand.net/docs/technical/algorithms/osmand-intents/
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

import msgspec

from finder.directions.estimate import TravelMode
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["Handover", "MapApp", "links"]


class MapApp(StrEnum):
    """An app that shows the way."""

    GOOGLE_MAPS = "google_maps"
    APPLE_MAPS = "apple_maps"
    WAZE = "waze"
    OSMAND = "osmand"


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A link to an app. ``may_have_steps``: who asked for a step-free way gets one on foot, and must be told so."""

    app: MapApp
    url: str
    may_have_steps: bool = False


_APPS: Final[dict[MapApp, tuple[dict[TravelMode, str], Callable[[str, str], str]]]] = {
    MapApp.GOOGLE_MAPS: (
        {TravelMode.CAR: "driving", TravelMode.FOOT: "walking", TravelMode.BICYCLE: "bicycling", TravelMode.TRANSIT: "transit"},
        lambda at, mode: _url("https://www.google.com/maps/dir/", api="1", destination=at, travelmode=mode),
    ),
    MapApp.APPLE_MAPS: (
        {TravelMode.CAR: "d", TravelMode.FOOT: "w", TravelMode.TRANSIT: "r"},
        lambda at, mode: _url("https://maps.apple.com/", daddr=at, dirflg=mode),
    ),
    MapApp.WAZE: (
        {TravelMode.CAR: "yes"},
        lambda at, navigate: _url("https://waze.com/ul", ll=at, navigate=navigate),
    ),
    MapApp.OSMAND: (
        {TravelMode.CAR: "car", TravelMode.FOOT: "pedestrian", TravelMode.BICYCLE: "bicycle"},
        lambda at, profile: _url("https://osmand.net/map/", finish=at, profile=profile, pin=at) + f"#16/{at.replace(',', '/')}",
    ),
}


def links(target: LonLat, mode: TravelMode) -> list[Handover]:
    """Return the links to the place for a mode, in the order of :class:`MapApp`; for a wheelchair those on foot.

    Raises :class:`finder.errors.BadInput` for a place that is not on the Earth.
    """
    lon, lat = checked_lon_lat(target.lon, target.lat)
    # Adding zero makes no difference but to -0.0.
    at = f"{round(lat, 6) + 0.0:.6f},{round(lon, 6) + 0.0:.6f}"
    needs_no_steps = mode is TravelMode.WHEELCHAIR
    shown = TravelMode.FOOT if needs_no_steps else mode
    return [
        Handover(app=app, url=link(at, names[shown]), may_have_steps=needs_no_steps)
        for app, (names, link) in _APPS.items()
        if shown in names
    ]


def _url(base: str, **query: str) -> str:
    return f"{base}?{urlencode(query)}"
