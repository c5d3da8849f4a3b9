"""Cleaning a block of rows column by column: each different cell once, each problem with its line."""

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any, cast

from finder.loading import clean
from finder.loading.clean_text import clean_text
from finder.loading.mapping import ColumnMapping
from finder.loading.read import SHOWN, Rows
from finder.loading.row_error import CellProblem, RowError, Severity

__all__ = ["Bad", "BlockColumns", "Cleaners"]

MEMO_CELLS = 50_000
"""Different cells that are remembered for one column; then it is begun anew, so that memory stays bounded."""
MOSTLY_DIFFERENT = 0.5
"""From this share of different cells on, remembering costs more than it saves."""
FIELD_OF = {"phone": "phones", "wheelchair": "accessibility", "postcode": "address"}
"""The facility's field, where it is not called as the column is."""


class Bad:
    """What is remembered of a cell that cannot be used."""

    def __init__(self, problem: CellProblem) -> None:
        self.problem = problem


class _Memo(dict[Any, Any]):
    """What each different cell of a column says."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function
        self.any_bad = False

    def __missing__(self, key: Any) -> Any:
        try:
            value = self._function(key)
        except CellProblem as problem:
            value = Bad(problem)
            self.any_bad = True
        self[key] = value
        return value


class Cleaners:
    """The memory of one process for the columns of one file, over all its blocks."""

    def __init__(self, mapping: ColumnMapping) -> None:
        self.mapping = mapping
        self._memos: dict[tuple[str, str], _Memo] = {}
        self._direct: set[tuple[str, str]] = set()

    def column(
        self,
        field: str,
        column: str,
        cells: Sequence[Any],
        function: Callable[[Any], Any],
        *,
        empty: Any = None,
        all_different: bool = False,
    ) -> tuple[list[Any], bool]:
        """What ``function`` makes of each cell that says something, ``empty`` of the others, and whether any is bad.

        ``all_different`` says that equal cells of the block were put together before.
        """
        key = (field, column)
        missing = self.mapping.file.missing

        def one(cell: Any) -> Any:
            text = cell[0] if type(cell) is tuple else cell
            return empty if not text or clean.is_missing(text, missing) else function(cell)

        if key in self._direct:
            return _directly(one, cells)
        memo = self._memos.get(key)
        if memo is None or len(memo) > MEMO_CELLS:
            memo = self._memos[key] = _Memo(one)
        before = len(memo)
        values = list(map(memo.__getitem__, cells))
        if not all_different and len(cells) > 1000 and len(memo) - before > len(cells) * MOSTLY_DIFFERENT:
            self._direct.add(key)
            self._memos.pop(key)
        return values, memo.any_bad


def _directly(function: Callable[[Any], Any], cells: Sequence[Any]) -> tuple[list[Any], bool]:
    try:
        return list(map(function, cells)), False
    except CellProblem:
        memo = _Memo(function)
        return [memo[cell] for cell in cells], True


class BlockColumns:
    """The columns of one block by our fields, and what is wrong with their cells."""

    def __init__(self, rows: Rows, cleaners: Cleaners) -> None:
        self.rows = rows
        self.size = len(rows.lines)
        self.errors: list[RowError] = []
        self.refused: set[int] = set()
        self.silent: dict[int, set[str]] = {}
        """By row, the fields that have a cell which cannot be used."""
        self._cleaners = cleaners
        self._mapping = cleaners.mapping

    def cells(self, column: str) -> Sequence[str]:
        """The raw cells of a column of the file."""
        return self.rows.columns[column]

    def column_of(self, field: str) -> str:
        """The first column of ``field``, or an empty string where the file has none."""
        return self._mapping.column(field)

    def plain_cells(self, field: str) -> Sequence[str]:
        """The cells of the only column of ``field`` where each is to be read as it is; else none."""
        columns, file = self._mapping.columns.get(field, ()), self._mapping.file
        if len(columns) != 1 or field in file.defaults or not file.missing.isdisjoint(self.cells(columns[0])):
            return ()
        return self.cells(columns[0])

    def has(self, field: str) -> bool:
        """Whether a column or a default gives the field."""
        return field in self._mapping.columns or field in self._mapping.file.defaults

    def values(self, field: str, function: Callable[[str], Any], severity: Severity = Severity.WARNING) -> Sequence[Any]:
        """What the cells of ``field`` say, ``None`` where nothing or nothing that can be used."""
        columns = self._mapping.columns.get(field, ())
        default = self._default(field, function)
        if not columns:
            return [default] * self.size
        return self._column(field, columns[0], self.cells(columns[0]), function, empty=default, severity=severity)

    def pairs(self, field: str, function: Callable[[str, str], Any]) -> Sequence[Any]:
        """What the cells of the two columns of ``field`` say together; nothing where one of them says nothing."""
        first, second = self._mapping.columns[field]
        others = [None if clean.is_missing(cell) else cell for cell in self.cells(second)]
        cells = [(cell if other else "", other) for cell, other in zip(self.cells(first), others, strict=True)]
        return self._column(field, first, cells, lambda pair: function(*pair))

    def texts(self, field: str) -> Sequence[str | None]:
        """The texts of ``field``, their white space tidied."""
        return self.values(field, lambda text: clean_text(text) or None)

    def values_with(self, field: str, function: Callable[[tuple[str, Any]], Any], others: Sequence[Any]) -> Sequence[Any]:
        """As :meth:`values`, where what a cell says depends on another one: ``function`` takes both."""
        columns = self._mapping.columns.get(field, ())
        if not columns:
            return [None] * self.size
        pairs = list(zip(self.cells(columns[0]), others, strict=True))
        return self._column(field, columns[0], pairs, function)

    def joined(self, field: str, function: Callable[[str], Iterable[Any]]) -> Sequence[tuple[Any, ...]]:
        """What all columns of the field say together, each thing once."""
        return self._joined(
            field,
            lambda column: self._column(field, column, self.cells(column), lambda text: tuple(function(text)), empty=()),
            self._default(field, lambda text: tuple(function(text))) or (),
        )

    def joined_with(
        self, field: str, function: Callable[[tuple[str, Any]], tuple[Any, ...]], others: Sequence[Any]
    ) -> Sequence[tuple[Any, ...]]:
        """As :meth:`joined`, where what a cell says depends on another one."""
        return self._joined(
            field,
            lambda column: self._column(field, column, list(zip(self.cells(column), others, strict=True)), function, empty=()),
            (),
        )

    def identifiers(self, scheme: str, column: str, function: Callable[[str], str | None]) -> Sequence[str | None]:
        """What a column of identifiers says."""
        return self._column(f"identifiers.{scheme}", column, self.cells(column), function)

    def report(self, row: int, column: str, problem: CellProblem, severity: Severity) -> None:
        """Tell what is wrong with a row; an error refuses it."""
        if severity is Severity.ERROR:
            self.refused.add(row)
        value = self.rows.columns[column][row] if column in self.rows.columns else ""
        self.errors.append(
            RowError(
                line=self.rows.lines[row],
                column=column,
                value=value[:SHOWN],
                problem=problem.problem,
                advice=problem.advice,
                severity=severity,
            )
        )

    def _default(self, field: str, function: Callable[[str], Any]) -> Any:
        text = self._mapping.file.defaults.get(field)
        return function(text) if text else None

    def _joined(self, field: str, column_of: Callable[[str], Sequence[Any]], default: Any) -> Sequence[tuple[Any, ...]]:
        columns = self._mapping.columns.get(field, ())
        if not columns:
            return [default] * self.size
        found = [column_of(column) for column in columns]
        if len(found) == 1:
            return [each or default for each in found[0]] if default else found[0]
        together = (tuple(dict.fromkeys(part for each in row for part in each)) for row in zip(*found, strict=True))
        return [each or default for each in together]

    def _column(
        self,
        field: str,
        column: str,
        cells: Sequence[Any],
        function: Callable[[Any], Any],
        *,
        empty: Any = None,
        severity: Severity = Severity.WARNING,
    ) -> Sequence[Any]:
        values, any_bad = self._cleaners.column(field, column, cells, function, empty=empty)
        if not any_bad:
            return values
        nothing = () if isinstance(empty, tuple) else None
        for row in compress(range(self.size), (type(value) is Bad for value in values)):
            problem = cast("Bad", values[row]).problem
            values[row] = nothing
            self.silent.setdefault(row, set()).add(FIELD_OF.get(field, field))
            self.report(row, column, problem, severity)
        return values
