"""The number that grows with each write of a fence or a tenant: by it a service knows that it has to read again."""

from sqlalchemy import Connection, Engine, select, update

from finder.store.admin_engine import short_read
from finder.store.fence_tables import FENCE_REVISION

__all__ = ["current_revision", "grow_revision"]


def current_revision(engine: Engine) -> int:
    """The number now. Raises :class:`NotReady` where the database does not answer."""
    with short_read(engine) as connection:
        return connection.execute(select(FENCE_REVISION.c.number)).scalar_one()


def grow_revision(connection: Connection) -> None:
    """Let the number grow, in the transaction of the write and before all else in it.

    The row is held until the transaction ends: of those who write tenants and fences one writes at a time.
    """
    connection.execute(update(FENCE_REVISION).values(number=FENCE_REVISION.c.number + 1))
