"""What the admin API is handed by ``app.py``, and the record of what it does."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from litestar import Request

from finder.api.admin.desk import LoadDesk
from finder.api.admin.jobs import JobRunner
from finder.api.admin.shelf import UploadShelf
from finder.domain.admin import Action, Actor, ApiKey, AuditEntry
from finder.errors import FinderError, NotReady
from finder.notices.delivery.webhook import WebhookDesk
from finder.notices.fences.desk import FenceDesk
from finder.notices.fences.sites import Sites
from finder.privacy.mail import MailDesk
from finder.store.apps import AppStore
from finder.store.audit import AuditLog
from finder.store.keys import ApiKeys
from finder.store.notice_log import NoticeLog
from finder.store.search_counts import SearchCounts
from finder.store.tenants import TenantStore

__all__ = ["DEFAULT_UPLOAD_LIMIT_BYTES", "AdminServices", "actor_of"]

_log = logging.getLogger(__name__)

DEFAULT_UPLOAD_LIMIT_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class AdminServices:
    """One for the life of the app. ``start`` and ``stop`` belong into its ``on_startup`` and ``on_shutdown``."""

    desk: LoadDesk
    keys: ApiKeys
    audit: AuditLog
    uploads: UploadShelf
    counts: SearchCounts
    mail: MailDesk
    apps: AppStore
    tenants: TenantStore
    sites: Sites
    fences: FenceDesk
    notice_log: NoticeLog
    webhooks: WebhookDesk
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    upload_limit_bytes: int = DEFAULT_UPLOAD_LIMIT_BYTES
    jobs: JobRunner = field(init=False)
    _waiting: deque[AuditEntry] = field(default_factory=deque, init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "jobs", JobRunner(self.uploads))

    def start(self) -> None:
        """Start the thread of the jobs."""
        self.jobs.start()

    def stop(self) -> None:
        """Interrupt a job that runs, and give the connections back."""
        self.jobs.stop()
        self.keys.close()
        self.audit.close()
        self.counts.close()
        self.apps.close()
        self.tenants.close()
        self.notice_log.close()
        self.webhooks.close()

    def record(self, actor: Actor, action: Action, subject: str, outcome: str) -> None:
        """Enter what was done, and what could not be entered before.

        While a load writes into SQLite nothing else can be: then the entry waits for the next one, such as that of the load's
        end, and is in the service's own log in case there is none.
        """
        entry = AuditEntry(at=datetime.now(UTC), actor=actor, action=action, subject=subject, outcome=outcome)
        with self._one_at_a_time:
            self._waiting.append(entry)
            try:
                while self._waiting:
                    self.audit.append(self._waiting[0])
                    self._waiting.popleft()
            except NotReady as error:
                _log.warning("Not yet in the audit log: %s by %s: %s: %s (%s)", action, actor.name, subject, outcome, error)

    @contextmanager
    def recorded(self, actor: Actor, action: Action, subject: str, outcome: str = "done") -> Generator[None]:
        """Enter what the block does: ``outcome``, or that it was refused or failed."""
        try:
            yield
        except FinderError as error:
            outcome = f"refused: {type(error).__name__}"
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            self.record(actor, action, subject, outcome)


def actor_of(request: Request[Any, Any, Any]) -> Actor:
    """Who sent a request that the guard has let in."""
    key: ApiKey = request.auth
    return Actor(key.name, key.id)
