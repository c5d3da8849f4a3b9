"""Which column is likely which of our fields, and how sure that is: for tables whose columns are not called as we know them.

Precision goes first: a column that is nothing for certain stays without a field, since a wrong one sends people to wrong places.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from finder.geo.points import LonLat
from finder.loading.clean import is_missing
from finder.loading.mapping_file import FIELDS, REPEATABLE, MappingFile, quoted
from finder.loading.suggest_cells import LOOKS, degrees_of, minutes_of_day, share_of
from finder.loading.suggest_names import NameLikeness, is_something_else, likenesses, words_of, words_of_name
from finder.loading.zones import is_nobodys

__all__ = ["Suggestion", "mapping_text", "suggest_mapping"]

LEAST = 0.5
"""A column that is less sure to be a field stays without one."""
ROWS = 200
"""So many rows are looked at."""
FEWEST_CELLS = 3
"""With fewer cells their looks say nothing on their own."""
MOSTLY = 0.8
"""From this share of the cells on, a column looks like a field."""
AT_LEAST = 0.5
"""Below this share the cells speak against the field that the name speaks for."""
HARDLY_ANY = 0.2
NAME_COUNTS = 0.85
"""The confidence of a name that is nearly a synonym, by itself."""
CONTRADICTED = 0.3
PAIR_OF_DEGREES = 0.75
SAME_POINT_DEG = 0.02
PAIR_OF_TIMES = 0.65
NAMED_PAIR_OF_TIMES = 0.95


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """What a column likely is."""

    column: str
    field: str | None = None
    """One of ``FIELDS``, or ``identifiers.<scheme>``; ``None`` for a column that is nothing for certain."""
    confidence: float = 0.0
    """0 to 1; 1 when it is called by the very name of the field."""
    reasons: tuple[str, ...] = ()
    part: str = ""
    """``from`` or ``to``, of two columns that are opening hours together."""


class _Candidate(NamedTuple):
    suggestions: tuple[Suggestion, ...]
    """Several where they go together or not at all."""
    place: int = 0
    """Among the synonyms of the field: explicit ones are in front."""
    known: bool = False
    by_cells_alone: bool = False


def suggest_mapping(
    header: Sequence[str], sample: Sequence[Mapping[str, str]], known: MappingFile | None = None
) -> tuple[Suggestion, ...]:
    """For each column of ``header``, in its order, the field that it likely is.

    By its name, exactly or nearly, and by what its cells in ``sample`` look like; ``known`` is a mapping of the same source,
    whose columns are believed. A field has one column, save those that take several; a column has one field.
    """
    cells = {column: _cells(column, sample) for column in header}
    candidates = [*_known_columns(header, known or MappingFile())]
    for column in header:
        candidates += _of_column(column, cells[column])
    candidates = _without_rivals(candidates)
    candidates += _degrees(header, sample)
    candidates += _times(header, cells, sample)
    order = {column: place for place, column in enumerate(header)}
    candidates.sort(key=lambda candidate: _rank(candidate, order))
    chosen: dict[str, Suggestion] = {}
    fields: set[str] = set()
    for candidate in candidates:
        wanted = {suggestion.field or "" for suggestion in candidate.suggestions}
        if candidate.suggestions[0].confidence < LEAST or any(each.column in chosen for each in candidate.suggestions):
            continue
        if (wanted - REPEATABLE) & fields:
            continue
        fields |= wanted
        chosen |= {suggestion.column: suggestion for suggestion in candidate.suggestions}
    return tuple(chosen.get(column, Suggestion(column=column)) for column in header)


def mapping_text(suggestions: Sequence[Suggestion]) -> str:
    """A mapping file to be corrected by hand, with the confidence and the reasons behind each column; it can be read as it is."""
    lines = ["# What each column likely is, and how sure that is (1.00 is certain). Correct what is wrong and delete what is not"]
    lines.append("# wanted; then give the file with --mapping.")
    by_field: dict[str, list[Suggestion]] = {}
    for suggestion in suggestions:
        if suggestion.field is not None:
            by_field.setdefault(suggestion.field, []).append(suggestion)
    lines += ["", "[columns]"]
    for field in FIELDS:
        lines += _lines(field, sorted(by_field.get(field, []), key=lambda each: each.part))
    identifiers = [field for field in by_field if field.startswith("identifiers.")]
    if identifiers:
        lines += ["", "[identifiers]"]
    for field in identifiers:
        lines += _lines(field.removeprefix("identifiers."), by_field[field])
    if unused := [suggestion.column for suggestion in suggestions if suggestion.field is None]:
        lines += ["", "# Not used:", *(f"# {quoted(column)}" for column in unused)]
    return "\n".join(lines) + "\n"


def _lines(key: str, suggestions: Sequence[Suggestion]) -> Iterator[str]:
    if len(suggestions) == 1:
        [only] = suggestions
        yield f"{key} = {quoted(only.column)}  # {_why(only)}"
    elif suggestions:
        yield f"{key} = ["
        yield from (f"  {quoted(each.column)},  # {_why(each)}" for each in suggestions)
        yield "]"


def _why(suggestion: Suggestion) -> str:
    return f"{suggestion.confidence:.2f}: {', '.join(suggestion.reasons)}"


def _rank(candidate: _Candidate, order: Mapping[str, int]) -> tuple[object, ...]:
    first = candidate.suggestions[0]
    field = first.field or ""
    identifier = field.startswith("identifiers.")
    place = FIELDS.index(field) if not identifier else 0
    return (
        not candidate.known, -round(first.confidence, 6), not identifier, place, candidate.place, order[first.column]
    )  # fmt: skip


def _cells(column: str, sample: Sequence[Mapping[str, str]]) -> list[str]:
    """The cells that say anything."""
    return [cell for row in sample[:ROWS] if (cell := (row.get(column) or "").strip()) and not is_missing(cell)]


def _known_columns(header: Sequence[str], known: MappingFile) -> Iterator[_Candidate]:
    there = set(header)
    named = [*known.columns.items(), *((f"identifiers.{scheme}", (column,)) for scheme, column in known.identifiers.items())]
    for field, columns in named:
        parts = ("from", "to") if len(columns) == 2 and field not in REPEATABLE else ("",) * len(columns)
        suggestions = [
            Suggestion(column=column, field=field, confidence=1.0, reasons=("named so in the mapping of this source",), part=part)
            for column, part in zip(columns, parts, strict=True)
        ]
        if field in REPEATABLE:
            yield from (_Candidate((each,), known=True) for each in suggestions if each.column in there)
        elif there.issuperset(columns):
            yield _Candidate(tuple(suggestions), known=True)


def _of_column(column: str, cells: Sequence[str]) -> Iterator[_Candidate]:
    """The fields that a column may be on its own."""
    by_name = {found.field: found for found in likenesses(column)}
    for found in by_name.values():
        yield _by_name(column, found, cells)
    if len(cells) < FEWEST_CELLS or is_something_else(column):
        return
    for field, looks in LOOKS.items():
        if field in by_name or not looks[0].telling:
            continue
        hits, share = share_of(cells, looks[0])
        if share >= MOSTLY:
            reasons = (f"{hits} of {len(cells)} cells are {looks[0].called}",)
            confidence = round(looks[0].telling * share, 4)
            suggestion = Suggestion(column=column, field=field, confidence=confidence, reasons=reasons)
            yield _Candidate((suggestion,), by_cells_alone=True)


def _without_rivals(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Without those that look like one field by their cells alone, where several do: nobody can tell which is meant."""
    fields = Counter(each.suggestions[0].field for each in candidates if each.by_cells_alone)
    return [
        each
        for each in candidates
        if not each.by_cells_alone or (field := each.suggestions[0].field) in REPEATABLE or fields[field] == 1
    ]


