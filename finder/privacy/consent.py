"""A grant: the proof, in a type, that a person said yes to the policy in force."""

from datetime import date

import msgspec

from finder.errors import BadInput, OutdatedPolicy
from finder.privacy.policy import CURRENT_POLICY

__all__ = ["Grant", "grant_from_version"]


class Grant(msgspec.Struct, frozen=True):
    """Made by :func:`grant_from_version` only; what needs a consent takes one of these and so cannot be called without."""

    policy_version: date


def grant_from_version(version: str) -> Grant:
    """The grant of a person who agreed to policy ``version``, a date such as ``2026-11-01``.

    Raises :class:`BadInput` when it is no date, and :class:`OutdatedPolicy` when it is not the policy in force.
    """
    try:
        agreed = date.fromisoformat(version)
    except ValueError:
        raise BadInput("consent must name a policy version, a date: ask GET /api/v1/policies/current.") from None
    if agreed != CURRENT_POLICY:
        raise OutdatedPolicy(f"The privacy policy in force is {CURRENT_POLICY}. Show it to the person, then send consent again.")
    return Grant(policy_version=agreed)
