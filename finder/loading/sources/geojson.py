"""GeoJSON (RFC 7946): a collection, one feature, a feature a line, or a text sequence (RFC 8142). Never more than one feature is
in memory, however long the file is."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple, cast

from shapely.errors import ShapelyError
from shapely.geometry import shape

from finder.errors import BadFile
from finder.loading.fold import folded
from finder.loading.read import FIELD_LIMIT, LINE_LIMIT, SHOWN, Row
from finder.loading.row_error import RowError, Severity
from finder.loading.sources.cell_text import as_text, plain_text
from finder.loading.sources.json_stream import VALUE_LIMIT, BadJson, JsonStream, decode
from finder.loading.sources.table import Progress, Table

__all__ = ["MAX_COLUMNS", "open_geojson"]

PROGRESS_EVERY = 500
MAX_COLUMNS = 5_000
"""Different properties in one file. More of them come from a file that has its data in the keys."""
SEPARATOR = "\N{INFORMATION SEPARATOR TWO}"
"""U+001E, before each feature of a text sequence."""
WGS84 = re.compile(r"(?:.*[:/])?(?:CRS84h?|EPSG(?::[\d.]*:|/0/|:)(?:4326|4979))", re.IGNORECASE)
"""Names of the only coordinate system that GeoJSON has, in the ways that the standard of 2008 wrote them."""
SAVE_AS = "Save it as GeoJSON in WGS 84 (in QGIS: Export, GeoJSON, CRS EPSG:4326) and load that file."


class _Form(StrEnum):
    COLLECTION = "GeoJSON, by number of the feature"
    FEATURE = "GeoJSON, one feature"
    LINES = "GeoJSON, a feature on each line"
    SEQUENCE = "GeoJSON text sequence"


class _Feature(NamedTuple):
    cells: dict[str, str]
    lon_lat: tuple[str, str] | None
    id: str
    geometry_problem: str | None


class _Read(NamedTuple):
    """The JSON of one feature, the line or number it has, and how many bytes were read up to it, about."""

    line: int
    value: object | BadJson
    position: int


def open_geojson(path: Path) -> Table:
    """A table of the features of ``path``: a column for each property, in the order in which they first appear.

    ``lat`` and ``lon`` come before them where any feature has a geometry: those of a point, or of a point within any other
    shape; they replace properties that are called the same. ``id`` is the feature's own id where no property is called so.
    Nested properties are called ``outer.inner``; the parts of a list are joined by ``;``. The line of a row is the line
    where features have lines of their own, else the number of the feature from 1: ``details`` says which.

    The whole file is read once to know the columns. Raises :class:`BadFile`, naming the file without its folders, when it
    is no GeoJSON, breaks off, is not in UTF-8 or not in WGS 84, or has no feature. Errors in one feature become row errors.
    """
    try:
        form = _form(path)
        header, has_id, has_geometry, count = _columns(path, form)
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error
    except (BadJson, UnicodeDecodeError) as error:
        raise _bad(path, error) from error
    if not count:
        raise BadFile(f"{path.name} has no features. Give one for each facility.")
    first = [*(("lat", "lon") if has_geometry else ()), *(("id",) if has_id else ())]
    header = (*first, *(column for column in header if column not in first))
    return Table(header=header, details=form.value, rows=partial(_rows, path, form, header))


def _columns(path: Path, form: _Form) -> tuple[dict[str, None], bool, bool, int]:
    """The properties in the order of their appearance; whether to add ids and coordinates; how many features there are."""
    header: dict[str, None] = {}
    has_id = has_geometry = False
    count = 0
    for read in _features(path, form):
        count += 1
        feature = _feature(read.value)
        if isinstance(feature, _Feature):
            header.update(dict.fromkeys(feature.cells))
            has_id = has_id or bool(feature.id)
            has_geometry = has_geometry or feature.lon_lat is not None or feature.geometry_problem is not None
            if len(header) > MAX_COLUMNS:
                raise BadFile(
                    f"{path.name} has more than {MAX_COLUMNS:,} different properties. Give the features the same properties."
                )
    return header, has_id and all(folded(column) != "id" for column in header), has_geometry, count


def _rows(path: Path, form: _Form, header: tuple[str, ...], progress: Progress | None) -> Iterator[Row | RowError]:
    size_bytes = path.stat().st_size
    for count, (line, value, position) in enumerate(_features(path, form), 1):
        if progress and count % PROGRESS_EVERY == 0:
            progress(min(position, size_bytes), size_bytes)
        feature = _feature(value)
        if isinstance(feature, str):
            yield RowError(line=line, problem=feature, advice="Correct this feature, or delete it.")
            continue
        cells = dict.fromkeys(header, "") | feature.cells
        if feature.lon_lat:
            cells["lon"], cells["lat"] = feature.lon_lat
        if feature.id and "id" not in feature.cells and "id" in cells:
            cells["id"] = feature.id
        if feature.geometry_problem:
            yield RowError(
                line=line,
                column="geometry",
                problem=feature.geometry_problem,
                advice="Correct its geometry: the row is read without coordinates.",
                severity=Severity.WARNING,
            )
        if too_long := next((column for column, text in cells.items() if len(text) > FIELD_LIMIT), None):
            yield RowError(
                line=line,
                column=too_long,
                value=cells[too_long][:SHOWN] + "…",
                problem=f"The property has {len(cells[too_long]):,} characters; at most {FIELD_LIMIT:,} are read.",
                advice="Shorten it.",
            )
        elif any(cells.values()):
            yield Row(line, {column: cells[column] for column in header})
    if progress:
        progress(size_bytes, size_bytes)


def _form(path: Path) -> _Form:
    """Which of the forms this is, from its first value. Raises :class:`BadFile` for JSON that is no GeoJSON."""
    with path.open(encoding="utf-8-sig") as file:
        stream = JsonStream(file)
        try:
            if stream.peek() == SEPARATOR:
                return _Form.SEQUENCE
            kind: object = None
            for key in stream.members():
                if key == "features" and stream.peek() == "[":
                    return _Form.COLLECTION
                value = stream.value()
                kind = value if key == "type" else kind
            more = stream.peek()
        except BadJson:
            # Where features have lines of their own, only the first may be broken.
            file.seek(0)
            if _has_feature_lines(file):
                return _Form.LINES
            raise
    if kind != "Feature":
        raise BadFile(f"{path.name} is JSON, but no GeoJSON: it has no “features” and is no “Feature”. {SAVE_AS}")
    return _Form.LINES if more else _Form.FEATURE


def _has_feature_lines(file: TextIOWrapper) -> bool:
    lines = (file.readline(VALUE_LIMIT) for _ in range(3))
    return any(
        line.endswith("\n") and line.startswith("{") and '"Feature"' in line and line.rstrip().endswith("}") for line in lines
    )


def _features(path: Path, form: _Form) -> Iterator[_Read]:
    with path.open("rb") as binary, TextIOWrapper(binary, encoding="utf-8-sig") as file:
        if form in (_Form.LINES, _Form.SEQUENCE):
            for line, text in _texts(file, path.name, form):
                yield _Read(line, _decoded(text), binary.tell())
        else:
            for number, value in _members(JsonStream(file), path, form):
                yield _Read(number, value, binary.tell())


def _decoded(text: str) -> object | BadJson:
    try:
        return decode(text)
    except BadJson as error:
        return error


def _members(stream: JsonStream, path: Path, form: _Form) -> Iterator[tuple[int, object]]:
    """The features of one document."""
    number = 0
    try:
        if form is _Form.FEATURE:
            yield 1, stream.value()
            return
        for key in stream.members():
            if key == "features" and stream.peek() == "[":
                for value in stream.items():
                    number += 1
                    yield number, value
            elif key == "crs":
                _check_crs(path, stream.value())
            else:
                stream.value()
        if stream.peek():
            raise BadJson("something stands behind its end")
    except BadJson as error:
        raise BadJson(f"{error}, behind feature {number}" if number else str(error)) from error


def _texts(file: TextIOWrapper, name: str, form: _Form) -> Iterator[tuple[int, str]]:
    """The text of each feature that stands by itself, with the line on which it begins."""
    number, begins_on, pieces, length = 0, 1, list[str](), 0
    while line := file.readline(VALUE_LIMIT + 1):
        number += 1
        first, *others = line.split(SEPARATOR) if form is _Form.SEQUENCE else ("", line)
        pieces.append(first)
        length += len(first)
        if max(length, len(line)) > VALUE_LIMIT:
            raise BadFile(
                f"{name}, line {begins_on if length > VALUE_LIMIT else number}: the feature has more than {VALUE_LIMIT:,} "
                "characters. Simplify its outline; a point is enough."
            )
        for other in others:
            if text := "".join(pieces).strip():
                yield begins_on, text
            begins_on, pieces, length = number, [other], len(other)
    if text := "".join(pieces).strip():
        yield begins_on, text


def _feature(value: object) -> _Feature | str:
    """What the feature says, or why it is none."""
    if isinstance(value, BadJson):
        return f"This is no JSON: {value}."
    feature = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    properties = feature.get("properties")
    if feature.get("type") != "Feature" or not isinstance(properties, dict | None):
        return "This is no GeoJSON feature."
    if not _is_wgs84(feature.get("crs")):
        return "Its coordinates are not in WGS 84."
    cells: dict[str, str] = {}
    try:
        _flatten(cast("dict[str, object]", properties or {}), "", cells)
        lon_lat, problem = _point(feature.get("geometry"))
    except RecursionError:
        return "It is nested too deeply."
    if sum(map(len, cells.values())) > LINE_LIMIT:
        return f"Its properties have more than {LINE_LIMIT:,} characters."
    return _Feature(cells, lon_lat, as_text(feature.get("id")), problem)


def _flatten(properties: Mapping[str, object], prefix: str, cells: dict[str, str]) -> None:
    for key, value in properties.items():
        column = prefix + (plain_text(key) or "(no name)")
        if isinstance(value, dict):
            _flatten(cast("dict[str, object]", value), f"{column}.", cells)
        elif text := as_text(value) or cells.get(column, ""):
            cells[column] = text
        else:
            cells.setdefault(column, "")


def _point(geometry: object) -> tuple[tuple[str, str] | None, str | None]:
    """Longitude and latitude as text, where there is a geometry; or what is wrong with it."""
    if geometry is None:
        return None, None
    try:
        lon_lat = _lon_lat(cast("dict[str, object]", geometry))
    except (ShapelyError, ValueError, TypeError, AttributeError, KeyError, IndexError):
        return None, "Its geometry is not as GeoJSON has it."
    return (as_text(lon_lat[0]), as_text(lon_lat[1])) if lon_lat else None, None


def _lon_lat(geometry: dict[str, object]) -> tuple[float, float] | None:
    """``None`` for a geometry without coordinates; errors of many kinds for what is none."""
    coordinates = geometry.get("coordinates")
    if coordinates == []:
        return None
    if geometry.get("type") == "Point":
        lon, lat = cast("list[object]", coordinates)[:2]
        if isinstance(lon, bool) or not isinstance(lon, int | float) or not isinstance(lat, int | float):
            raise TypeError
        return lon, lat
    within = shape(geometry).point_on_surface()
    return None if within.is_empty else (within.x, within.y)


def _is_wgs84(crs: object) -> bool:
    if crs is None:
        return True
    properties = cast("dict[str, object]", crs).get("properties") if isinstance(crs, dict) else crs
    name = cast("dict[str, object]", properties).get("name") if isinstance(properties, dict) else properties
    return isinstance(name, str) and WGS84.fullmatch(name.strip()) is not None


def _check_crs(path: Path, crs: object) -> None:
    if not _is_wgs84(crs):
        raise BadFile(f"{path.name} has coordinates in another system than WGS 84, the only one of GeoJSON. {SAVE_AS}")


def _bad(path: Path, error: BadJson | UnicodeDecodeError) -> BadFile:
    if isinstance(error, UnicodeDecodeError):
        return BadFile(f"{path.name} is not in UTF-8, as GeoJSON must be. {SAVE_AS}")
    return BadFile(f"{path.name} cannot be read as GeoJSON: {error}. Perhaps it was cut off: export or download it again.")
