"""Armed visits and notices as a person takes them along: all that is in them, where the person's key opens it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, override

import msgspec

from finder.domain.fence import Trigger
from finder.domain.visit import SealedNotice, SealedVisit
from finder.errors import Damaged
from finder.privacy.sealing import PersonKey
from finder.privacy.visits import NoticeSaid, VisitSaid, opened_notice, opened_state, opened_visit
from finder.store.visits import ENDED_VISITS_KEPT

__all__ = ["NoticeLine", "PlainState", "VisitLine", "notice_line", "visit_line"]

type PlainState = Callable[[object], object]
"""Gives what is kept of the way of a visit with the names of what is in it: ``finder.notices.visits.plain_state``."""


class VisitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A visit: what is in it is null where it could not be opened, for want of the person's key."""

    id: str
    facility: str | None
    facility_name: str | None
    language: str | None
    tenants_told: tuple[str, ...] | None
    """The ids of who may be told of the visit, under the ``reference``."""
    reference: str | None
    email: str | None
    sms: str | None
    armed_at: datetime
    ends_at: datetime
    state: Any
    """What is known of the way, the last positions among it, and what was told. Null once the visit has ended."""
    until: datetime

    @override
    def __repr__(self) -> str:
        return "VisitLine(…)"


class NoticeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A notice: what is in it is null where it could not be opened. ``who`` had it told."""

    id: str
    title: str | None
    body: str | None
    language: str | None
    facility: str | None
    facility_name: str | None
    fence: str | None
    fence_name: str | None
    trigger: Trigger | None
    why: str | None
    who: str | None
    at: datetime | None
    is_seen: bool
    until: datetime

    @override
    def __repr__(self) -> str:
        return "NoticeLine(…)"


def visit_line(visit: SealedVisit, key: PersonKey | None, plain_state: PlainState) -> VisitLine:
    """A visit with what is in it, where ``key`` opens that."""
    said: VisitSaid | None = None
    state: Any = None
    with suppress(Damaged):  # one that is damaged must keep nobody from the others
        said = opened_visit(visit, key) if key else None
        state = opened_state(visit, key, object) if key else None
        state = state and plain_state(state)
    return VisitLine(
        id=visit.id,
        facility=said and said.facility_id,
        facility_name=said and said.facility_name,
        language=said and said.language,
        tenants_told=said.tenants_told if said else None,
        reference=said and said.reference,
        email=said and said.email,
        sms=said and said.sms,
        armed_at=visit.armed_at,
        ends_at=visit.ends_at,
        state=state,
        until=visit.ends_at + ENDED_VISITS_KEPT,
    )


def notice_line(notice: SealedNotice, ends_at: datetime, key: PersonKey | None) -> NoticeLine:
    """A notice with what is in it, where ``key`` opens that; ``ends_at`` is when its visit does."""
    said: NoticeSaid | None = None
    with suppress(Damaged):
        said = opened_notice(notice, key) if key else None
    return NoticeLine(
        id=notice.id,
        title=said and said.title,
        body=said and said.body,
        language=said and said.language,
        facility=said and said.facility_id,
        facility_name=said and said.facility_name,
        fence=said and said.fence_id,
        fence_name=said and said.fence_name,
        trigger=said and said.trigger,
        why=said and said.why,
        who=said and said.who,
        at=said and said.at,
        is_seen=notice.is_seen,
        until=ends_at + ENDED_VISITS_KEPT,
    )
