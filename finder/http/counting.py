"""Counting a search that was answered: of who has agreed to be counted, and whose browser does not say otherwise."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from litestar import Request

from finder.domain.consent import ForAnalytics
from finder.domain.position import Position
from finder.domain.statistics import NO_CELL
from finder.errors import ConsentNeeded, NotReady, OutdatedPolicy
from finder.http.persons import asking_person, opted_out
from finder.http.web_log import note_cell
from finder.privacy.desk import ConsentDesk
from finder.privacy.statistics import SearchNotes, cell_of

__all__ = ["Counting", "SearchCounter", "counting_nobody"]

_log = logging.getLogger(__name__)

type _Request = Request[Any, Any, Any]


type Counting = Callable[[_Request, Position, Iterable[str]], None]
"""Told of each search that is answered: its request, near what position, and the ids of specialties and services looked for.

Never raises, and takes no time to speak of.
"""


class SearchCounter:
    """A :data:`Counting` that asks the desk at each search, and notes the cell alone."""

    def __init__(self, desk: ConsentDesk, notes: SearchNotes) -> None:
        self._desk = desk
        self._notes = notes

    def __call__(self, request: _Request, position: Position, care: Iterable[str]) -> None:
        """Note the search of a person with a yes to analytics that holds, and nothing of anybody else."""
        try:
            if opted_out(request) or (person := asking_person(request)) is None:
                return
            grant = self._desk.grant(ForAnalytics, person.subject)
            self._notes.note(grant, person.subject, position, care)
            if (cell := cell_of(position)) != NO_CELL:
                note_cell(request.scope, cell, grant)
        except (ConsentNeeded, OutdatedPolicy, NotReady):
            return  # nobody is asked for it here: that is done in the privacy centre alone
        except Exception:  # a search must not fail because it is not counted
            _log.exception("A search is not counted.")


def counting_nobody(_request: _Request, _position: Position, _care: Iterable[str]) -> None:
    """Count nothing: a :data:`Counting` for an application without statistics."""
