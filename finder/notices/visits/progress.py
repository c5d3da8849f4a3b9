"""One visit, some positions further: what happened, what of it is told, and in which words. Nothing is written here."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from hashlib import blake2b
from zoneinfo import ZoneInfo

import msgspec

from finder.domain.consent import Subject
from finder.domain.facility import Facility
from finder.domain.fence import Fence
from finder.domain.visit import NoticeLogEntry, Outcome
from finder.errors import Damaged
from finder.geo.clocks import local_time
from finder.notices.book import Edition
from finder.notices.listening import is_quiet, listens
from finder.notices.telling import Circumstances, Hold, Reason, Told, entrance_name, said, tell
from finder.notices.tracker import Event, Fix, TrackState, Watch, in_order, step, why
from finder.notices.visits.nouns import MeasuredFix, Notice, Visit
from finder.privacy.sealing import PersonKey
from finder.privacy.visits import opened_state, sealed_state

__all__ = ["Advance", "Progress", "advanced", "facility_clock", "opened_progress", "sealed_progress"]

_ID_BYTES = 12
_KEY_BYTES = 16


class Progress(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a visit between two calls: the tracker's state, which holds positions, and what was told."""

    track: TrackState = TrackState()
    told: tuple[Told, ...] = ()


class Advance(msgspec.Struct, frozen=True):
    """What some positions led to: all of it is written, or none."""

    progress: Progress
    notices: Mapping[str, Notice]
    """By a hash of what each tells, under the visit's secret."""
    log: tuple[NoticeLogEntry, ...]


def advanced(
    progress: Progress,
    fixes: Iterable[MeasuredFix],
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
    for fix in in_order(_fix(one, now) for one in fixes):
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
    return Advance(Progress(track, tuple(told)), notices, tuple(log))


def opened_progress(sealed: bytes | None, key: PersonKey, subject: Subject) -> Progress:
    """Return what is known of a visit. Raises :class:`Damaged` for what another release wrote, or another's key."""
    if sealed is None:
        return Progress()
    progress = opened_state(sealed, key, subject, Progress)
    if progress.track.version != TrackState().version:
        raise Damaged("The state of a visit is of another release: stop that visit, and arm it again.")
    return progress


def sealed_progress(progress: Progress, key: PersonKey, subject: Subject) -> bytes:
    """Return what is stored: only the person's key opens it."""
    return sealed_state(progress, key, subject)


def facility_clock(facility: Facility, now: datetime) -> tzinfo | None:
    """Return the time zone of a facility: as it says, else by where it lies."""
    with suppress(KeyError, ValueError):  # a name that no zone has
        if facility.time_zone:
            return ZoneInfo(facility.time_zone)
    return local_time(now, facility.lon_lat).tzinfo


def _fix(measured: MeasuredFix, now: datetime) -> Fix:
    position = measured.position
    return Fix(
        at_device=measured.at_device,
        received_at=now,
        lon_lat=position.lon_lat,
        accuracy_m=position.accuracy_m,
        speed_mps=measured.speed_mps,
        source=position.source,
    )


def _circumstances(fence: Fence, facility: Facility, notices: Iterable[Notice], now: datetime) -> Circumstances:
    clock = facility_clock(facility, now)
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


def _name(facility: Facility, language: str) -> str:
    return facility.names.get(language, facility.name)


def _entry(event: Event, fence: Fence, outcome: Outcome, reason: Reason, now: datetime) -> NoticeLogEntry:
    return NoticeLogEntry(
        hour=now, tenant=fence.tenant, fence_id=fence.id, trigger=event.trigger, outcome=outcome, reason=reason, count=1
    )
