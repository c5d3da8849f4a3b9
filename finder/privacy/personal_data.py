"""All that is held about a person, as the person may read it and take it along: each kind with why, and until when."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import override

import msgspec

from finder.domain.apps import App, AppGrant, AppScope
from finder.domain.consent import Act, ConsentEntry, Purpose, Subject, Via
from finder.domain.rights import Law, MailRequest, Outcome, RequestKind, SealedPlace
from finder.domain.statistics import WEEK, WaitingSearch
from finder.privacy.delivery_lines import DeliveryLine, SubscriptionLine
from finder.privacy.places import PlaceSaid
from finder.privacy.retention import KINDS, Kind, Text
from finder.privacy.visit_lines import NoticeLine, VisitLine
from finder.store.ledger_sweep import LINES_KEPT, TOMBSTONES_KEPT

__all__ = [
    "ConsentLine",
    "GrantLine",
    "Held",
    "PersonalData",
    "RequestLine",
    "SavedPlaceLine",
    "SearchLine",
    "personal_data",
    "place_line",
]


class ConsentLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the person said, or that all before it was erased. ``until``: when the line goes, if nothing is said until then."""

    act: Act
    at: datetime
    via: Via
    purpose: Purpose | None
    policy_version: date | None
    language: str | None
    text_sha256: str | None
    expires_at: datetime | None
    until: datetime


class SavedPlaceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A saved place: what is in it is null where it could not be opened, for want of the person's key."""

    id: str
    name: str | None
    label: str | None
    lat: float | None
    lon: float | None
    accuracy_m: float | None
    saved_on: date
    used_on: date
    until: date

    @override
    def __repr__(self) -> str:
        return "SavedPlaceLine(…)"


class GrantLine(msgspec.Struct, frozen=True, kw_only=True):
    """An app of somebody else's that the person let in. ``receipt`` is signed."""

    id: str
    app: str
    scopes: tuple[AppScope, ...]
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    receipt: str
    until: datetime


class RequestLine(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the person's that came by letter or e-mail. ``until`` is null while it waits for an answer."""

    id: int
    kind: RequestKind
    law: Law
    received_on: date
    due_on: date
    reference: str
    answered_on: date | None
    outcome: Outcome | None
    until: date | None


class SearchLine(msgspec.Struct, frozen=True, kw_only=True):
    """A search that waits to be counted, with the cell about where it was, and until when it waits at most."""

    week: date
    cell: str
    specialty: str
    until: datetime


class Held[T](msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one kind: what it is, why it is kept, for how long, and the rows."""

    what: Text
    why: Text
    until: Text
    rows: tuple[T, ...]


class PersonalData(msgspec.Struct, frozen=True, kw_only=True):
    """All that is held about one person. Who is not known has the same, with no rows."""

    made_at: datetime
    subject: Subject
    """By this the finder tells this person's rows from others'. It is no secret: only the key opens anything."""
    consents: Held[ConsentLine]
    saved_places: Held[SavedPlaceLine]
    app_grants: Held[GrantLine]
    requests: Held[RequestLine]
    statistics: Held[SearchLine]
    visits: Held[VisitLine]
    notices: Held[NoticeLine]
    push_subscriptions: Held[SubscriptionLine]
    deliveries: Held[DeliveryLine]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held."""
        kinds = (self.consents, self.saved_places, self.app_grants, self.requests, self.statistics, self.visits, self.notices)
        return not any(held.rows for held in (*kinds, self.push_subscriptions, self.deliveries))


def personal_data(
    subject: Subject,
    *,
    at: datetime,
    history: Sequence[ConsentEntry],
    places: Sequence[SavedPlaceLine],
    grants: Sequence[tuple[AppGrant, App]],
    requests: Sequence[MailRequest],
    waiting: Sequence[WaitingSearch],
    visits: Sequence[VisitLine],
    notices: Sequence[NoticeLine],
    push_subscriptions: Sequence[SubscriptionLine],
    deliveries: Sequence[DeliveryLine],
) -> PersonalData:
    """Put together what the tables hold about one person; ``history`` is oldest first."""
    return PersonalData(
        made_at=at.astimezone(UTC),
        subject=subject,
        consents=_held("consent_entry", _consent_lines(history)),
        saved_places=_held("saved_place", places),
        app_grants=_held("app_grant", [_grant_line(grant, app) for grant, app in grants]),
        requests=_held("mail_request", [_request_line(request) for request in requests]),
        statistics=_held("search_waiting", [_search_line(search) for search in waiting]),
        visits=_held("visit", visits),
        notices=_held("notice", notices),
        push_subscriptions=_held("push_subscription", push_subscriptions),
        deliveries=_held("delivery", deliveries),
    )


def place_line(place: SealedPlace, said: PlaceSaid | None) -> SavedPlaceLine:
    """A saved place with what was in it, where that could be opened."""
    return SavedPlaceLine(
        id=place.id,
        name=said and said.name,
        label=said and said.label,
        lat=said and said.lat,
        lon=said and said.lon,
        accuracy_m=said and said.accuracy_m,
        saved_on=place.saved_on,
        used_on=place.used_on,
        until=place.used_on + _lasts("saved_place"),
    )


def _kind_of(table: str) -> Kind:
    """The first kind of the retention table that is kept in a table of the database."""
    return next(kind for kind in KINDS if table in kind.held_in)


def _lasts(table: str) -> timedelta:
    lasts = _kind_of(table).lasts
    assert lasts is not None  # noqa: S101 - what is in the database about persons has an end
    return lasts


def _held[T](table: str, rows: Sequence[T]) -> Held[T]:
    kind = _kind_of(table)
    return Held(what=kind.what, why=kind.why, until=kind.until, rows=tuple(rows))


def _consent_lines(history: Sequence[ConsentEntry]) -> list[ConsentLine]:
    """Each line with when it goes: it ends when a later one of its purpose takes its place, or by itself."""
    replaced_at: dict[Purpose, datetime] = {}
    lines: list[ConsentLine] = []
    for entry in reversed(history):
        ends_at = entry.expires_at or entry.at
        if entry.purpose is not None:
            ends_at = min(ends_at, replaced_at.get(entry.purpose, ends_at))
            replaced_at[entry.purpose] = entry.at
        line = ConsentLine(
            act=entry.act,
            at=entry.at,
            via=entry.via,
            purpose=entry.purpose,
            policy_version=entry.policy_version,
            language=entry.language,
            text_sha256=entry.text_sha256,
            expires_at=entry.expires_at,
            until=ends_at + (TOMBSTONES_KEPT if entry.act is Act.ERASED else LINES_KEPT),
        )
        lines.append(line)
    return lines[::-1]


def _grant_line(grant: AppGrant, app: App) -> GrantLine:
    return GrantLine(
        id=grant.id,
        app=app.name,
        scopes=grant.scopes,
        granted_at=grant.granted_at,
        expires_at=grant.expires_at,
        revoked_at=grant.revoked_at,
        receipt=grant.receipt,
        until=(grant.revoked_at or grant.expires_at) + _lasts("app_grant"),
    )


def _request_line(request: MailRequest) -> RequestLine:
    shown = {name: getattr(request, name) for name in RequestLine.__struct_fields__ if name != "until"}
    return RequestLine(**shown, until=request.answered_on and request.answered_on + _lasts("mail_request"))


def _search_line(search: WaitingSearch) -> SearchLine:
    ends = datetime.combine(search.week, time(), UTC) + WEEK
    return SearchLine(week=search.week, cell=search.cell, specialty=search.specialty, until=ends)
