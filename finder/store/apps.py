"""Applications of others, what people let them read, and the tokens that they read it with; of secrets only the hashes."""

import secrets
from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Table, delete, insert, select, update

from finder.domain.admin import Action, Actor, AuditEntry
from finder.domain.apps import App, AppGrant, AppScope, AppToken, HeldToken, TokenKind
from finder.domain.consent import Act, Purpose, Subject
from finder.errors import NotFound
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.app_tables import APP, APP_GRANT, APP_TOKEN
from finder.store.audit import append_entry
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.consents import Beside
from finder.store.erasures import hold_unless_erased, last_erasure
from finder.store.personal import PersonalStore, hold_person

__all__ = ["AppStore", "entering", "erase_grants", "new_id", "sweep_app_grants", "sweep_app_tokens"]

_ID_BYTES: Final = 10
"""80 bits, so that no two share an id."""
_SWEPT_AT_ONCE: Final = 10_000


class AppStore(PersonalStore):
    """The applications of a store. A grant's id of another person's is as unknown as one of none."""

    def add(self, app: App, *, by: Actor) -> None:
        """Enter an application, and that it was, in the audit log. Raises :class:`NotReady` when that cannot be now."""
        entry = AuditEntry(
            at=app.created_at,
            actor=by,
            action=Action.APP_ADD,
            subject=f"app {app.id} {app.name}",
            outcome=f"done: {', '.join(app.scopes)}",
        )
        with short_write(self._engine) as connection:
            connection.execute(insert(APP).values(_values(app)))
            append_entry(connection, entry)

    def find(self, app_id: str) -> App | None:
        """The application of an id, disabled or not."""
        with short_read(self._engine) as connection:
            row = connection.execute(select(APP).where(APP.c.id == app_id)).mappings().one_or_none()
        return _app(row) if row else None

    def disable(self, app_id: str, *, at: datetime, by: Actor) -> App:
        """Shut an application out for good, and enter that in the audit log; one that is disabled stays as it is.

        All that was granted to it ends. Raises :class:`NotFound` for an id of none.
        """
        enabled = (APP.c.id == app_id) & APP.c.disabled_at.is_(None)
        at = at.astimezone(UTC)
        with short_write(self._engine) as connection:
            if connection.execute(update(APP).where(enabled).values(disabled_at=at)).rowcount:
                ended = _end(connection, APP_GRANT.c.app_id == app_id, at)
                outcome = f"done: {ended} grants ended"
                entry = AuditEntry(at=at, actor=by, action=Action.APP_DISABLE, subject=f"app {app_id}", outcome=outcome)
                append_entry(connection, entry)
        if (app := self.find(app_id)) is None:
            raise NotFound("There is no application of this id: finder apps list shows them.")
        return app

    def last_erasure(self, subject: Subject) -> int:
        """What :func:`entering` is told that comes of a request which begins now."""
        with short_read(self._engine) as connection:
            return last_erasure(connection, subject)

    def held(self, secret_sha256: str) -> HeldToken | None:
        """A token by the hash of its secret, live or not, with what it belongs to."""
        query = (
            select(APP_TOKEN, APP_GRANT, APP)
            .join(APP_GRANT, APP_TOKEN.c.grant_id == APP_GRANT.c.id)
            .join(APP, APP_GRANT.c.app_id == APP.c.id)
            .where(APP_TOKEN.c.secret_sha256 == secret_sha256)
        )
        with short_read(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        return HeldToken(_token(_of(APP_TOKEN, row)), _grant(_of(APP_GRANT, row)), _app(_of(APP, row))) if row else None

    def is_taken_back(self, grant: AppGrant) -> bool:
        """Whether the person has, since a grant, said of disclosure anything but yes, or had all erased.

        A later yes does not bring it back.
        """
        columns = CONSENT_ENTRY.c
        of_disclosure = columns.purpose.is_(None) | (columns.purpose == Purpose.DISCLOSURE.value)
        no = (columns.subject == grant.subject, of_disclosure, columns.act != Act.GRANTED.value)
        later = select(columns.seq).where(*no, columns.seq > grant.consent_seq).limit(1)
        with short_read(self._engine) as connection:
            return connection.execute(later).one_or_none() is not None

    def exchange(self, used: HeldToken, made: Sequence[AppToken], *, at: datetime) -> bool:
        """Put new tokens in the place of a code or refresh token, and let the grant last on from ``at``.

        ``False``, and nothing, when it was used or its grant ended.
        """
        unused = (APP_TOKEN.c.secret_sha256 == used.token.secret_sha256) & APP_TOKEN.c.used_at.is_(None)
        live = (APP_GRANT.c.id == used.grant.id) & APP_GRANT.c.revoked_at.is_(None)
        lasts_on = update(APP_GRANT).where(live).values(expires_at=used.grant.expires_at_if_used(at).astimezone(UTC))
        taken = update(APP_TOKEN).where(unused).values(used_at=at.astimezone(UTC), wrapped_key=None)
        with short_write(self._engine) as connection:
            hold_person(connection, used.grant.subject)
            done = connection.execute(lasts_on).rowcount and connection.execute(taken).rowcount
            if done:
                connection.execute(insert(APP_TOKEN), [_values(token) for token in made])
            else:
                connection.rollback()
        return bool(done)

    def grants_of(self, subject: Subject) -> list[tuple[AppGrant, App]]:
        """All that a person has granted, ended or not, newest first."""
        query = (
            select(APP_GRANT, APP)
            .join(APP, APP_GRANT.c.app_id == APP.c.id)
            .where(APP_GRANT.c.subject == subject)
            .order_by(APP_GRANT.c.granted_at.desc(), APP_GRANT.c.id)
        )
        with short_read(self._engine) as connection:
            return [(_grant(_of(APP_GRANT, row)), _app(_of(APP, row))) for row in connection.execute(query).mappings()]

    def list(self) -> list[App]:
        """Every application, disabled ones too, newest first."""
        query = select(APP).order_by(APP.c.created_at.desc(), APP.c.id)
        with short_read(self._engine) as connection:
            return [_app(row) for row in connection.execute(query).mappings()]

    def revoke(self, subject: Subject, grant_id: str, *, at: datetime) -> None:
        """End a grant; one that has ended stays as it is.

        Raises :class:`NotFound` for one that the person has not given, and :class:`NotReady` when it cannot be written now.
        """
        one = (APP_GRANT.c.id == grant_id) & (APP_GRANT.c.subject == subject)
        with short_write(self._engine) as connection:
            hold_person(connection, subject)
            if connection.execute(select(APP_GRANT.c.id).where(one)).one_or_none() is None:
                raise NotFound("No application was let in under this id: GET /api/v1/me/grants lists them.")
            _end(connection, one, at.astimezone(UTC))

    def revoke_all(self, subject: Subject, *, at: datetime) -> int:
        """End all that a person has granted; how many. Raises :class:`NotReady` when it cannot be written now."""
        with short_write(self._engine) as connection:
            hold_person(connection, subject)
            return _end(connection, APP_GRANT.c.subject == subject, at.astimezone(UTC))


def entering(grant: AppGrant, code: AppToken, *, since: int) -> Beside:
    """Keep what a person has granted, and the code that was sent for it, with the line of the ledger that says so.

    What the person had granted to the same application before ends. ``since``: what :meth:`AppStore.last_erasure` said when the
    request began; after an erasure since then :class:`ErasedMeanwhile` is raised, and the line is not kept either.
    """

    def enter(connection: Connection, seq: int) -> None:
        hold_unless_erased(connection, grant.subject, since)
        before = (APP_GRANT.c.subject == grant.subject) & (APP_GRANT.c.app_id == grant.app_id)
        _end(connection, before, grant.granted_at.astimezone(UTC))
        connection.execute(insert(APP_GRANT).values(_values(grant) | {"consent_seq": seq}))
        connection.execute(insert(APP_TOKEN).values(_values(code)))

    return enter


def erase_grants(connection: Connection, subject: Subject) -> int:
    """Delete all that a person has granted, with its tokens, in the transaction of the erasure; how many grants there were."""
    return _delete(connection, select(APP_GRANT.c.id).where(APP_GRANT.c.subject == subject).with_for_update())


def sweep_app_tokens(connection: Connection, before: datetime) -> int:
    """Delete some of the tokens that expired before an aware moment; how many: 0 when none is left."""
    old = select(APP_TOKEN.c.secret_sha256).where(APP_TOKEN.c.expires_at < before.astimezone(UTC)).limit(_SWEPT_AT_ONCE)
    free = old.with_for_update(skip_locked=True)  # so that a sweep waits for nobody, and nobody crosswise for it
    return connection.execute(delete(APP_TOKEN).where(APP_TOKEN.c.secret_sha256.in_(free))).rowcount


def sweep_app_grants(connection: Connection, before: datetime) -> int:
    """Delete some of the grants that ended before an aware moment, with their tokens; how many: 0 when none is left."""
    before = before.astimezone(UTC)
    over = (APP_GRANT.c.expires_at < before) | (APP_GRANT.c.revoked_at < before)
    old = select(APP_GRANT.c.id).where(over).limit(_SWEPT_AT_ONCE)
    return _delete(connection, old.with_for_update(skip_locked=True))


def new_id() -> str:
    """A random id of an application or a grant: 16 small letters and digits."""
    return b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()


def _end(connection: Connection, which: ColumnElement[bool], at: datetime) -> int:
    """End those grants that have not ended, and destroy the wrapped keys of their tokens.

    Whoever changes both has the grants' rows first and then the tokens': else two could wait for each other.
    """
    ended = connection.execute(
        update(APP_GRANT).where(which, APP_GRANT.c.revoked_at.is_(None)).values(revoked_at=at).returning(APP_GRANT.c.id)
    ).scalars()
    ids = list(ended)
    if ids:
        connection.execute(update(APP_TOKEN).where(APP_TOKEN.c.grant_id.in_(ids)).values(wrapped_key=None))
    return len(ids)


def _delete(connection: Connection, which: Select[tuple[str]]) -> int:
    """Delete the grants of those ids, whose rows the query locks, with their tokens."""
    ids = list(connection.execute(which).scalars())
    if ids:
        connection.execute(delete(APP_TOKEN).where(APP_TOKEN.c.grant_id.in_(ids)))
        connection.execute(delete(APP_GRANT).where(APP_GRANT.c.id.in_(ids)))
    return len(ids)


def _values(noun: App | AppGrant | AppToken) -> dict[str, Any]:
    """The row of a noun: the fields are the columns."""
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else list(value) if isinstance(value, tuple) else value
        for name, value in msgspec.structs.asdict(noun).items()
    }


def _of(table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """The columns of one of the tables that were joined."""
    return {column.name: row[column] for column in table.c}


def _app(row: Mapping[Any, Any]) -> App:
    created_at = in_utc(row["created_at"])
    assert created_at is not None  # noqa: S101 - the column is not nullable
    return App(
        id=row["id"],
        name=row["name"],
        homepage=row["homepage"],
        contact=row["contact"],
        redirect_uris=tuple(row["redirect_uris"]),
        scopes=tuple(map(AppScope, row["scopes"])),
        created_at=created_at,
        disabled_at=in_utc(row["disabled_at"]),
    )


def _grant(row: Mapping[Any, Any]) -> AppGrant:
    granted_at, expires_at = in_utc(row["granted_at"]), in_utc(row["expires_at"])
    assert granted_at is not None and expires_at is not None  # noqa: PT018, S101 - the columns are not nullable
    return AppGrant(
        id=row["id"],
        subject=Subject(row["subject"]),
        app_id=row["app_id"],
        scopes=tuple(map(AppScope, row["scopes"])),
        granted_at=granted_at,
        expires_at=expires_at,
        consent_seq=row["consent_seq"],
        receipt=row["receipt"],
        revoked_at=in_utc(row["revoked_at"]),
    )


def _token(row: Mapping[Any, Any]) -> AppToken:
    expires_at = in_utc(row["expires_at"])
    assert expires_at is not None  # noqa: S101 - the column is not nullable
    return AppToken(
        secret_sha256=row["secret_sha256"],
        grant_id=row["grant_id"],
        kind=TokenKind(row["kind"]),
        scopes=tuple(map(AppScope, row["scopes"])),
        expires_at=expires_at,
        wrapped_key=None if row["wrapped_key"] is None else bytes(row["wrapped_key"]),
        used_at=in_utc(row["used_at"]),
        code_challenge=row["code_challenge"],
        redirect_uri=row["redirect_uri"],
    )
