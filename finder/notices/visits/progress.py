"""One visit, some positions further: what happened, what of it is told, and in which words. Nothing is written here."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final

import msgspec

from finder.domain.facility import Facility
from finder.domain.fence import Fence
from finder.domain.visit import NoticeLogEntry, Outcome, SealedVisit
from finder.geo.clocks import zone_of
from finder.notices.edition import Edition
from finder.notices.listening import is_quiet, listens
from finder.notices.telling import Circumstances, Hold, Reason, Told, entrance_name, said, tell
from finder.notices.tracker import Event, Fix, TrackState, Watch, in_order, step, why
from finder.notices.visits.nouns import MeasuredFix, Notice, Visit
from finder.privacy.sealing import PersonKey
from finder.privacy.visits import opened_state, sealed_state

__all__ = ["Advance", "Progress", "advanced", "opened_progress", "sealed_progress"]

_ID_BYTES: Final = 12
_KEY_BYTES: Final = 16
_BEFORE_ARMED: Final = timedelta(minutes=1)
"""So long before it was armed a visit may begin: a person who arms it inside has just come."""
_LONGEST_AGO: Final = timedelta(days=1)


class Progress(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a visit between two calls: the tracker's state, which holds positions, and what was told."""

    track: TrackState = TrackState()
    told: tuple[Told, ...] = ()
    answer: tuple[bytes, tuple[str, ...]] | None = None
    """A hash of the positions that came last, and the ids of the notices that they told, if they did."""


class Advance(msgspec.Struct, frozen=True):
    """What some positions led to: all of it is written, or none."""

    progress: Progress
    notices: Mapping[str, Notice]
    """By a hash of what each tells, under the visit's secret."""
    log: tuple[NoticeLogEntry, ...]
    again: tuple[str, ...]
    """The ids of what the same positions told when they came just before."""


def advanced(
    progress: Progress,
    fixes: Sequence[MeasuredFix],
    *,
    visit: Visit,
    secret: bytes,
    edition: Edition,
    watches: Sequence[Watch],
    earlier: Callable[[], Iterable[Notice]],
    now: datetime,
) -> Advance:
    """Return what these positions lead to, received ``now``. ``watches`` are the visited facility's fences.

    ``earlier`` gives what the person was told of late, on whichever visit; it is asked where something happened only.
    """
    track, events = progress.track, list[Event]()
    for fix in in_order(_fix(one, now) for one in _since(visit.armed_at, fixes, now)):
        done = step(track, fix, watches)
        track = done.state
        events += done.events
    told, notices, log = list(progress.told), dict[str, Notice](), list[NoticeLogEntry]()
    known = list(earlier()) if events else []
    for event in events:
        fence, facility = edition.get(event.fence_id), edition.facility(visit.facility_id)
        around = _circumstances(fence, facility, [*known, *notices.values()], now)
        decided = tell(event, fence, told, around)
        if isinstance(decided, Hold):
            log.append(_entry(event, fence, Outcome.HELD, decided.reason, now))
            continue
        words = said(
            decided.wish, fence, _name(facility, visit.language), visit.language, entrance_name(facility, visit.language)
        )
        notices[_hash_of(event, secret)] = Notice(
            id=secrets.token_hex(_ID_BYTES),
            visit_id=visit.id,
            at=now,
            title=words.title,
            body=words.body,
            language=visit.language,
            facility_id=facility.id,
            facility_name=_name(facility, visit.language),
            fence_id=fence.id,
            fence_name=fence.name,
            trigger=event.trigger,
            why=why(event, visit.language),
            tenant=fence.tenant,
            who=edition.tenant_name(fence.tenant),
        )
        told.append(Told.of(event, now))
        log.append(_entry(event, fence, Outcome.SENT, Reason.TOLD, now))
    batch = _hash_of_all(fixes)
    again = progress.answer[1] if progress.answer and progress.answer[0] == batch else ()
    ids = (*again, *(notice.id for notice in notices.values()))
    return Advance(Progress(track, tuple(told), (batch, ids) if ids else None), notices, tuple(log), again)


def opened_progress(visit: SealedVisit, key: PersonKey) -> Progress:
    """Return what is known of a visit: nothing where another release wrote it, so that the visit goes on from now.

    What was told then is not told again, as the store knows it. Raises :class:`Damaged` for what another's key sealed.
    """
    progress = opened_state(visit, key, Progress)
    return progress if progress is not None and progress.track.version == TrackState().version else Progress()


def sealed_progress(progress: Progress, key: PersonKey, visit: SealedVisit) -> bytes:
    """Return what is stored: only the person's key opens it."""
    return sealed_state(progress, key, visit.subject, visit.id)


def _since(armed_at: datetime, fixes: Sequence[MeasuredFix], now: datetime) -> list[MeasuredFix]:
    """Leave out what was measured before the visit was armed, such as what an app had put by.

    As a device's clock may be wrong by hours, the newest position is taken for one of now, unless it is of another day.
    """
    newest = max((fix.at_device for fix in fixes), default=now)
    first = max(armed_at - _BEFORE_ARMED - max(timedelta(), now - newest), armed_at - _LONGEST_AGO)
    return [fix for fix in fixes if fix.at_device >= first]


def _fix(measured: MeasuredFix, now: datetime) -> Fix:
    position = measured.position
    return Fix(
        at_device=measured.at_device,
        received_at=now,
        lon_lat=position.lon_lat,
        accuracy_m=position.accuracy_m,
        source=position.source,
        level=measured.level,
    )


def _circumstances(fence: Fence, facility: Facility, notices: Iterable[Notice], now: datetime) -> Circumstances:
    clock = zone_of(facility.time_zone, facility.lon_lat)
    today = now.astimezone(clock).date()
    return Circumstances(
        now=now,
        today=today,
        listens=listens(fence, facility, now),
        is_quiet=is_quiet(fence, facility, now),
        told_today=sum(one.fence_id == fence.id and one.at.astimezone(clock).date() == today for one in notices),
    )


def _hash_of(event: Event, secret: bytes) -> str:
    return blake2b(event.key.encode(), key=secret, digest_size=_KEY_BYTES).hexdigest()


def _hash_of_all(fixes: Iterable[MeasuredFix]) -> bytes:
    """Of positions in their order: who has had no answer sends the same ones again."""
    each = [(one.at_device.timestamp(), *one.position.lon_lat, one.position.accuracy_m) for one in fixes]
    return blake2b(msgspec.msgpack.encode(each), digest_size=_KEY_BYTES).digest()


def _name(facility: Facility, language: str) -> str:
    return facility.names.get(language, facility.name)


def _entry(event: Event, fence: Fence, outcome: Outcome, reason: Reason, now: datetime) -> NoticeLogEntry:
    return NoticeLogEntry(
        day=now.astimezone(UTC).date(),
        tenant=fence.tenant,
        fence_id=fence.id,
        trigger=event.trigger,
        outcome=outcome,
        reason=reason,
        count=1,
    )
