"""A grant: the proof, in a type, that a person said yes to a purpose. Without one an exact position cannot be had."""

from datetime import date
from typing import final, override

from finder.domain.consent import ForPurpose, Purpose
from finder.domain.proof import Proof
from finder.errors import OutdatedPolicy
from finder.privacy.policy import Policies, policies

__all__ = ["Grant", "checked_version", "once"]


@final
class _Key:
    """What only this module has, and without which no grant is made."""


_KEY = _Key()


@final
class Grant[P: ForPurpose](Proof):
    """That a person agrees to the purpose ``P``, such as ``Grant[ForSearch]``; asked for at each use and never kept for the next.

    Made by :func:`once` and ``ConsentDesk.grant`` only; it cannot be changed, copied into another or written to a file.
    """

    __slots__ = ("_purpose",)
    _purpose: type[P]

    def __init__(self, key: _Key, purpose: type[P]) -> None:
        if key is not _KEY:
            raise TypeError("A grant comes from once() or from a ConsentDesk.")
        self._set(_purpose=purpose)

    @property
    def purpose(self) -> type[P]:
        """What was agreed to."""
        return self._purpose

    @override
    def __repr__(self) -> str:
        return f"Grant[{self._purpose.__name__}]"


def once[P: ForPurpose](purpose: type[P], version: date) -> Grant[P]:
    """The grant of a person who agrees in the request itself: for this request alone, and kept nowhere.

    Raises :class:`OutdatedPolicy` when ``version`` is not the policy in force.
    """
    checked_version(version, purpose.purpose, policies())
    return _granted(purpose)


def checked_version(version: date, purpose: Purpose, known: Policies) -> None:
    """Raise :class:`OutdatedPolicy` for the version of a policy that is not in force."""
    if version != known.current.version:
        raise OutdatedPolicy(
            f"The privacy policy in force is {known.current.version}. Show it to the person, then send consent again.", purpose
        )


def _granted[P: ForPurpose](purpose: type[P]) -> Grant[P]:
    return Grant(_KEY, purpose)
