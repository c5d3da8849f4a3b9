"""The files that a simulation starts from: fences as GeoJSON (RFC 7946), a track as GPX 1.1."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import msgspec
import numpy as np

from finder.domain.fence import Fence, Trigger, Wish
from finder.errors import BadFile, BadInput
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat, checked_lon_lat
from finder.notices.geometry import shape_of_geojson
from finder.notices.simulate_noise import Truth

__all__ = ["read_fences", "read_track"]

WALKING_MPS: Final = 1.3
_DWELL_S: Final = 300.0
_LARGEST_BYTES: Final = 50_000_000


def read_fences(path: Path) -> list[Fence]:
    """Return the fences of a FeatureCollection, to be tried out.

    A feature is a Polygon, a MultiPolygon, or a Point with ``radius_m``. Its properties may be ``id`` (without it the feature's
    own, or its number), ``name``, ``dwell_s`` (without it 300), ``eta_s`` (without it no approach), ``wrong_entrance`` (true or
    false) and ``false_event_limit``. Raises :class:`BadFile` for what is none of these.
    """
    try:
        collection = msgspec.json.decode(_read(path))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} is no JSON ({error}): fences are given as a GeoJSON FeatureCollection.") from error
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        raise BadFile(f"{path.name} has no features: fences are given as a GeoJSON FeatureCollection.")
    fences = [_fence(feature, number, path) for number, feature in enumerate(features, start=1)]
    if len({fence.id for fence in fences}) < len(fences):
        raise BadFile(f"{path.name} has two fences with the same id: give each its own.")
    return fences


def _fence(feature: Any, number: int, path: Path) -> Fence:
    try:
        said: dict[str, Any] = feature.get("properties") or {}
        id_ = str(said.get("id") or feature.get("id") or number)
        wishes = [Wish(trigger=Trigger.DWELL, texts={}, dwell_s=float(said.get("dwell_s", _DWELL_S)))]
        if "eta_s" in said:
            wishes.append(Wish(trigger=Trigger.APPROACH, texts={}, eta_s=float(said["eta_s"])))
        if said.get("wrong_entrance"):
            wishes.append(Wish(trigger=Trigger.WRONG_ENTRANCE, texts={}))
        limit = {"false_event_limit": said["false_event_limit"]} if "false_event_limit" in said else {}
        fence = {
            "id": id_,
            "tenant": "",
            "facility_id": str(said.get("facility_id", "")),
            "name": str(said.get("name") or id_),
            "shape": msgspec.to_builtins(shape_of_geojson(feature["geometry"], _number(said.get("radius_m")))),
            "wishes": msgspec.to_builtins(wishes),
            **limit,
        }
        return msgspec.convert(fence, Fence)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, msgspec.ValidationError, BadInput) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else f"cannot be used ({error})"
        raise BadFile(
            f"Feature {number} of {path.name} {what}: a fence is a Polygon, a MultiPolygon, or a Point with radius_m."
        ) from error


def _number(said: Any) -> float | None:
    return None if said is None else float(said)


class _Points:
    """What the parser has found: longitude, latitude and time of each track point."""

    def __init__(self) -> None:
        self.points: list[tuple[LonLat, str]] = []
        self.root = ""
        self._open: list[str] = []
        self._text = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take in the beginning of an element."""
        local = name.rpartition(" ")[2]
        self.root = self.root or local
        self._open.append(local)
        self._text = ""
        if local == "trkpt":
            self.points.append((checked_lon_lat(float(attributes["lon"]), float(attributes["lat"])), ""))

    def say(self, text: str) -> None:
        """Take in text."""
        self._text += text

    def end(self, _name: str) -> None:
        """Take in the end of an element."""
        if self._open[-2:] == ["trkpt", "time"]:
            self.points[-1] = (self.points[-1][0], self._text.strip())
        self._open.pop()


def read_track(path: Path) -> Truth:
    """Return the track of a GPX file, its segments one after the other. Without times it is walked, at 1.3 m/s.

    Raises :class:`BadFile` for a file that is no GPX, has a document type, too few points, or times that go back.
    """
    found = _Points()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = found.begin, found.end, found.say

    def refuse(*_: object) -> None:
        raise BadFile(f"{path.name} has a document type, which GPX has not: export the track anew.")

    parser.StartDoctypeDeclHandler = refuse  # and with it every entity: no other file is read, nothing unfolds
    try:
        parser.Parse(_read(path), True)
    except BadInput as error:
        raise error if isinstance(error, BadFile) else BadFile(f"A point of {path.name} is not on the Earth. {error}") from error
    except (expat.ExpatError, KeyError, ValueError) as error:
        raise BadFile(f"{path.name} cannot be read as GPX: export the track as GPX 1.1.") from error
    if found.root != "gpx" or len(found.points) < 2:
        raise BadFile(f"{path.name} has no track of two points or more: export the track, not a route or a waypoint.")
    lon_lat = np.array([point for point, _ in found.points])
    dates = [said for _, said in found.points]
    if not any(dates):
        steps_m = [geodesic_m(a[0], b[0]) for a, b in pairwise(found.points)]
        return Truth(np.concatenate([[0.0], np.cumsum(steps_m)]) / WALKING_MPS, lon_lat)
    try:
        times_s = np.array([datetime.fromisoformat(said).timestamp() for said in dates])
    except ValueError as error:
        raise BadFile(
            f"A time in {path.name} cannot be read: each point needs one such as 2026-01-05T09:00:00Z, or none."
        ) from error
    if (np.diff(times_s) < 0.0).any():
        raise BadFile(f"The times in {path.name} go back: put its segments in order.")
    return Truth(times_s - times_s[0], lon_lat)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise BadFile(f"{path.name} is larger than 50 MB: cut it down to the visit.")
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read ({error.strerror}).") from error