def _by_name(column: str, found: NameLikeness, cells: Sequence[str]) -> _Candidate:
    exact = found.likeness == 1.0
    reasons = [f"called {'' if exact else 'like '}“{found.synonym}”"]
    confidence = 1.0 if exact else found.likeness * NAME_COUNTS
    looks = LOOKS.get(found.field, ())
    if cells and looks:
        shares = [(look, *share_of(cells, look)) for look in looks]
        best = next((each for each in shares if each[2] >= AT_LEAST), None)
        if best is not None:
            look, hits, share = best
            reasons.append(f"{hits} of {len(cells)} cells are {look.called}")
            confidence = 1 - (1 - confidence) * (1 - look.telling * share)
        elif not exact or (len(cells) >= FEWEST_CELLS and all(share < HARDLY_ANY for _, _, share in shares)):
            look, hits, _ = shares[-1]
            reasons.append(f"but {hits} of {len(cells)} cells are {look.called}")
            confidence = CONTRADICTED
    suggestion = Suggestion(column=column, field=found.field, confidence=round(confidence, 4), reasons=tuple(reasons))
    return _Candidate((suggestion,), found.place)


def _degrees(header: Sequence[str], sample: Sequence[Mapping[str, str]]) -> Iterator[_Candidate]:
    """Two columns of degrees, where it is plain which of them is which without their names."""
    distinct: dict[str, list[float | None]] = {}
    for column in header:
        degrees = [degrees_of(row.get(column) or "") for row in sample[:ROWS]]
        told = [each for each in degrees if each is not None]
        filled = sum(bool(row.get(column)) for row in sample[:ROWS])
        if len(told) < FEWEST_CELLS or len(told) < MOSTLY * filled or max(map(abs, told)) > 180 or is_something_else(column):
            continue
        if not any(_are_the_same(degrees, others) for others in distinct.values()):
            distinct[column] = degrees
    if len(distinct) != 2:
        return
    one, other = distinct
    points = [(x, y) for x, y in zip(distinct[one], distinct[other], strict=True) if x is not None and y is not None]
    if _is_latitude_first(points):
        lat, lon = one, other
    elif _is_latitude_first([(y, x) for x, y in points]):
        lat, lon = other, one
    else:
        return
    reasons = (f"“{lat}” and “{lon}” together are points on land in {len(points)} rows, and only this way round",)
    yield _Candidate(
        tuple(
            Suggestion(column=column, field=field, confidence=PAIR_OF_DEGREES, reasons=reasons)
            for column, field in ((lat, "lat"), (lon, "lon"))
        )
    )


