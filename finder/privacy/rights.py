"""The rights of a person over what is held about them: access, rectification, cancellation, opposition (ARCO)."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Protocol, Self

import msgspec

from finder.domain.consent import Act, Purpose, Receipt, Subject, Via
from finder.domain.rights import SealedPlace
from finder.errors import Conflict, Damaged, NotReady
from finder.privacy.delivery_lines import delivery_line, subscription_line
from finder.privacy.desk import ConsentDesk
from finder.privacy.personal_data import PersonalData, SavedPlaceLine, personal_data, place_line
from finder.privacy.places import PlaceSaid, opened_place, sealed_place
from finder.privacy.receipts import ReceiptKey, ReceiptType
from finder.privacy.sealing import PersonKey
from finder.privacy.visit_lines import PlainState, notice_line, visit_line
from finder.store.apps import AppStore, erase_grants
from finder.store.deliveries import Deliveries, erase_deliveries
from finder.store.mail_requests import MailRequests, forget_in_mail_requests
from finder.store.personal import Eraser
from finder.store.push_subscriptions import PushSubscriptions, erase_push_subscriptions
from finder.store.saved_places import SavedPlaces, erase_saved_places
from finder.store.search_counts import SearchCounts, erase_waiting
from finder.store.visits import Visits, erase_notices, erase_visits

__all__ = ["ErasureReceipt", "Holder", "RightsDesk"]

_ALSO_ERASED: Final[Sequence[Eraser]] = (
    erase_saved_places,
    forget_in_mail_requests,
    erase_grants,
    erase_waiting,
    erase_visits,
    erase_notices,
    erase_deliveries,
    erase_push_subscriptions,
)
"""Every table about persons beside the ledger. A test finds those that are missing here."""


class Holder(Protocol):
    """Who may read what a person saved: the person, or an app that the person let in."""

    @property
    def subject(self) -> Subject:
        """Whose data."""
        ...

    @property
    def key(self) -> PersonKey:
        """What opens them."""
        ...


class ErasureReceipt(Receipt, frozen=True, kw_only=True):
    """A receipt that a person can prove: ``signed`` is the same as a JWS of this finder's, which keeps it nowhere."""

    signed: str | None = None
    """``None`` where nothing can be signed, or nothing was held."""


