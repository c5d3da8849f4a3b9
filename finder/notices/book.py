"""The fences that are in service: read from the store when something changed there, and checked before anybody is told of them.

Out of service is a fence that has expired, whose facility is not published (closed, or gone), or that is a sensitive site by
what is known of it now; and each that the law in service has not allowed when this process asked
(:mod:`finder.notices.verdicts`). Where there are many that takes a while: meanwhile those are in service that were asked about,
where all of a facility were; who asks for others has them asked about first.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from finder.domain.facility import Facility, FacilityStatus
from finder.domain.fence import Fence
from finder.errors import NotReady
from finder.notices.edition import Edition
from finder.notices.law.ruled import current_law
from finder.notices.law.sensitive import is_sensitive
from finder.notices.law.table import law_table
from finder.notices.listening import expires_at
from finder.notices.verdicts import GRACE_S, Verdicts
from finder.store.fences import FenceStore, StoredFence
from finder.store.tenants import TenantStore

__all__ = ["FenceBook"]

_log = logging.getLogger(__name__)

_LOOK_AGAIN_S: Final = 1.0
_PATIENCE_S: Final = 0.5
"""So long a new edition is waited for; then the one before answers until it is ready."""
_PASS_S: Final = 2.0
"""So long the law is asked, then what it allows so far is put in service, and all is read again."""
_READINGS: Final = 4.0
"""But that many times as long as reading took."""
_MOST_LOGGED: Final = 20


class FenceBook:
    """Hands out the edition in service. Safe for threads: whoever holds an edition may go on with it after the next."""

    def __init__(
        self,
        store: FenceStore,
        tenants: TenantStore,
        facility: Callable[[str], Facility | None],
        judge: Callable[[StoredFence], StoredFence],
        *,
        snapshot: Callable[[], object] = lambda: None,
        law: Callable[[], str | None] = current_law,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """``facility`` gives one that is published, ``None`` where none of this id is; what it gives is as new as ``snapshot``.

        ``judge`` asks the law about a fence and raises :class:`FinderError` where it is not allowed. It is asked about all of
        them again when ``snapshot`` - of facilities and their outlines - or ``law``, the SHA-256 of the law in service, changes.
        """
        self._store, self._tenants, self._facility = store, tenants, facility
        self._snapshot, self._law, self._clock, self._monotonic_s = snapshot, law, clock, monotonic_s
        self._lock = threading.Lock()
        self._held: Edition | None = None
        self._basis: object = None
        """What the edition was made of: the store's revision, the snapshot, the law."""
        self._looked_s = float("-inf")
        self._reader: threading.Thread | None = None
        self._read_once, self._closing = threading.Event(), threading.Event()
        self._verdicts = Verdicts(judge, monotonic_s)
        self._left = 0
        """Fences about which the law has not been asked yet."""
        self._wanted = set[str]()
        """Facilities of which such a one was asked for."""
        self._lawless_since_s: float | None = None
        """Since when the law cannot be read."""

    def current(self) -> Edition:
        """Return the edition in service. A change in the store is in it after a second, or later where there is much to read.

        Raises :class:`NotReady` where the store has not answered yet; later the edition before stays. But for no longer than a
        minute where it is the law that cannot be asked.
        """
        edition, since_s = self._latest(), self._lawless_since_s
        if since_s is not None and self._monotonic_s() - since_s > GRACE_S:
            raise NotReady("Notices are out of service, as the law cannot be asked: finder check says why.")
        return edition

    def _latest(self) -> Edition:
        held = self._held
        if held is None:
            with self._lock:
                if self._reader is not None:
                    self._read_once.wait()
                if self._held is None and self._read():
                    self._begin_to_read()
                assert self._held is not None  # noqa: S101 - _read has set it
                return self._held
        if self._monotonic_s() - self._looked_s < _LOOK_AGAIN_S or not self._lock.acquire(blocking=False):
            return held
        try:
            self._looked_s = self._monotonic_s()
            if self._reader is None and self._is_outdated(held):
                self._begin_to_read()
                self._read_once.wait(_PATIENCE_S)
        finally:
            self._lock.release()
        # Not "or": an edition without fences is false.
        return held if self._held is None else self._held

    def read_ahead(self) -> None:
        """Read what there is beside everything else, as the outlines of the law alone take a second; nothing where it fails."""
        with self._lock:
            if self._held is None and self._reader is None:
                self._begin_to_read()

    def close(self) -> None:
        """Wait until nothing is read any more. The store is whoever's opened it."""
        self._closing.set()
        reader = self._reader
        if reader is not None:
            reader.join()

    def _begin_to_read(self) -> None:
        """Read in a thread, until nothing is left to be judged."""
        self._read_once = threading.Event()
        self._reader = threading.Thread(target=self._read_or_keep, args=[self._read_once], name="fence book", daemon=True)
        self._reader.start()

    def _is_outdated(self, held: Edition) -> bool:
        try:
            if self._left or (held.expires_at is not None and held.expires_at <= self._clock()):
                return True
            if self._made_of() != self._basis:
                return True
            self._lawless_since_s = None
            return False
        except Exception as error:
            _log.error("The store of fences does not answer (%s): those read before stay in service.", type(error).__name__)
            return False

    def _made_of(self) -> tuple[int, object, str | None]:
        revision, snapshot = self._store.revision(), self._snapshot()
        with self._asking_the_law():
            return revision, snapshot, self._law()

    @contextmanager
    def _asking_the_law(self) -> Generator[None]:
        try:
            yield
        except Exception:
            self._lawless_since_s = self._monotonic_s() if self._lawless_since_s is None else self._lawless_since_s
            raise

    def _read_or_keep(self, read_once: threading.Event) -> None:
        try:
            while self._read() and not self._closing.is_set():
                read_once.set()
        except Exception as error:
            if self._held is not None:  # else who asks first is told
                _log.error("The fences could not be read anew (%s): those read before stay in service.", type(error).__name__)
        finally:
            self._reader = None
            read_once.set()

    def _read(self) -> int:
        """Read all, judge for a while, and return how many are left to be judged.

        What it is made of is asked first: what changes meanwhile is found when somebody looks next.
        """
        begin_s = self._monotonic_s()
        made_of = self._made_of()
        tenants = self._tenants.list()
        runs = {facility_id: tenant.id for tenant in tenants for facility_id in tenant.facilities}
        now, dropped = self._clock(), dict[str, list[str]]()
        there, facilities = list[StoredFence](), dict[str, Facility | str]()
        for stored in self._store.active():
            here = stored.fence.facility_id
            if here not in facilities:
                facilities[here] = self._site(here)
            facility = facilities[here]
            why_not = facility if isinstance(facility, str) else _why_over(stored.fence, facility, now)
            if why_not is None:
                there.append(stored)
            else:
                dropped.setdefault(why_not, []).append(stored.fence.id)
        fences, awaited, left = self._judged(there, runs, made_of, begin_s, dropped)
        self._tell_of(dropped, left, len(there))
        published = {id_: facility for id_, facility in facilities.items() if isinstance(facility, Facility)}
        fences.sort(key=lambda fence: fence.id)
        names = {tenant.id: tenant.name for tenant in tenants}
        self._held = Edition(fences, published, names, awaited=awaited, want=self._wanted.update)
        self._basis, self._left, self._looked_s = made_of, left, self._monotonic_s()
        return left

    def _judged(
        self,
        there: Sequence[StoredFence],
        runs: Mapping[str, str],
        made_of: tuple[int, object, str | None],
        begin_s: float,
        dropped: dict[str, list[str]],
    ) -> tuple[list[Fence], list[Fence], int]:
        """Return the fences that are allowed, those of which nothing is known, and how many are left to be judged.

        Those that are not allowed are ``dropped``.
        """
        _, snapshot, law = made_of
        self._verdicts.begin((snapshot, law), {stored.fence.id for stored in there})
        now_s = self._monotonic_s()
        until_s = now_s + max(_PASS_S, _READINGS * (now_s - begin_s))
        asked = [(stored, runs.get(stored.fence.facility_id)) for stored in there]
        wanted = self._wanted.copy()
        with self._asking_the_law():
            left = self._verdicts.ask(asked, lambda: self._monotonic_s() < until_s and not self._closing.is_set(), wanted)
        self._lawless_since_s = None
        self._wanted -= wanted
        fences, awaited = list[Fence](), list[Fence]()
        for stored, who in asked:
            allowed = self._verdicts.allows(stored, who)
            if allowed:
                fences.append(stored.fence)
            elif allowed is None:
                awaited.append(stored.fence)
            else:
                dropped.setdefault("the law in service does not allow them", []).append(stored.fence.id)
        return fences, awaited, left

    def _tell_of(self, dropped: Mapping[str, Sequence[str]], left: int, count: int) -> None:
        """Log what is not in service, once all is known; and that it is not, when that begins."""
        if left:
            if not self._left:
                _log.warning("%d of %d fences are being judged, and those that never were are out of service.", left, count)
            return
        for why_not, ids in sorted(dropped.items()):
            more = f" and {len(ids) - _MOST_LOGGED} more" if len(ids) > _MOST_LOGGED else ""
            named = ", ".join(sorted(ids)[:_MOST_LOGGED])
            _log.warning("%d fences out of service, as %s: %s%s.", len(ids), why_not, named, more)

    def _site(self, facility_id: str) -> Facility | str:
        """Return the facility, or why no fence of it may be told of."""
        facility = self._facility(facility_id)
        if facility is None or facility.status is not FacilityStatus.OPEN:
            return "their facilities are not published"
        return "their facilities are sensitive sites" if is_sensitive(facility, (), law_table()) else facility


def _why_over(fence: Fence, facility: Facility, now: datetime) -> str | None:
    end = expires_at(fence, facility)
    return "they have expired" if end is not None and end <= now else None
