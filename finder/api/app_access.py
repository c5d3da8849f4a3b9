"""Applications of others at the calls about a person: who asks, and may they?"""

from typing import Any, Final

from litestar import Request

from finder.domain.apps import AppScope
from finder.privacy.disclosures import AppAccess, DisclosureDesk

__all__ = ["app_access"]

_OF_APPS: Final = ("fa_", "fr_", "fc_")
"""A refresh token or a code opens nothing here: whoever sends one is told so, and not that a person's token is missing."""


def app_access(disclosures: DisclosureDesk, request: Request[Any, Any, Any], scope: AppScope) -> AppAccess | None:
    """Return what an application's token opens; ``None`` when it is no application that asks.

    Raises :class:`AppTokenRefused` and :class:`AppRefused`, which :func:`finder.api.problems.problem_of` answers as RFC 6750
    has it, and :class:`NotReady`.
    """
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    token = token.strip()
    return disclosures.access(token, scope) if scheme.lower() == "bearer" and token.startswith(_OF_APPS) else None