class RightsDesk:
    """Over one store; for all threads of a process. ``clock`` gives aware times.

    ``plain_state`` names what is in the state of a visit, which only those who look after visits know.

    What writes raises :class:`NotReady` when it cannot be written now; then all is as before.
    """

    def __init__(
        self,
        consents: ConsentDesk,
        *,
        places: SavedPlaces,
        requests: MailRequests,
        apps: AppStore,
        counts: SearchCounts,
        visits: Visits,
        subscriptions: PushSubscriptions,
        deliveries: Deliveries,
        receipts: ReceiptKey | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        plain_state: PlainState = lambda state: state,
    ) -> None:
        self._consents = consents
        self._places = places
        self.requests = requests
        """Those that came by letter."""
        self._apps = apps
        self._counts = counts
        self._visits = visits
        self._subscriptions = subscriptions
        self._deliveries = deliveries
        self._receipts = receipts
        self._clock = clock
        self._plain_state = plain_state

    @classmethod
    def open(
        cls,
        url: str,
        consents: ConsentDesk,
        receipts: ReceiptKey | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        plain_state: PlainState = lambda state: state,
    ) -> Self:
        """Over the store at a SQLAlchemy address. Raises :class:`BadInput` for an address of anything else."""
        return cls(
            consents,
            places=SavedPlaces.open(url),
            requests=MailRequests.open(url),
            apps=AppStore.open(url),
            counts=SearchCounts.open(url),
            visits=Visits.open(url),
            subscriptions=PushSubscriptions.open(url),
            deliveries=Deliveries.open(url),
            receipts=receipts,
            clock=clock,
            plain_state=plain_state,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        stores = (self._places, self.requests, self._apps, self._counts, self._visits, self._subscriptions, self._deliveries)
        for store in stores:
            store.close()

    def export(self, subject: Subject, key: PersonKey | None) -> PersonalData:
        """Access: all that is held about a person, each kind with why and until when.

        Without the ``key`` saved places, visits and notices are told of, but not what is in them, as that nobody else can open.
        """
        visits = self._visits.of(subject)
        ends = {visit.id: visit.ends_at for visit in visits}
        notices = [one for one in self._visits.notices_of(subject) if one.visit_id in ends]
        return personal_data(
            subject,
            at=self._clock(),
            history=self._consents.history(subject),
            places=[self._line(place, subject, key) for place in self._places.of(subject)],
            grants=self._apps.grants_of(subject),
            requests=self.requests.of(subject),
            waiting=self._counts.waiting_of(subject),
            visits=[visit_line(visit, key, self._plain_state) for visit in visits],
            notices=[notice_line(notice, ends[notice.visit_id], key) for notice in notices],
            push_subscriptions=[subscription_line(kept, key, subject) for kept in self._subscriptions.of(subject)],
            deliveries=[delivery_line(delivery) for delivery in self._deliveries.of(subject)],
        )

    def holds(self, subject: Subject, *, beside: int | None = None) -> bool:
        """Whether there is anything about a person, ``beside`` the request by letter of that id and the line of an erasure."""
        return (
            any(entry.act is not Act.ERASED for entry in self._consents.history(subject))
            or any(request.id != beside for request in self.requests.of(subject))
            or bool(self._places.of(subject) or self._apps.grants_of(subject) or self._counts.waiting_of(subject))
            or bool(self._visits.of(subject) or self._subscriptions.of(subject) or self._deliveries.of(subject))
        )

    def erase(self, subject: Subject, *, via: Via) -> ErasureReceipt:
        """Cancellation: forget all about a person in all tables at once; a line of the ledger that says so stays.

        Where nothing was held there is no line and nothing signed: ``seq`` and ``signed`` are ``None``.
        """
        receipt = self._consents.erase(subject, via=via, also=_ALSO_ERASED)
        if receipt.seq is None:
            return ErasureReceipt(**msgspec.structs.asdict(receipt))
        claims = {"erasure": receipt.seq, "iat": int(receipt.at.timestamp()), "erased": receipt.erased, "sub": subject}
        signed = None
        if self._receipts is not None:
            with suppress(NotReady, Damaged):  # all is erased, whether that can be signed or not
                signed = self._receipts.sign(claims, ReceiptType.ERASURE)
        return ErasureReceipt(**msgspec.structs.asdict(receipt), signed=signed)

    def oppose(self, subject: Subject, purposes: Collection[Purpose], *, via: Via) -> list[Purpose]:
        """Opposition: take back every yes to these purposes, and what rests on it; those of which there was one, in order."""
        taken_back = [purpose for purpose in Purpose if purpose in purposes and self._consents.revoke(subject, purpose, via=via)]
        if Purpose.DISCLOSURE in purposes:
            self._apps.revoke_all(subject, at=self._clock())
        return taken_back

    def places(self, holder: Holder) -> list[SavedPlaceLine]:
        """What a person saved, opened, in the order of the names."""
        lines = [self._line(place, holder.subject, holder.key) for place in self._places.of(holder.subject)]
        return sorted(lines, key=lambda line: ((line.name or "").casefold(), line.id))

    def save_place(self, holder: Holder, said: PlaceSaid) -> SavedPlaceLine:
        """Keep a place so that nobody but its person, or whom the person lets in, can open it.

        Raises :class:`Conflict` for one more than a person may save, and :class:`ErasedMeanwhile` when all about the person is
        erased between its beginning and its end.
        """
        since = self._places.last_erasure(holder.subject)
        sealed = sealed_place(said, holder.key, holder.subject)
        return place_line(self._places.add(holder.subject, sealed, on=self._clock().date(), since=since), said)

    def correct_place(
        self, holder: Holder, place_id: str, *, name: str | None = None, found: PlaceSaid | None = None
    ) -> SavedPlaceLine:
        """Rectification: call a place otherwise, let it be where ``found`` is, or both. Raises :class:`NotFound`.

        Of ``found`` the name is not used. Raises :class:`Conflict` when the place was changed by somebody else meanwhile.
        """
        place = self._places.get(holder.subject, place_id)
        said = opened_place(place.sealed, holder.key, holder.subject)
        said = msgspec.structs.replace(found or said, name=name or said.name)
        sealed = sealed_place(said, holder.key, holder.subject)
        changed = self._places.replace(holder.subject, place_id, place.sealed, sealed, on=self._clock().date())
        if changed is None:
            raise Conflict("This place was changed meanwhile: read it again and correct what it is now.")
        return place_line(changed, said)

    def remove_place(self, holder: Holder, place_id: str) -> None:
        """Delete a saved place. Raises :class:`NotFound`."""
        self._places.remove(holder.subject, place_id)

    def use_place(self, holder: Holder, place_id: str) -> SealedPlace:
        """A saved place to start from, and remember the day, as it is kept for a time after its last use.

        Raises :class:`NotFound`. While the store is busy the place is given all the same.
        """
        place, today = self._places.get(holder.subject, place_id), self._clock().date()
        if place.used_on < today:
            with suppress(NotReady):
                self._places.note_use(holder.subject, place_id, on=today)
        return place

    def _line(self, place: SealedPlace, subject: Subject, key: PersonKey | None) -> SavedPlaceLine:
        if key is None:
            return place_line(place, None)
        try:
            return place_line(place, opened_place(place.sealed, key, subject))
        except Damaged:  # one that is damaged must keep nobody from the others
            return place_line(place, None)
