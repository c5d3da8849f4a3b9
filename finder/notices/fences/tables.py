"""The rows of a file of fences, before anything is understood of them: cells by column, of CSV or of GeoJSON's properties."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from finder.domain.fence import Trigger
from finder.errors import BadFile, BadInput
from finder.notices.geometry import check_crs
from finder.store.fences import MOST_OF_TENANT

__all__ = ["LARGEST_BYTES", "MOST_ROWS", "RawRow", "RowProblem", "rows_in"]

LARGEST_BYTES: Final = 50_000_000
MOST_ROWS: Final = MOST_OF_TENANT
_NEEDED: Final = ("facility", "name", "triggers")
_COLUMNS: Final = frozenset(
    {
        *_NEEDED,
        "id",
        "shape",
        "lat",
        "lon",
        "radius_m",
        "wkt",
        "geojson",
        "level",
        "windows",
        "quiet_hours",
        "once_per_visit",
        "most_per_day",
        "false_event_limit",
        "expires_on",
    }
)
_TEXT: Final = re.compile(rf"text_([a-z]{{2,3}}(?:-[a-z0-9]{{2,8}})*)(?:_({'|'.join(Trigger)}))?", re.IGNORECASE)
_NO_TEXT: Final = "No text is called so: text_en, text_es, or text_en_enter, _dwell, _approach, _exit, _wrong_entrance."
_LONGEST_NAME: Final = 80


class RowProblem(msgspec.Struct, frozen=True):
    """What is wrong with a row, and what to do. ``row`` is as a spreadsheet counts, the header being 1, or a feature's number.

    ``column`` is empty where it is about the whole row. It repeats no cell.
    """

    row: int
    column: str
    text: str


class RawRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row: ``number`` is :class:`RowProblem`'s, ``cells`` are trimmed and none is empty."""

    number: int
    cells: dict[str, str]
    texts: dict[str, dict[str, str]]
    """By language and then by trigger; by the empty string what holds for all triggers."""
    extras: dict[str, Any]
    geometry: Any = None
    """Of a feature."""


def rows_in(
    data: bytes, file_name: str, most_rows: int = MOST_ROWS, needed: Sequence[str] = _NEEDED
) -> Iterator[RawRow | RowProblem]:
    """Yield the rows of a file; ``needed`` are the columns that a CSV file must have.

    Raises :class:`BadFile` for what is neither CSV in UTF-8 nor a GeoJSON FeatureCollection, and for one of more rows.
    """
    if len(data) > LARGEST_BYTES:
        raise BadFile(f"{file_name} is larger than {LARGEST_BYTES // 1_000_000} MB: split it.")
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.lstrip()[:1] == b"{":
        return _features(data, file_name, most_rows)
    return _csv_rows(data, file_name, most_rows, needed)


def _csv_rows(data: bytes, file_name: str, most_rows: int, needed: Sequence[str]) -> Iterator[RawRow | RowProblem]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadFile(f"{file_name} is no text in UTF-8: save it as “CSV UTF-8”.") from error
    if text[:4].lower() == "sep=":  # Excel's own first line
        text = text.partition("\n")[2]
    first = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    header: list[str] = []
    number, has_rows = 0, False
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise BadFile(
                f"Row {number} of {file_name} cannot be read as CSV ({error}): close its quotes, and simplify an outline that is "
                "longer than 130,000 letters."
            ) from error
        if not any(map(str.strip, cells)):
            continue
        has_rows = bool(header)
        if not header:
            header = _header(cells, file_name, needed)
            yield from (RowProblem(number, name[:_LONGEST_NAME], _NO_TEXT) for name in header if _is_misnamed(name))
        elif number > most_rows + 1:
            raise BadFile(f"{file_name} has more than the {most_rows:,} rows that fit at once: split it.")
        elif len(cells) > len(header):
            yield RowProblem(number, "", "It has more cells than the header: put cells with a comma or semicolon in quotes.")
        else:
            yield _row(number, dict(zip(header, cells, strict=False)))
    if not header:
        raise BadFile(f"{file_name} is empty: give CSV with a header, or a GeoJSON FeatureCollection.")
    if not has_rows:
        raise BadFile(f"{file_name} has no rows, and no fences below its header: give each a row.")


