"""The webhooks of tenants: where each is told, the secret that signs it, sealed, and how it goes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, insert, or_, select, update

from finder.domain.admin import Action, Actor, AuditEntry
from finder.domain.delivery import Webhook
from finder.errors import Conflict, NotFound
from finder.store.admin_engine import in_utc, short_read, short_write
from finder.store.audit import append_entry
from finder.store.delivery_tables import WEBHOOK
from finder.store.personal import PersonalStore
from finder.store.tenant_end import check_live

__all__ = ["MOST_WEBHOOKS", "Webhooks"]

MOST_WEBHOOKS: Final = 5
"""Of one tenant, disabled ones not counted."""
_OK_NOTED_EVERY: Final = timedelta(minutes=10)


class Webhooks(PersonalStore):
    """The webhooks of a store. What writes raises :class:`NotReady` when it cannot now."""

    def add(self, webhook: Webhook, secret: bytes, *, by: Actor) -> None:
        """Enter one with its sealed secret, and that in the audit log.

        Raises :class:`NotFound` for a tenant of none, and :class:`Conflict` when the tenant has :data:`MOST_WEBHOOKS`.
        """
        row = {"id": webhook.id, "tenant": webhook.tenant, "url": webhook.url, "public_only": webhook.public_only}
        live = (WEBHOOK.c.tenant == webhook.tenant, WEBHOOK.c.disabled_at.is_(None))
        with short_write(self._engine) as connection:
            check_live(connection, webhook.tenant, hold=True)
            if connection.execute(select(func.count()).select_from(WEBHOOK).where(*live)).scalar_one() >= MOST_WEBHOOKS:
                raise Conflict(f"A tenant has {MOST_WEBHOOKS} webhooks at most: disable one first.")
            values = row | {"secret": secret, "created_at": webhook.created_at.astimezone(UTC)}
            connection.execute(insert(WEBHOOK).values(values))
            append_entry(connection, _entry(webhook, Action.WEBHOOK_ADD, webhook.created_at, by))

    def list(self, *, tenant: str | None = None) -> list[Webhook]:
        """Those of a tenant, or all, disabled ones too; newest first."""
        query = select(WEBHOOK).order_by(WEBHOOK.c.created_at.desc(), WEBHOOK.c.id)
        if tenant is not None:
            query = query.where(WEBHOOK.c.tenant == tenant)
        with short_read(self._engine) as connection:
            return [_webhook(row) for row in connection.execute(query).mappings()]

    def live(self, tenant: str) -> tuple[Webhook, ...]:
        """Those that a tenant is told by."""
        return tuple(webhook for webhook in self.list(tenant=tenant) if webhook.disabled_at is None)

    def get(self, webhook_id: str) -> Webhook:
        """One of them. Raises :class:`NotFound`."""
        with short_read(self._engine) as connection:
            row = connection.execute(select(WEBHOOK).where(WEBHOOK.c.id == webhook_id)).mappings().one_or_none()
        if row is None:
            raise _not_found()
        return _webhook(row)

    def sealed_secret(self, webhook_id: str) -> bytes | None:
        """What signs for a webhook that is told now, sealed; ``None`` for one that is disabled, or that there is not."""
        live = (WEBHOOK.c.id == webhook_id, WEBHOOK.c.disabled_at.is_(None))
        with short_read(self._engine) as connection:
            secret = connection.execute(select(WEBHOOK.c.secret).where(*live)).scalar_one_or_none()
        return None if secret is None else bytes(secret)

    def disable(self, webhook_id: str, *, at: datetime, by: Actor) -> Webhook:
        """Tell nothing there any more, for good; its secret is overwritten. Raises :class:`NotFound`.

        What waits for it is dropped when it is its turn: only who sends can read for whom it is.
        """
        live = (WEBHOOK.c.id == webhook_id, WEBHOOK.c.disabled_at.is_(None))
        ended = update(WEBHOOK).where(*live).values(disabled_at=at.astimezone(UTC), secret=b"").returning(WEBHOOK)
        with short_write(self._engine) as connection:
            if (row := connection.execute(ended).mappings().one_or_none()) is not None:
                append_entry(connection, _entry(_webhook(row), Action.WEBHOOK_DISABLE, at, by))
        return self.get(webhook_id)

    def note_ok(self, webhook_id: str, *, at: datetime) -> None:
        """Remember that something was taken there: one write in some minutes."""
        at = at.astimezone(UTC)
        stale = or_(WEBHOOK.c.last_ok_at.is_(None), WEBHOOK.c.last_ok_at < at - _OK_NOTED_EVERY)
        self._note(webhook_id, or_(stale, WEBHOOK.c.failing_since.is_not(None)), last_ok_at=at, failing_since=None)

    def note_failure(self, webhook_id: str, *, at: datetime) -> None:
        """Remember since when nothing is taken there."""
        self._note(webhook_id, WEBHOOK.c.failing_since.is_(None), failing_since=at.astimezone(UTC))

    def _note(self, webhook_id: str, is_news: Any, **values: datetime | None) -> None:
        one = (WEBHOOK.c.id == webhook_id, is_news)
        with short_read(self._engine) as connection:
            if connection.execute(select(WEBHOOK.c.id).where(*one)).one_or_none() is None:
                return
        with short_write(self._engine) as connection:
            connection.execute(update(WEBHOOK).where(*one).values(values))


def _entry(webhook: Webhook, action: Action, at: datetime, by: Actor) -> AuditEntry:
    subject = f"webhook {webhook.id} of tenant {webhook.tenant}"
    return AuditEntry(at=at, actor=by, action=action, subject=subject, outcome="done")


def _not_found() -> NotFound:
    return NotFound("There is no webhook of this id: list the webhooks to see them.")


def _webhook(row: Mapping[Any, Any]) -> Webhook:
    created_at = in_utc(row["created_at"])
    assert created_at is not None  # noqa: S101 - the column is not nullable
    return Webhook(
        id=row["id"],
        tenant=row["tenant"],
        url=row["url"],
        created_at=created_at,
        public_only=row["public_only"],
        disabled_at=in_utc(row["disabled_at"]),
        last_ok_at=in_utc(row["last_ok_at"]),
        failing_since=in_utc(row["failing_since"]),
    )
