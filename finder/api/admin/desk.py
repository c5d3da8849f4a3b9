"""What the admin API asks of the rooms below; ``app.py`` hands over the one who does it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from finder.domain.admin import Actor
from finder.domain.load import Load
from finder.domain.review import Decision, ReviewItem
from finder.loading.intake import As

__all__ = ["Done", "HistoryEntry", "LoadDesk", "Progress"]

type Progress = Callable[[int, int], None]
"""Is told how much is done and how much there is, in any unit; what it raises must end the work."""


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What one load said of one facility."""

    load_id: int
    source: str
    file_name: str
    at: datetime
    fields: dict[str, Any]
    """What it says, by field, as JSON has it."""
    verified_at: date | None = None


class Done[T](NamedTuple):
    """What was done and stays done, and what an admin should know of it."""

    what: T
    note: str | None
    """Such as that it is not published yet."""


class LoadDesk(Protocol):
    """Loads, and what they lead to. Every call may take long; several may come at once, from several threads.

    All raise the errors of ``finder/errors.py``: :class:`BadInput` and :class:`BadFile` for what was sent, :class:`NotFound` for
    an id of nothing, :class:`Conflict` for what cannot be done any more. Messages never hold a coordinate. Where the store was
    changed and only publishing fails nothing is raised: a note says so.
    """

    def inspect(self, path: Path, mapping: Path | None) -> dict[str, Any]:
        """How the file would be read: its columns and which field each would be, with confidence. Reads the beginning only.

        ``mapping`` is TOML as of docs/mappings; :class:`BadInput` for one that cannot be used with this file.
        """
        ...

    def preview(
        self, path: Path, *, source: str | None, as_: As | None, mapping: Path | None, progress: Progress
    ) -> dict[str, Any]:
        """What :meth:`commit` would do, and what that changes for patients; nothing is changed. The answer must go into JSON."""
        ...

    def commit(
        self, path: Path, *, source: str | None, as_: As | None, mapping: Path | None, progress: Progress
    ) -> dict[str, Any]:
        """Load the file and publish; among the report's ``notes`` is that of :class:`Done`.

        Doing it again after it was cut off at any moment does the rest, and nothing twice.
        """
        ...

    def undo(self, load_id: int) -> Done[Load]:
        """Take one load back, keep what came later, and publish. The load as it is in the ledger then."""
        ...

    def loads(self) -> Sequence[Load]:
        """The ledger, newest first."""
        ...

    def load(self, load_id: int) -> Load:
        """One load."""
        ...

    def review(self) -> Sequence[ReviewItem]:
        """The questions that nobody has decided, oldest first."""
        ...

    def decide(self, item_id: int, decision: Decision, *, by: Actor) -> Done[ReviewItem]:
        """Decide a question, and publish. :class:`BadInput` for a decision that is no answer to it."""
        ...

    def history(self, facility_id: str) -> Sequence[HistoryEntry]:
        """What every active load says of a facility, newest first."""
        ...

    def edit(self, facility_id: str, changes: dict[str, Any]) -> Done[Load]:
        """Correct fields of a facility by hand, and publish. The load of the source ``hand`` that it became: it can be undone.

        ``changes`` has names of fields of :class:`finder.domain.facility.Facility` with values of their types, which are
        read as a file's cells are. :class:`BadInput` for a value that nothing can be made of.
        """
        ...
