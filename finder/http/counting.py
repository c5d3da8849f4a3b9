"""Counting a search that was answered: of who has agreed to be counted, and whose browser does not say otherwise."""

from collections.abc import Callable, Iterable
from typing import Any

from litestar import Request

from finder.domain.consent import ForAnalytics
from finder.domain.position import Position
from finder.errors import ConsentNeeded, NotReady, OutdatedPolicy
from finder.http.faults import log_fault
from finder.http.persons import asking_person, opted_out
from finder.privacy.desk import ConsentDesk
from finder.privacy.statistics import SearchNotes

__all__ = ["Counting", "SearchCounter", "counting_nobody"]

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
        except (ConsentNeeded, OutdatedPolicy, NotReady):
            return  # nobody is asked for it here: that is done in the privacy centre alone
        except Exception as error:  # a search must not fail because it is not counted
            log_fault(error)


def counting_nobody(_request: _Request, _position: Position, _care: Iterable[str]) -> None:
    """Count nothing: a :data:`Counting` for an application without statistics."""
