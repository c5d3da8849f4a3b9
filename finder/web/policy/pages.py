"""The privacy policy: the one in force, every version that ever was, and what each changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from finder.errors import NotFound
from finder.privacy.policy import Policies, Policy
from finder.web.formats import date_text
from finder.web.language import Reader
from finder.web.policy.changes import changed_blocks, stretches
from finder.web.policy.text import html_of
from finder.web.privacy.labels import PURPOSE_LABELS
from finder.web.render import Pages
from finder.web.visit import canonical_address, with_cookie

__all__ = ["policy_handlers"]

_Request = Request[Any, Any, Any]


@dataclass(frozen=True)
class VersionLine:
    """One version in the list of all: its date, what is new in it, for what it asks again, and where it can be read."""

    date: str
    since: str
    until: str | None
    summary: str
    asks_again_for: str
    address: str
    changes_address: str | None
    is_shown: bool


def policy_handlers(pages: Pages) -> Sequence[Any]:
    """The handlers of ``GET /privacy/policy``, ``/privacy/policy/{date}`` and ``/privacy/policy/{date}/changes``."""
    known = pages.services.policies

    def page_of(request: _Request, policy: Policy, canonical: str) -> Response[str]:
        reader = pages.reader(request)
        lines = _version_lines(known, policy, reader)
        values = {
            "text": html_of(policy.texts[reader.language]),
            "shown": next(line for line in lines if line.is_shown),
            "versions": lines,
            "canonical": canonical,
        }
        return with_cookie(request, pages.respond(request, "privacy_policy.html", values))

    @get("/privacy/policy", sync_to_thread=False, include_in_schema=False)
    def policy_in_force(request: _Request) -> Response[str]:
        """The text in force."""
        return page_of(request, known.current, canonical_address(request))

    @get("/privacy/policy/{version:str}", sync_to_thread=False, include_in_schema=False)
    def policy_of_a_date(request: _Request, version: FromPath[str]) -> Response[str]:
        """The text of one version, at this address for ever."""
        return page_of(request, _version(known, version), canonical_address(request))

    @get("/privacy/policy/{version:str}/changes", sync_to_thread=False, include_in_schema=False)
    def policy_changes(request: _Request, version: FromPath[str]) -> Response[str]:
        """What one version changed in the one before."""
        policy, reader = _version(known, version), pages.reader(request)
        before = next((old for old, new in pairwise(known.versions) if new is policy), None)
        if before is None:
            raise NotFound("The first version of the policy changed nothing.")
        blocks = changed_blocks(before.texts[reader.language], policy.texts[reader.language])
        lines = _version_lines(known, policy, reader)
        values = {
            "stretches": stretches(blocks),
            "shown": next(line for line in lines if line.is_shown),
            "before": next(old for old, new in pairwise(lines[::-1]) if new.is_shown),
            "versions": lines,
            "canonical": canonical_address(request),
        }
        return with_cookie(request, pages.respond(request, "privacy_policy_changes.html", values))

    return [policy_in_force, policy_of_a_date, policy_changes]


def _version(known: Policies, name: str) -> Policy:
    """The version of that date. Raises :class:`NotFound`."""
    policy = next((policy for policy in known.versions if policy.version.isoformat() == name), None)
    if policy is None:
        raise NotFound("No privacy policy has this date. /privacy/policy lists all.")
    return policy


def _version_lines(known: Policies, shown: Policy, reader: Reader) -> list[VersionLine]:
    """All versions, newest first."""
    followers = [*(policy.version for policy in known.versions[1:]), None]
    return [
        _line(policy, follower, reader, is_first=policy is known.versions[0], is_shown=policy is shown)
        for policy, follower in zip(known.versions, followers, strict=True)
    ][::-1]


def _line(policy: Policy, follower: date | None, reader: Reader, *, is_first: bool, is_shown: bool) -> VersionLine:
    address = f"/privacy/policy/{policy.version}"
    asked = [reader.text(label) for purpose, label in PURPOSE_LABELS.items() if purpose in policy.asks_again_for]
    return VersionLine(
        date=policy.version.isoformat(),
        since=date_text(policy.version, reader),
        until=date_text(follower, reader) if follower else None,
        summary=policy.summaries[reader.language],
        asks_again_for="" if is_first else ", ".join(asked),
        address=address,
        changes_address=None if is_first else f"{address}/changes",
        is_shown=is_shown,
    )