def _is_latitude_first(points: Sequence[tuple[float, float]]) -> bool:
    """Whether the pairs are places in some country when the latitude is first, and mostly none when it is second."""
    right = sum(_is_somebodys(lon, lat) for lat, lon in points)
    wrong = sum(_is_somebodys(lat, lon) for lat, lon in points)
    return bool(points) and right >= MOSTLY * len(points) and wrong <= HARDLY_ANY * len(points)


def _is_somebodys(lon: float, lat: float) -> bool:
    return abs(lat) <= 90 and not is_nobodys(LonLat(lon, lat))


def _are_the_same(some: Sequence[float | None], others: Sequence[float | None]) -> bool:
    pairs = [(one, other) for one, other in zip(some, others, strict=True) if one is not None and other is not None]
    return sum(abs(one - other) <= SAME_POINT_DEG for one, other in pairs) >= MOSTLY * len(pairs) > 0


def _times(
    header: Sequence[str], cells: Mapping[str, Sequence[str]], sample: Sequence[Mapping[str, str]]
) -> Iterator[_Candidate]:
    """The two columns from when to when a place is open."""
    columns = [
        column
        for column in header
        if len(cells[column]) >= FEWEST_CELLS
        and sum(minutes_of_day(cell) is not None for cell in cells[column]) >= MOSTLY * len(cells[column])
    ]
    starts = [column for column in columns if not words_of("start").isdisjoint(words_of_name(column))]
    ends = [column for column in columns if not words_of("end").isdisjoint(words_of_name(column))]
    if len(starts) == len(ends) == 1 and starts != ends:
        [start], [end], confidence = starts, ends, NAMED_PAIR_OF_TIMES
        reasons = ["called like a start and an end"]
    elif len(columns) == 2 and not (starts or ends):
        (start, end), confidence, reasons = columns, PAIR_OF_TIMES, []
    else:
        return
    in_order, both = _in_order(start, end, sample)
    if in_order < MOSTLY * both or not both:
        return
    reasons.append(f"in {in_order} of {both} rows the one time of day is before the other")
    yield _Candidate(
        tuple(
            Suggestion(column=column, field="opening_hours", confidence=confidence, reasons=tuple(reasons), part=part)
            for column, part in ((start, "from"), (end, "to"))
        )
    )


def _in_order(start: str, end: str, sample: Iterable[Mapping[str, str]]) -> tuple[int, int]:
    """In how many rows the one time is before the other, and how many have both."""
    pairs = [(minutes_of_day(row.get(start) or ""), minutes_of_day(row.get(end) or "")) for row in sample]
    told = [(first, last) for first, last in pairs if first is not None and last is not None]
    return sum(first < last for first, last in told), len(told)
