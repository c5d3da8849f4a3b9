"""The files that a simulation starts from: fences as an admin imports them, a track as GPX 1.1."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final
from xml.parsers import expat

import msgspec
import numpy as np

from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Circle, Fence, Outline
from finder.errors import BadFile, BadInput
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat, checked_lon_lat
from finder.notices.fences.checked import LANGUAGES
from finder.notices.fences.reading import ReadFence, RowProblem, fences_of_rows
from finder.notices.fences.tables import RawRow, rows_in
from finder.notices.law import Site
from finder.notices.simulate_noise import Truth

__all__ = ["WALKING_MPS", "Track", "read_fences", "read_track"]

WALKING_MPS: Final = 1.3
_SHOWN_PROBLEMS: Final = 20
_LARGEST_BYTES: Final = 50_000_000


class Track(msgspec.Struct, frozen=True):
    """A track as a file has it. Without times in the file it is gone along at :data:`WALKING_MPS`, without a stop."""

    truth: Truth
    has_times: bool


def read_fences(path: Path) -> list[Fence]:
    """Return the fences of a file, CSV or GeoJSON as :mod:`finder.notices.fences.reading` takes it, to be tried out.

    It need not say what no simulation asks about: ``facility``, ``name`` and texts. Raises :class:`BadFile` for what is no such
    file, and with what is wrong with its rows.
    """
    rows = rows_in(_read(path), path.name, needed=("triggers",))
    to_try = [row if isinstance(row, RowProblem) else _completed(row) for row in rows]
    found = list(fences_of_rows(to_try, "", _NoSites(), datetime.now(UTC)))
    if wrong := [one for one in found if isinstance(one, RowProblem)]:
        told = [f"Row {one.row}{one.column and ', '}{one.column}: {one.text}" for one in wrong[:_SHOWN_PROBLEMS]]
        more = [f"And {len(wrong) - len(told):,} more."] if len(wrong) > len(told) else []
        raise BadFile("\n".join([f"{path.name} cannot be tried.", *told, *more]))
    return [one.fence for one in found if isinstance(one, ReadFence)]


def _completed(row: RawRow) -> RawRow:
    """The row with something for what it need not say."""
    cells = {"facility": "-", "name": row.cells.get("id") or f"Row {row.number}"} | row.cells
    return msgspec.structs.replace(row, cells=cells, texts={language: {"": "-"} for language in LANGUAGES})


class _NoSites:
    """Each facility is somewhere, and nobody has drawn its outline."""

    def site(self, facility_id: str) -> Site:
        """See :class:`Sites`."""
        facility = Facility(id=facility_id, kind=FacilityKind.CLINIC, name="-", lon_lat=LonLat(0.0, 0.0), time_zone="UTC")
        return Site(facility=facility)

    def others(self, shape: Circle | Outline, but: str) -> list[Site]:
        """See :class:`Sites`."""
        return []


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


def read_track(path: Path) -> Track:
    """Return the track of a GPX file, its segments one after the other.

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
        return Track(Truth(np.concatenate([[0.0], np.cumsum(steps_m)]) / WALKING_MPS, lon_lat), has_times=False)
    try:
        times_s = np.array([datetime.fromisoformat(said).timestamp() for said in dates])
    except ValueError as error:
        raise BadFile(
            f"A time in {path.name} cannot be read: each point needs one such as 2026-01-05T09:00:00Z, or none."
        ) from error
    if (np.diff(times_s) < 0.0).any():
        raise BadFile(f"The times in {path.name} go back: put its segments in order.")
    return Track(Truth(times_s - times_s[0], lon_lat), has_times=True)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise BadFile(f"{path.name} is larger than 50 MB: cut it down to the visit.")
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read ({error.strerror}).") from error
