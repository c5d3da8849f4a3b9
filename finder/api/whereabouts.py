"""Where the person is, and the policies: that in force, which a precise answer needs consent to, and all before it."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody

from finder.api.positions import PositionAnswer, Whereabouts, position_of
from finder.api.services import ApiServices
from finder.domain.consent import ForSearch, Purpose
from finder.privacy.policy import CURRENT_POLICY, Policy, policies

__all__ = ["locate_handler", "policy_handlers"]


class LocateAnswer(msgspec.Struct, frozen=True):
    """Where a search with the same request would start."""

    position: PositionAnswer


class PolicyAnswer(msgspec.Struct, frozen=True):
    """The privacy policy in force: send ``version`` as ``consent`` once the person has agreed to it."""

    version: date


class PolicyText(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in one language, as Markdown. ``sha256``, in hex, is what the ledger keeps of a text that was read."""

    language: str
    text: str
    sha256: str
    summary: str


class PolicyVersionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One version. Who agreed to an earlier one for a purpose of ``asks_again_for`` is asked again."""

    version: date
    in_force: bool
    asks_again_for: list[Purpose]
    texts: list[PolicyText]

    @classmethod
    def of(cls, policy: Policy) -> "PolicyVersionAnswer":
        """Return a policy as the API gives it."""
        return cls(
            version=policy.version,
            in_force=policy.version == CURRENT_POLICY,
            asks_again_for=sorted(policy.asks_again_for),
            texts=[
                PolicyText(language=language, text=text, sha256=policy.text_sha256(language), summary=policy.summaries[language])
                for language, text in policy.texts.items()
            ],
        )


class PoliciesAnswer(msgspec.Struct, frozen=True):
    """Oldest first; the last one is in force."""

    results: list[PolicyVersionAnswer]


def locate_handler(services: ApiServices) -> Any:
    """Return the handler of ``POST /api/v1/locate``."""

    @post("/locate", status_code=200, sync_to_thread=True, summary="Where the person is")
    def locate(request: Request[Any, Any, Any], data: JSONBody[Whereabouts]) -> LocateAnswer:
        """Answer the position that a device's fix, a named place or the network address comes to."""
        return LocateAnswer(position=PositionAnswer.of(position_of(data, request, services, ForSearch)))

    return locate


def policy_handlers() -> list[Any]:
    """Return the handlers of ``GET /api/v1/policies/current`` and ``GET /api/v1/policies``."""

    @get("/policies/current", sync_to_thread=False, summary="The privacy policy in force")
    def current_policy() -> PolicyAnswer:
        """Answer the version of the policy in force, a date."""
        return PolicyAnswer(version=CURRENT_POLICY)

    @get("/policies", sync_to_thread=False, summary="Every privacy policy there was")
    def all_policies() -> PoliciesAnswer:
        """Answer the texts of all versions, and for what each asks people again."""
        return PoliciesAnswer(results=[PolicyVersionAnswer.of(policy) for policy in policies().versions])

    return [current_policy, all_policies]
