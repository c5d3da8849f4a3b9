"""What is wrong with one row of a file, in words that an admin can act on."""

from enum import StrEnum

import msgspec

__all__ = ["CellProblem", "RowError", "Severity"]


class Severity(StrEnum):
    """Whether the row was refused, is kept aside, or was kept without the cell that cannot be used."""

    ERROR = "error"
    ASIDE = "aside"
    """The row waits for a person's decision: ``finder review``."""
    WARNING = "warning"


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with one row. ``problem`` and ``advice`` never repeat a coordinate; ``value`` may hold one."""

    line: int
    """The line on which the row begins, as an editor counts: the header is usually line 1."""
    column: str = ""
    """The column's name as the file has it; empty when the whole row is meant."""
    value: str = ""
    problem: str
    advice: str
    severity: Severity = Severity.ERROR


class CellProblem(Exception):
    """A cell that cannot be used. Never leaves this room: it becomes a :class:`RowError` where line and column are known."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice
