"""Asking a row of a register for a column, whatever the order of its columns and however their names are written."""

from collections.abc import Callable
from functools import lru_cache

from finder.loading.fold import folded
from finder.loading.read import Row

__all__ = ["Cells", "has_columns"]


@lru_cache(maxsize=16)
def _as_written(header: tuple[str, ...]) -> dict[str, str]:
    """Folded name → the name as the file has it. Rows of one file have one header: this is worked out once."""
    return {folded(name): name for name in reversed(header)}


def has_columns(header: tuple[str, ...] | list[str], names: frozenset[str]) -> bool:
    """Whether the header has all ``names`` (without regard to order, case, accents and blanks), among others or not."""
    return {folded(name) for name in names} <= {folded(name) for name in header}


class Cells:
    """The cells of one row of a register, by the names that the register documents."""

    def __init__(self, row: Row, says_nothing: Callable[[str], bool]) -> None:
        self._cells = row.cells
        self._as_written = _as_written(tuple(row.cells))
        self._says_nothing = says_nothing

    def __call__(self, *names: str) -> str:
        """The first cell that says something, of the columns with these names; else an empty string."""
        for name in names:
            column = self._as_written.get(folded(name))
            if column is not None and (text := self._cells[column]) and not self._says_nothing(text):
                return text
        return ""
