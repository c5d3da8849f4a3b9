"""One column of a block at a time, in compiled code: which cells are plain, and what JSON each gives to its row's document."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from finder.loading.clean import first_letters_of_missing, is_missing
from finder.loading.clean_phone import TEN_DIGITS
from finder.loading.columns import Bad, Cleaners
from finder.loading.mapping import ColumnMapping
from finder.loading.words import missing_words

__all__ = ["Column", "Degrees", "PlainColumns", "Values", "bools", "join"]

pc: Any = pyarrow.compute  # its functions are made at run time, which no type checker sees

WORDS = r"^[\p{L}\p{N}][\p{L}\p{M}\p{N}.,'#/()&-]*(?: [\p{L}\p{M}\p{N}.,'#/()&-]+)*$"
"""A tidy text: words of letters, digits and everyday signs with one blank between; nothing that JSON or COPY would escape."""
DEGREES = r"^-?(?:\d|[1-9]\d{1,2})\.\d{1,10}$"
"""Not more digits than a float keeps, so that its shortest form is the text without the zeros at its end."""

type Bools = NDArray[np.bool_]


class Column(NamedTuple):
    """What a column of texts gives to each row."""

    fragments: Any
    """JSON for the document, an empty text where the column says nothing."""
    filled: Bools
    plain: Bools


class Degrees(NamedTuple):
    """What a column of coordinates gives."""

    number: NDArray[np.float64]
    text: Any
    """As JSON has the number."""
    plain: Bools


class Values(NamedTuple):
    """What a column of few different cells says: each of them cleaned once."""

    distinct: list[Any]
    """The values; ``None`` where the cell says nothing, :class:`Bad` where it cannot be used."""
    codes: NDArray[np.int64]
    """For each row which of them it has."""

    @classmethod
    def same(cls, value: Any, size: int) -> "Values":
        """One value for all rows."""
        return cls([value], np.zeros(size, np.int64))

    @property
    def plain(self) -> Bools:
        """The rows whose cell can be used, or says nothing."""
        return np.array([type(value) is not Bad for value in self.distinct], np.bool_)[self.codes]

    @property
    def filled(self) -> Bools:
        """The rows of which the column says something."""
        return np.array([value is not None and type(value) is not Bad for value in self.distinct], np.bool_)[self.codes]

    def take(self, texts: Sequence[str]) -> Any:
        """For each row the text that belongs to its value."""
        return pc.take(pa.array(texts, pa.string()), pa.array(self.codes))

    def fragments(self, field: str, omitted: Any = None) -> Any:
        """JSON for the document; none for nothing and for ``omitted``, the field's default."""
        return self.take(
            [
                "" if value is None or type(value) is Bad or value == omitted else f',"{field}":{_json(value)}'
                for value in self.distinct
            ]
        )


