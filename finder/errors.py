"""Every error that the finder raises on purpose.

The tree, with the HTTP status that the faces give it (``finder/http/faults.py`` holds the one table)::

    FinderError
    ├── BadInput                what a person or a program sent cannot be used           400
    │   ├── BadCursor           a paging cursor that this finder did not make            400
    │   ├── BadFile             a file that cannot be loaded at all                      400
    │   └── OutdatedPolicy      consent to a policy version that is not the current one  409
    ├── ConsentNeeded           the person has not said yes to that, or no longer        403
    ├── TokenNeeded             it is about one person, and the request says not of whom 401
    ├── AppTokenRefused         an application's token that is none, or has expired      401
    ├── AppRefused              the person lets this application do that no longer       403
    ├── NotFound                nothing has this identifier                              404
    ├── NoRoute                 no way on roads is known between these points            422
    │   ├── AcrossBorder        the way would lead over a border that is not for crossing 422
    │   └── TooFar              no road is known, and nobody goes so far by that means    422
    ├── Unlawful                no law that may rule there allows this fence             422
    ├── Conflict                something else must come first; the message says what    409
    ├── ErasedMeanwhile         it was asked before all about the person was erased      409
    ├── NotReady                something must be set up first; the message says how     503
    │   └── NotOffered          an engine does not do that there, and nothing is amiss   503
    └── Damaged                 a file of ours fails its own checks                      500

A message says what is wrong *and* what to do. It never holds a coordinate or a network address: messages are logged.
"""

__all__ = [
    "AcrossBorder",
    "AppRefused",
    "AppTokenRefused",
    "BadCursor",
    "BadFile",
    "BadInput",
    "Conflict",
    "ConsentNeeded",
    "Damaged",
    "ErasedMeanwhile",
    "FinderError",
    "NoRoute",
    "NotFound",
    "NotOffered",
    "NotReady",
    "OutdatedPolicy",
    "TokenNeeded",
    "TooFar",
    "Unlawful",
]


class FinderError(Exception):
    """The root: catch this to catch everything that the finder says on purpose."""


class BadInput(FinderError):
    """What a person or a program sent cannot be used; the message says what would be."""


class BadCursor(BadInput):
    """A paging cursor that this finder did not make, or one of another search."""


class BadFile(BadInput):
    """A file that cannot be loaded at all: no CSV, empty, not readable as text."""


class OutdatedPolicy(BadInput):
    """Consent to a policy version that is not the current one. ``purpose`` is the value of a ``Purpose``."""

    def __init__(self, message: str, purpose: str) -> None:
        super().__init__(message)
        self.purpose = purpose


class ConsentNeeded(FinderError):
    """The person has not said yes to this, or no longer: ask, and come again. ``purpose`` is the value of a ``Purpose``."""

    def __init__(self, message: str, purpose: str) -> None:
        super().__init__(message)
        self.purpose = purpose


class TokenNeeded(FinderError):
    """What is asked for belongs to one person, whose token did not come along."""


class AppTokenRefused(FinderError):
    """A token of an application's that is none of ours, or has expired."""


class AppRefused(FinderError):
    """A person lets an application do that no longer, or never did; ``code`` is ``access_revoked`` or ``insufficient_scope``."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class NotFound(FinderError):
    """Nothing has this identifier."""


class NoRoute(FinderError):
    """No way on roads is known between two points, for this mode; the message says what might help."""


class AcrossBorder(NoRoute):
    """The way would lead over a border that the person cannot be sent across; ``why`` is the value of a ``WhyNot``."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


class TooFar(NoRoute):
    """No way on roads is known, and it is so far that an estimate would help nobody."""


class Unlawful(FinderError):
    """A fence that the law where it lies does not allow, or of which nobody can tell; the message says which law."""


class Conflict(FinderError):
    """Cannot be done as things stand, such as committing what nobody has previewed; the message says what must come first."""


class ErasedMeanwhile(FinderError):
    """All about the person was erased between the beginning of a request and its end, so nothing that it brought is kept."""


class NotReady(FinderError):
    """Something must be set up first: no published snapshot, no migrated store, no database of addresses."""


class NotOffered(NotReady):
    """An engine lacks a way of travelling, there or on that day: nothing is amiss, and somebody else may stand in."""


class Damaged(FinderError):
    """A file that the finder wrote itself fails its own checks."""
