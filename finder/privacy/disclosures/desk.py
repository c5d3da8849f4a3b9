"""Where a person lets an application in, sees which are in, and shows one out; and where applications come with their tokens."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from finder.domain.apps import GRANT_LASTS, GRANT_LASTS_UNUSED, TOKEN_LASTS, App, AppGrant, AppScope, AppToken, TokenKind
from finder.domain.consent import Purpose, Subject, Via
from finder.errors import NotFound
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures.access import AccessCheck, AppAccess
from finder.privacy.disclosures.receipt import Controller, receipt_claims
from finder.privacy.disclosures.secrets import digest_of
from finder.privacy.disclosures.server import Answer, Asked, AuthorizationServer, BadAppRequest, Parameters, SendBack
from finder.privacy.disclosures.validator import AppValidator
from finder.privacy.policy import Policies, policies
from finder.privacy.receipts import ReceiptKey, ReceiptType
from finder.privacy.subjects import Person
from finder.store.apps import AppStore, entering, new_id

__all__ = ["DisclosureDesk", "GrantTold"]


class GrantTold(msgspec.Struct, frozen=True, kw_only=True):
    """A grant as a person sees it."""

    id: str
    app: App
    scopes: tuple[AppScope, ...]
    granted_at: datetime
    expires_at: datetime
    """Unless the application comes for new tokens before."""
    expires_at_latest: datetime
    is_live: bool
    """Whether the application can read now."""
    receipt: str


class _Yes(msgspec.Struct, frozen=True):
    """What stands behind a code that oauthlib is about to make."""

    person: Person
    version: date
    language: str
    controller: Controller
    since: int
    """The person's last erasure when the yes came."""


class DisclosureDesk:
    """Over one store and its ledger; for all threads of a process. ``clock`` gives aware times."""

    def __init__(
        self,
        apps: AppStore,
        consents: ConsentDesk,
        receipts: ReceiptKey,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        known: Policies | None = None,
    ) -> None:
        self._policies = known or policies()
        self._apps = apps
        self._consents = consents
        self._receipts = receipts
        self._clock = clock
        self._check = AccessCheck(apps, consents, clock)
        self._server = AuthorizationServer(AppValidator(apps, self._check, clock, agreed=self._enter, end=self._end))
        self.public_keys = receipts.public_keys
        """The JWK set with which receipts are verified."""

    def asked(self, given: Parameters, issuer: str) -> Asked | SendBack | BadAppRequest:
        """Read the parameters with which an application sends a person. ``issuer``: the finder's own address."""
        return self._server.asked(given, issuer)

    def agree(
        self, given: Parameters, person: Person, *, version: date, language: str, controller: Controller
    ) -> SendBack | BadAppRequest:
        """A person who read ``version`` of the policy, and the texts of this room, lets the application in.

        Raises :class:`OutdatedPolicy` when that is not the policy in force, :class:`ErasedMeanwhile` when all about the person is
        erased until it is kept, and :class:`NotReady` when it cannot be.
        """
        since = self._apps.last_erasure(person.subject)
        asked = self._server.asked(given, controller.address)
        if not isinstance(asked, Asked):
            return asked
        return self._server.agreed(asked, _Yes(person, version, language, controller, since), controller.address)

    def would_end_at(self) -> datetime:
        """When a grant that a person gives now would end by itself at the latest, however often the application comes."""
        return self._clock() + GRANT_LASTS

    def decline(self, given: Parameters, issuer: str) -> SendBack | BadAppRequest:
        """A person does not let it in. That is written nowhere."""
        asked = self._server.asked(given, issuer)
        return self._server.declined(asked, issuer) if isinstance(asked, Asked) else asked

    def token(self, given: Parameters) -> Answer:
        """Give tokens for a code or a refresh token. Raises :class:`NotReady` when they cannot be kept."""
        return self._server.token(given)

    def revocation(self, given: Parameters) -> Answer:
        """Let an application give its access back (RFC 7009). Raises :class:`NotReady` when that cannot be written."""
        return self._server.revocation(given)

    def access(self, secret: str, scope: AppScope) -> AppAccess:
        """Return what an access token opens. Raises what :meth:`AccessCheck.access` raises."""
        return self._check.access(secret, scope)

    def grants(self, subject: Subject) -> list[GrantTold]:
        """All that a person has granted, ended or not, newest first."""
        return [
            GrantTold(
                id=grant.id,
                app=app,
                scopes=grant.scopes,
                granted_at=grant.granted_at,
                expires_at=grant.expires_at,
                expires_at_latest=grant.expires_at_latest,
                is_live=app.disabled_at is None and not self._check.is_over(grant),
                receipt=grant.receipt,
            )
            for grant, app in self._apps.grants_of(subject)
        ]

    def revoke(self, subject: Subject, grant_id: str, *, via: Via) -> None:
        """A person takes a grant back; with the last one, the consent too. From then on every call with its tokens is refused.

        Raises :class:`NotFound` for an id of none, and :class:`NotReady` when it cannot be written now.
        """
        self._apps.revoke(subject, grant_id, at=self._clock())
        if not any(grant.is_live for grant in self.grants(subject)):
            self._consents.revoke(subject, Purpose.DISCLOSURE, via=via)

    def _end(self, grant: AppGrant) -> None:
        """An application gives a grant back, or somebody has a copy of its secrets."""
        with suppress(NotFound):  # erased meanwhile
            self.revoke(grant.subject, grant.id, via=Via.APP)

    def _enter(self, code: str, request: Any) -> None:
        """Keep what oauthlib has made a code for: the yes in the ledger and the grant with its receipt, or nothing."""
        yes: _Yes = request.user
        app: App = request.client.app
        person, now = yes.person, self._clock()
        scopes = tuple(scope for scope in AppScope if scope in request.scopes)
        grant = AppGrant(
            id=new_id(),
            subject=person.subject,
            app_id=app.id,
            scopes=scopes,
            granted_at=now,
            expires_at=now + GRANT_LASTS_UNUSED,
            consent_seq=0,  # until it is known
            receipt="",
        )
        claims = receipt_claims(grant, app, yes.controller, policy=self._policies.current, language=yes.language)
        made = AppToken(
            secret_sha256=digest_of(code),
            grant_id=grant.id,
            kind=TokenKind.CODE,
            scopes=scopes,
            expires_at=now + TOKEN_LASTS[TokenKind.CODE],
            wrapped_key=person.key.wrapped_for(code),
            code_challenge=request.code_challenge,
            redirect_uri=request.redirect_uri,
        )
        signed = msgspec.structs.replace(grant, receipt=self._receipts.sign(claims, ReceiptType.CONSENT))
        self._consents.say_yes(
            person.subject,
            Purpose.DISCLOSURE,
            version=yes.version,
            language=yes.language,
            via=Via.WEB,
            beside=entering(signed, made, since=yes.since),
        )