class PlainColumns:
    """The columns of one block by our fields."""

    def __init__(self, table: Any, mapping: ColumnMapping, cleaners: Cleaners) -> None:
        self.size: int = table.num_rows
        self._table = table
        self._mapping = mapping
        self._cleaners = cleaners

    def has(self, field: str) -> bool:
        """Whether a column gives the field."""
        return field in self._mapping.columns

    def array(self, field: str) -> Any:
        """The cells of a field that has one column."""
        return self.cells(self._mapping.columns[field][0])

    def cells(self, column: str) -> Any:
        """The cells of a column of the file."""
        chunked = self._table.column(column)
        return chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()

    def values(self, field: str, function: Callable[[str], Any]) -> Values:
        """What ``function`` makes of the cells, each different one once; of the default where there is no column."""
        default = self._mapping.file.defaults.get(field)
        empty = function(default) if default else None
        if not self.has(field):
            return Values.same(empty, self.size)
        encoded = self.array(field).dictionary_encode()
        cells = [cell.strip() for cell in encoded.dictionary.to_pylist()]
        distinct, _ = self._cleaners.column(
            field, self._mapping.columns[field][0], cells, function, empty=empty, all_different=True
        )
        return Values(distinct, encoded.indices.to_numpy().astype(np.int64))

    def values_with(self, field: str, function: Callable[[tuple[str, Any]], Any], others: Values) -> Values:
        """As :meth:`values`, where what a cell says depends on another value: each different pair once."""
        if not self.has(field):
            return Values.same(None, self.size)
        encoded = self.array(field).dictionary_encode()
        cells = [cell.strip() for cell in encoded.dictionary.to_pylist()]
        width = len(others.distinct)
        pairs, codes = np.unique(encoded.indices.to_numpy().astype(np.int64) * width + others.codes, return_inverse=True)
        both = [(cells[pair // width], others.distinct[pair % width]) for pair in pairs.tolist()]
        distinct, _ = self._cleaners.column(field, self._mapping.columns[field][0], both, function, all_different=True)
        return Values(distinct, codes)

    def words(self, field: str) -> Column:
        """Texts that are kept as they are."""
        if not self.has(field):
            return self._nothing()
        cells = self.array(field)
        return self._column(cells, bools(pc.match_substring_regex(cells, WORDS)), join(f',"{field}":"', cells, '"'))

    def matching(self, field: str, pattern: str) -> Column:
        """Texts that are kept as they are when they match."""
        if not self.has(field):
            return self._nothing()
        cells = self.array(field)
        return self._column(cells, bools(pc.match_substring_regex(cells, pattern)), join(f',"{field}":"', cells, '"'))

    def identifiers(self, column: str, pattern: str) -> tuple[Any, Bools]:
        """The cells of a column of identifiers, and the rows in which they are plain."""
        cells = self.cells(column)
        good = bools(pc.match_substring_regex(cells, pattern))
        return cells, good & ~self._may_say_nothing(cells)

    def phones(self, around: Values) -> Column:
        """Ten digits with the prefix of the country around."""
        if not self.has("phone"):
            return self._nothing()
        cells = self.array("phone")
        digits = pc.replace_substring_regex(cells, r"[ .()-]", "")
        known = np.array([country in TEN_DIGITS for country in around.distinct], np.bool_)[around.codes]
        prefix = around.take([TEN_DIGITS.get(country or "", "") for country in around.distinct])
        good = bools(pc.match_substring_regex(digits, r"^[2-9]\d{9}$")) & known
        return self._column(cells, good, join(',"phones":["', prefix, digits, '"]'))

    def degrees(self, field: str) -> Degrees:
        """Coordinates."""
        cells = self.array(field)
        plain = bools(pc.match_substring_regex(cells, DEGREES))
        # A whole number or a zero is written in another way as JSON: not plain.
        text = pc.ascii_rtrim(cells, "0")
        plain &= ~bools(pc.match_substring_regex(text, r"\.$|^-0\.0*$"))
        safe = cells if plain.all() else pc.if_else(pa.array(plain), cells, "0.0")
        return Degrees(pc.cast(safe, pa.float64()).to_numpy(), text, plain)

    def _column(self, cells: Any, good: Bools, fragments: Any) -> Column:
        empty = bools(pc.equal(cells, ""))
        filled = good & ~empty
        if empty.any():
            fragments = pc.if_else(pa.array(empty), "", fragments)
        return Column(fragments, filled, (filled & ~self._may_say_nothing(cells)) | empty)

    def _nothing(self) -> Column:
        nothing = np.zeros(self.size, np.bool_)
        return Column("", nothing, ~nothing)

    def _may_say_nothing(self, cells: Any) -> Bools:
        """Cells that may be a word for *nothing is known*: those must be looked at."""
        may = bools(pc.match_substring_regex(cells, _suspicious()))
        if may.any():
            rows = np.flatnonzero(may)
            suspects = pc.take(cells, pa.array(rows))
            letters = pc.utf8_lower(pc.replace_substring_regex(suspects, r"[ -/:-@\[-`{-~]+", ""))
            # With an accent it may be such a word, too: those few are looked at one by one.
            odd = ~bools(pc.string_is_ascii(letters)) & bools(pc.less_equal(pc.utf8_length(letters), _longest_missing()))
            found = bools(pc.is_in(letters, value_set=_missing_words()))
            found[odd] = [is_missing(text) for text in suspects.filter(pa.array(odd)).to_pylist()]
            may[rows] = found
        if self._mapping.file.missing:
            may |= bools(pc.is_in(pc.utf8_lower(cells), value_set=pa.array(sorted(self._mapping.file.missing))))
        return may


def bools(array: Any) -> Bools:
    """An array of truths as numpy has it, to be changed."""
    return array.to_numpy(zero_copy_only=False).copy()


def join(*parts: Any) -> Any:
    """The texts of each row one behind the other; a single text is the same for all rows."""
    return pc.binary_join_element_wise(*(pa.scalar(part) if isinstance(part, str) else part for part in parts), "")


@cache
def _suspicious() -> str:
    first = "".join(sorted(first_letters_of_missing()))
    return f"^(?:[^A-Za-z0-9]|[{first}{first.upper()}])"


@cache
def _missing_words() -> Any:
    return pa.array(sorted({*missing_words(), "http", "https"}))


@cache
def _longest_missing() -> int:
    return max(map(len, missing_words()))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
