"""What is wrong with the rows of a file: all of it in a file beside it, the first of it in memory, and how often each comes."""

import csv
import os
import re
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from finder.loading.row_error import RowError, Severity

__all__ = ["COLUMNS", "ErrorLog", "Problem", "harmless"]

COLUMNS = ("line", "column", "value", "problem", "advice", "severity")
ORDER = {severity: place for place, severity in enumerate(Severity)}
KEPT = 1000
MOST_PROBLEMS = 1000
PLAIN_NUMBER = re.compile(r"^[+-]?\d+(?:[.,]\d+)?$")
LINES_SHOWN = 5
EARLIER_LINE = re.compile(r"on line \d+")


class Problem(msgspec.Struct, kw_only=True):
    """Row errors that are alike."""

    severity: Severity
    column: str
    problem: str
    """Of the first of them; without the line that it names, where there are several."""
    advice: str
    count: int
    lines: list[int]
    """The first lines that have it."""


class ErrorLog:
    """Takes in row errors; with ``writes`` they go to ``FILE.errors.csv``, which is there only if there are any.

    Where the file's folder cannot be written, they go to the current folder. A cell that a spreadsheet would run as a formula
    gets an apostrophe in front; plain numbers, negative ones too, stay as they are.
    """

    def __init__(self, path: Path, *, writes: bool) -> None:
        self.first: list[RowError] = []
        self.note: str | None = None
        """What an admin should know of where the errors are."""
        self._name = f"{path.stem}.errors.csv"
        self._beside = path.with_name(self._name)
        self._writes = writes
        self._target: Path | None = None
        self._file: Any = None
        self._rows: Any = None
        self._problems: dict[tuple[Severity, str, str], Problem] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        """Bring the file to its place; after an error there is none, and that of last time stays."""
        if self._file:
            self._file.close()
            if kind is None and self._target:
                _unfinished(self._target).replace(self._target)
            elif self._target:
                _unfinished(self._target).unlink(missing_ok=True)
        elif kind is None and self._writes and _is_ours(self._beside) and os.access(self._beside.parent, os.W_OK):
            self._beside.unlink()

    @property
    def file(self) -> Path | None:
        """Where the errors were written; ``None`` where there are none, or nothing was to be written."""
        return self._target

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, alike together: errors first, the most frequent first."""
        return tuple(sorted(self._problems.values(), key=lambda problem: (ORDER[problem.severity], -problem.count)))

    def add(self, errors: Iterable[RowError]) -> None:
        """Take in errors, in the order of the lines."""
        for error in errors:
            if len(self.first) < KEPT:
                self.first.append(error)
            self._count(error)
            if self._writes:
                self._write(error)

    def _count(self, error: RowError) -> None:
        key = (error.severity, error.column, error.advice)
        problem = self._problems.get(key)
        if problem is None:
            if len(self._problems) >= MOST_PROBLEMS:
                return
            problem = self._problems[key] = Problem(
                severity=error.severity, column=error.column, problem=error.problem, advice=error.advice, count=0, lines=[]
            )
        elif problem.count == 1:
            problem.problem = EARLIER_LINE.sub("on an earlier line", problem.problem)
        problem.count += 1
        if len(problem.lines) < LINES_SHOWN:
            problem.lines.append(error.line)

    def _write(self, error: RowError) -> None:
        if self._rows is None:
            self._open()
        if self._rows:
            cells = (str(error.line), error.column, error.value, error.problem, error.advice, str(error.severity))
            self._rows.writerow(map(harmless, cells))

    def _open(self) -> None:
        here, reason = Path.cwd() / self._name, None
        for target in (self._beside, here):
            try:
                # With a byte order mark, or Excel takes it for Latin-1.
                self._file = _unfinished(target).open("w", encoding="utf-8-sig", newline="")
            except OSError as error:
                reason = error.strerror
                continue
            self._target = target
            if target is here:
                self.note = f"The folder of the file cannot be written: the row errors are in {self._name} in the current folder."
            self._rows = csv.writer(self._file)
            self._rows.writerow(COLUMNS)
            return
        self.note = f"The row errors could not be written to {self._name}: {reason}."
        self._writes = False


def harmless(text: str) -> str:
    """The text so that no spreadsheet runs it: https://owasp.org/www-community/attacks/CSV_Injection."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) and not PLAIN_NUMBER.match(text) else text


def _unfinished(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _is_ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.readline().strip() == ",".join(COLUMNS)
    except (OSError, UnicodeDecodeError):
        return False
