"""Everything about notices, put together over one store: fences, armed visits, who is told, and what goes out."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial

from finder.directory import Directory, Snapshot
from finder.domain.consent import Subject
from finder.domain.facility import Facility
from finder.domain.fence import Outline
from finder.errors import NotFound, NotReady
from finder.notices.book import FenceBook
from finder.notices.delivery.room import DeliveryPlan, DeliveryRoom
from finder.notices.fences.desk import FenceDesk
from finder.notices.fences.sites import DirectorySites
from finder.notices.hub import MOST_STREAMS, NoticeHub
from finder.notices.law import installed_boundaries
from finder.notices.pack import PackDesk
from finder.notices.visits import VisitDesk
from finder.privacy.receipts import ReceiptKey, ReceiptType
from finder.store.fences import FenceStore
from finder.store.notice_log import NoticeLog
from finder.store.tenants import TenantStore
from finder.store.visits import Visits

__all__ = ["NoticesRoom", "fence_book"]


class NoticesRoom:
    """One for the life of the app. ``start`` and ``stop`` belong into its ``on_startup`` and ``on_shutdown``.

    ``outline_of`` gives a facility's grounds where they are known, and what it gives is as new as ``outlines``, which is equal
    as long as nothing changed there. ``on_problem`` hears what goes wrong in the background.
    Raises :class:`BadInput` as :class:`DeliveryRoom` does.
    """

    def __init__(
        self,
        plan: DeliveryPlan,
        directory: Directory,
        outline_of: Callable[[str], Outline | None],
        receipts: ReceiptKey,
        on_problem: Callable[[Exception], None],
        *,
        outlines: Callable[[], object],
        most_streams: int = MOST_STREAMS,
    ) -> None:
        self._fences = FenceStore.open(plan.store_url)
        self._visits = Visits.open(plan.store_url)
        self.tenants = TenantStore.open(plan.store_url)
        self.log = NoticeLog.open(plan.store_url)
        self.sites = DirectorySites(directory, outline_of)
        self.desk = FenceDesk(self._fences, self.tenants, self.sites, installed_boundaries, lambda: datetime.now(UTC))
        self.book = fence_book(self._fences, self.tenants, directory, self.desk, outlines)
        self.packs = PackDesk(self.book, partial(receipts.sign_as_json, kind=ReceiptType.FENCES))
        self.delivery = DeliveryRoom(plan, on_problem)
        self.hub = NoticeHub(self._visits.newest, self._armed, on_problem, most_streams=most_streams)
        self.visits = VisitDesk(self._visits, self.book, self.delivery.announce, self.hub.wake, channels=self.delivery.channels)

    def _armed(self, subjects: Collection[Subject]) -> set[Subject]:
        return self._visits.armed(subjects, at=datetime.now(UTC))

    def start(self) -> None:
        """Start to send and to listen, and read the fences beside everything else."""
        self.delivery.start()
        self.hub.start()
        self.book.read_ahead()

    def stop(self) -> None:
        """End all streams and threads, and give the connections back."""
        self.hub.stop()
        self.delivery.stop()
        self.book.close()
        for store in (self._visits, self._fences, self.tenants, self.log):
            store.close()


def fence_book(
    fences: FenceStore,
    tenants: TenantStore,
    directory: Directory,
    desk: FenceDesk,
    outlines: Callable[[], object] = lambda: None,
) -> FenceBook:
    """Return the fences that are in service at the facilities that are, each allowed by the law of now; see the room."""

    def snapshot() -> Snapshot | None:
        try:
            return directory.current()
        except NotReady:
            return None

    def facility(id_: str) -> Facility | None:
        published = snapshot()
        try:
            return published.facility(id_) if published is not None else None
        except NotFound:
            return None

    def stamp() -> tuple[tuple[int, datetime] | None, object]:
        published = snapshot()
        return (published.number, published.manifest.created_at) if published is not None else None, outlines()

    return FenceBook(fences, tenants, facility, desk.judge_anew, snapshot=stamp)