def _header(cells: Sequence[str], file_name: str, needed: Sequence[str]) -> list[str]:
    names = [_column(name) or f"(column {number})" for number, name in enumerate(cells, start=1)]
    if not set(names) & _COLUMNS:
        raise BadFile(
            f"{file_name} names none of the columns of fences in its first row: is it parted by commas, semicolons or tabs, "
            "and saved as “CSV UTF-8”?"
        )
    if missing := [name for name in needed if name not in names]:
        raise BadFile(f"{file_name} has no column {' and none '.join(missing)}: its first row names the columns of fences.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadFile(f"{file_name} has two columns {twice[0][:_LONGEST_NAME]}: take one out.")
    return names


def _features(data: bytes, file_name: str, most_rows: int) -> Iterator[RawRow | RowProblem]:
    try:
        collection = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFile(f"{file_name} is no JSON ({error}): fences are given as CSV or a GeoJSON FeatureCollection.") from error
    features = collection.get("features") if isinstance(collection, dict) else None
    if isinstance(collection, dict):
        _check_crs(collection, file_name)
    if not isinstance(features, list) or not features:
        raise BadFile(f"{file_name} has no features: fences are given as CSV or a GeoJSON FeatureCollection.")
    if len(features) > most_rows:
        raise BadFile(f"{file_name} has more than the {most_rows:,} features that fit at once: split it.")
    for number, feature in enumerate(features, start=1):
        said = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(said, dict):
            yield RowProblem(number, "", "It is no feature with properties: facility, name, triggers, text_en and text_es.")
            continue
        try:
            check_crs(feature)
        except BadInput as error:
            yield RowProblem(number, "", str(error))
            continue
        values = {_column(str(name)): value for name, value in said.items()}
        if isinstance(feature.get("id"), str | int) and values.get("id") is None:
            values["id"] = feature["id"]
        wrong = [RowProblem(number, name[:_LONGEST_NAME], _NO_TEXT) for name in values if _is_misnamed(name)]
        wrong += [
            RowProblem(number, name, "It must be a text, a number, or yes or no.")
            for name, value in values.items()
            if (name in _COLUMNS or _TEXT.fullmatch(name)) and _cell(value) is None
        ]
        yield from wrong or [_row(number, values, feature.get("geometry"))]


def _check_crs(collection: Any, file_name: str) -> None:
    try:
        check_crs(collection)
    except BadInput as error:
        raise BadFile(f"{file_name} cannot be read. {error}") from error


def _row(number: int, values: dict[str, Any], geometry: Any = None) -> RawRow:
    cells: dict[str, str] = {}
    texts: dict[str, dict[str, str]] = {}
    extras: dict[str, Any] = {}
    for name, value in values.items():
        cell = _cell(value)
        if cell == "":
            continue
        if found := _TEXT.fullmatch(name):
            texts.setdefault(found[1], {})[found[2] or ""] = cell or ""
        elif name in _COLUMNS:
            cells[name] = cell or ""
        else:
            extras[name] = value.strip() if isinstance(value, str) else value
    return RawRow(number=number, cells=cells, texts=texts, extras=extras, geometry=geometry)


def _cell(value: Any) -> str | None:
    """What a cell would say, trimmed; ``None`` for what no cell can."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value.strip()
        case int() | float():
            return repr(value)
        case list():
            parts = [_cell(part) for part in value]  # pyright: ignore[reportUnknownVariableType] - any JSON
            return None if None in parts else "; ".join(part for part in parts if part)
        case _:
            return None


def _column(name: str) -> str:
    """A column's name as it is looked up: small letters and underscores, but for the language of a text."""
    name = name.strip()
    if found := _TEXT.fullmatch(name):
        language, hyphen, region = found[1].partition("-")
        return f"text_{language.lower()}{hyphen}{region}" + (f"_{found[2].lower()}" if found[2] else "")
    small = name.lower().replace(" ", "_")
    return small if small in _COLUMNS else name


def _is_misnamed(name: str) -> bool:
    return name.lower().startswith("text_") and _TEXT.fullmatch(name) is None
