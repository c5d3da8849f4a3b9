"""Where a person says yes or no, and where whoever needs a consent asks for it."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec

from finder.domain.consent import (
    Act,
    Consent,
    ConsentEntry,
    ForAnalytics,
    ForDirections,
    ForDisclosure,
    ForIndoor,
    ForNotices,
    ForPurpose,
    ForSearch,
    Purpose,
    Receipt,
    Subject,
    Via,
)
from finder.errors import ConsentNeeded, NotReady, OutdatedPolicy
from finder.privacy.grants import (
    Grant,
    _granted,  # pyright: ignore[reportPrivateUsage] - the desk is the one other place that may make a grant
    checked_version,
)
from finder.privacy.policy import Policies, policies
from finder.store.consents import Beside, ConsentLedger
from finder.store.deliveries import erase_deliveries
from finder.store.personal import Eraser
from finder.store.push_subscriptions import erase_push_subscriptions
from finder.store.search_counts import erase_waiting
from finder.store.visits import erase_notices, erase_visits

__all__ = ["CONSENT_LASTS", "SEEN_ELSEWHERE_AFTER_S", "ConsentDesk"]

CONSENT_LASTS: Final = timedelta(days=365)
"""A yes ends after it, and the person is asked anew."""
SEEN_ELSEWHERE_AFTER_S: Final = 1.0
"""On PostgreSQL another machine may have written, whose revisions this one does not see: so often the ledger is asked of whom."""
_LONGEST_LISTENING_S: Final = 0.5
"""Whoever asks while it takes longer is told that the ledger does not answer, and does not begin to wait too."""
_MOST_REMEMBERED: Final = 16_384
"""About 10 MB."""


class _Yes(msgspec.Struct, frozen=True):
    """A yes of the ledger, expired or not; ``grant`` is ``None`` when a later policy asks again."""

    given_at: datetime
    expires_at: datetime
    grant: Grant[Any] | None


class _Known(msgspec.Struct, frozen=True):
    """What the ledger said of one subject; it stands while its revision does."""

    revision: int
    yes: dict[Purpose, _Yes]


_KINDS: Final[tuple[type[ForPurpose], ...]] = (ForSearch, ForDirections, ForIndoor, ForNotices, ForAnalytics, ForDisclosure)
_GRANTS: Final[dict[Purpose, Grant[Any]]] = {kind.purpose: _granted(kind) for kind in _KINDS}
"""They say nothing of a person, so one for each purpose does."""


_RESTS_ON: Final[dict[Purpose | None, Sequence[Eraser]]] = {
    Purpose.ANALYTICS: (erase_waiting,),
    Purpose.NOTICES: (erase_visits, erase_notices, erase_deliveries, erase_push_subscriptions),
}
"""What is kept only while the person agrees, and goes with the yes."""


class ConsentDesk:
    """Over one ledger; for all threads of a process. ``clock`` gives aware times."""

    def __init__(
        self, ledger: ConsentLedger, clock: Callable[[], datetime] = lambda: datetime.now(UTC), known: Policies | None = None
    ) -> None:
        self._ledger = ledger
        self._revision_of = ledger.revision_of
        self._clock = clock
        self._policies = known or policies()
        # The newest line that this process has heard of from other machines, and until when that will do, be it that it failed.
        self._heard, self._listen_at = -1, -math.inf if ledger.reaches_other_machines else math.inf
        self._is_deaf, self._listening_since = False, math.inf
        self._listener = threading.Lock()
        self._remembered: dict[Subject, _Known] = {}
        self._lock = threading.Lock()

    def grant[P: ForPurpose](self, purpose: type[P], subject: Subject | None) -> Grant[P]:
        """The grant for a purpose, if the subject's yes holds now. ``None`` stands for somebody without a token.

        Raises :class:`ConsentNeeded` when it does not, :class:`OutdatedPolicy` when the policy has since changed in what it says
        of this purpose, and :class:`NotReady` when the ledger does not answer: then nothing is granted.
        """
        yes = self._yes_of(subject, always_read=purpose is ForDisclosure).get(purpose.purpose) if subject else None
        if yes is None or yes.expires_at <= self._clock():
            raise ConsentNeeded(
                f"The person has not agreed to this, or no longer: {purpose.purpose}. Ask first.", purpose.purpose
            )
        if yes.grant is None:
            raise OutdatedPolicy(
                f"The privacy policy has changed in what it says of this: {purpose.purpose}. The one in force is "
                f"{self._policies.current.version}. Show it to the person and ask again.",
                purpose.purpose,
            )
        return yes.grant

    def agreed_at(self, purpose: type[ForPurpose], subject: Subject | None) -> datetime | None:
        """When the subject said the yes that holds now; ``None`` where the person has to be asked. Raises :class:`NotReady`."""
        yes = self._yes_of(subject).get(purpose.purpose) if subject else None
        return yes.given_at if yes and yes.grant and self._clock() < yes.expires_at else None

    def live(self, subject: Subject) -> dict[Purpose, Consent]:
        """Every yes of a subject that holds now."""
        now = self._clock()
        return {
            purpose: Consent(purpose=purpose, policy_version=entry.policy_version, given_at=entry.at, expires_at=entry.expires_at)
            for purpose, entry in self._ledger.last(subject).items()
            if entry.policy_version and entry.expires_at and now < entry.expires_at
            if not self._policies.needs_new_consent(entry.policy_version, purpose)
        }

    def history(self, subject: Subject) -> list[ConsentEntry]:
        """All that a subject has said, oldest first: what the person may read and take along."""
        return self._ledger.entries(subject)

    def say_yes(
        self,
        subject: Subject,
        purpose: Purpose,
        *,
        version: date,
        language: str,
        via: Via,
        beside: Beside | None = None,
        once: bool = False,
    ) -> Consent:
        """A person who read ``version`` of the policy in ``language`` agrees to a purpose, for :data:`CONSENT_LASTS`.

        ``beside`` writes what rests on the yes: that and the yes are kept, or neither. With ``once`` a yes that
        holds, to the same text in the same language, is not written again, so that it lasts no longer.

        Raises :class:`OutdatedPolicy` when that is not the policy in force, :class:`BadInput` for a language that it is not
        written in, and :class:`NotReady` when it cannot be written now.
        """
        now, text_sha256 = self._clock(), self._sha256_of_text(version, purpose, language)
        said = self._ledger.last(subject).get(purpose) if once else None
        if said and said.expires_at and now < said.expires_at and (said.language, said.text_sha256) == (language, text_sha256):
            return Consent(purpose=purpose, policy_version=version, given_at=said.at, expires_at=said.expires_at)
        expires_at = now + CONSENT_LASTS
        self._append(
            ConsentEntry(
                subject=subject,
                act=Act.GRANTED,
                at=now,
                via=via,
                purpose=purpose,
                policy_version=version,
                language=language,
                text_sha256=text_sha256,
                expires_at=expires_at,
            ),
            beside,
        )
        return Consent(purpose=purpose, policy_version=version, given_at=now, expires_at=expires_at)

    def say_no(self, subject: Subject, purpose: Purpose, *, version: date, language: str, via: Via) -> None:
        """A person who read ``version`` of the policy in ``language`` does not agree, whatever was said before.

        Raises what :meth:`say_yes` raises.
        """
        self._append(
            ConsentEntry(
                subject=subject,
                act=Act.REFUSED,
                at=self._clock(),
                via=via,
                purpose=purpose,
                policy_version=version,
                language=language,
                text_sha256=self._sha256_of_text(version, purpose, language),
            )
        )

    def revoke(self, subject: Subject, purpose: Purpose, *, via: Via) -> bool:
        """Take a yes back; whether there was one, expired or not. No check in any process of this machine grants it afterwards.

        Raises :class:`NotReady` when it cannot be written now.
        """
        revoked = self._ledger.revoke(subject, purpose, at=self._clock(), via=via, also=_RESTS_ON.get(purpose, ()))
        self._remembered.pop(subject, None)
        return revoked

    def erase(self, subject: Subject, *, via: Via, also: Sequence[Eraser] = ()) -> Receipt:
        """Forget all that a subject has said; one line that says so stays, without purpose or policy, where anything was held.

        ``also`` forget the subject in other tables: all do, or none.

        Raises :class:`NotReady` when it cannot be written now: then all is as before.
        """
        receipt = self._ledger.erase(subject, at=self._clock(), via=via, also=also)
        self._remembered.pop(subject, None)
        return receipt

    def _sha256_of_text(self, version: date, purpose: Purpose, language: str) -> str:
        checked_version(version, purpose, self._policies)
        return self._policies.current.text_sha256(language)

    def _append(self, entry: ConsentEntry, beside: Beside | None = None) -> None:
        also = _RESTS_ON.get(entry.purpose, ()) if entry.act is Act.REFUSED else ()
        self._ledger.append(entry, also=also, beside=beside)
        self._remembered.pop(entry.subject, None)

    def _yes_of(self, subject: Subject, *, always_read: bool = False) -> dict[Purpose, _Yes]:
        knows = self._has_heard()
        known = self._remembered.get(subject) if knows and not always_read else None
        if known is None or known.revision != self._revision_of(subject):
            known = self._read(subject)
        return known.yes

    def _has_heard(self) -> bool:
        """Whether what is remembered may be gone by; while another thread listens the ledger itself is to be asked.

        Raises :class:`NotReady` where the ledger did not answer who listened last, or has not for too long: nobody queues for it.
        """
        if time.monotonic() > self._listen_at:
            if not self._listener.acquire(blocking=False):
                if self._is_deaf or time.monotonic() - self._listening_since > _LONGEST_LISTENING_S:
                    raise _silent()
                return False
            try:
                if (now := time.monotonic()) > self._listen_at:  # else another thread has just done so
                    self._listen(now)
            finally:
                self._listener.release()
        if self._is_deaf:
            raise _silent()
        return True

    def _listen(self, now: float) -> None:
        """Forget whomever another machine has written about. Raises :class:`NotReady`; until the next time nothing is granted."""
        is_deaf, self._listening_since = True, now
        try:
            if self._heard < 0:
                heard, subjects = self._ledger.newest(), frozenset[Subject]()
            else:
                heard, subjects = self._ledger.written_since(self._heard)
            with self._lock:
                self._heard = heard
                for subject in subjects:
                    self._remembered.pop(subject, None)
            is_deaf = False
        finally:
            # From before the ledger was asked, unless it failed: then it is let alone for as long from now on.
            self._is_deaf, self._listening_since = is_deaf, math.inf
            self._listen_at = (time.monotonic() if is_deaf else now) + SEEN_ELSEWHERE_AFTER_S

    def _read(self, subject: Subject) -> _Known:
        # Both before the ledger is read: what is written meanwhile makes this old.
        revision, heard = self._revision_of(subject), self._heard
        yes = {
            purpose: _Yes(
                entry.at,
                entry.expires_at,
                None if self._policies.needs_new_consent(entry.policy_version, purpose) else _GRANTS[purpose],
            )
            for purpose, entry in self._ledger.last(subject).items()
            if entry.expires_at and entry.policy_version
        }
        known = _Known(revision, yes)
        with self._lock:
            if revision and heard == self._heard:
                self._remembered.pop(subject, None)
                self._remembered[subject] = known
                if len(self._remembered) > _MOST_REMEMBERED:
                    del self._remembered[next(iter(self._remembered))]
        return known


def _silent() -> NotReady:
    return NotReady("The ledger of consents does not answer. Try again in a moment.")
