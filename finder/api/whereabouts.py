"""Where the person is, and the policy that a precise answer needs consent to."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody

from finder.api.positions import PositionAnswer, Whereabouts, position_of
from finder.api.services import ApiServices
from finder.privacy.policy import CURRENT_POLICY

__all__ = ["locate_handler", "policy_handler"]


class LocateAnswer(msgspec.Struct, frozen=True):
    """Where a search with the same request would start."""

    position: PositionAnswer


class PolicyAnswer(msgspec.Struct, frozen=True):
    """The privacy policy in force: send ``version`` as ``consent`` once the person has agreed to it."""

    version: date


def locate_handler(services: ApiServices) -> Any:
    """Return the handler of ``POST /api/v1/locate``."""

    @post("/locate", status_code=200, sync_to_thread=False, summary="Where the person is")
    def locate(request: Request[Any, Any, Any], data: JSONBody[Whereabouts]) -> LocateAnswer:
        """Answer the position that a device's fix, a named place or the network address comes to."""
        return LocateAnswer(position=PositionAnswer.of(position_of(data, request, services)))

    return locate


def policy_handler() -> Any:
    """Return the handler of ``GET /api/v1/policies/current``."""

    @get("/policies/current", sync_to_thread=False, summary="The privacy policy in force")
    def current_policy() -> PolicyAnswer:
        """Answer the version of the policy in force, a date."""
        return PolicyAnswer(version=CURRENT_POLICY)

    return current_policy
