"""Whether an application may read now: asked at every call, of the tables and of no memory."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from finder.domain.apps import AppGrant, AppScope, HeldToken, TokenKind
from finder.domain.consent import ForDisclosure, Subject
from finder.errors import AppRefused, AppTokenRefused, ConsentNeeded, OutdatedPolicy
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures.secrets import digest_of, has_form_of
from finder.privacy.sealing import PersonKey
from finder.store.apps import AppStore

__all__ = ["AccessCheck", "AppAccess"]


class AppAccess(msgspec.Struct, frozen=True):
    """What a live token of an application's opens: what its scopes name of one person."""

    subject: Subject
    key: PersonKey
    """Opens what the person saved."""
    scopes: tuple[AppScope, ...]
    app_id: str


class AccessCheck:
    """Over one store and its ledger; for all threads of a process. ``clock`` gives aware times."""

    def __init__(self, apps: AppStore, consents: ConsentDesk, clock: Callable[[], datetime]) -> None:
        self._apps = apps
        self._consents = consents
        self._clock = clock

    def access(self, secret: str, scope: AppScope) -> AppAccess:
        """Return what an access token opens for a scope.

        Raises :class:`AppTokenRefused` for one that is none or has expired, :class:`AppRefused` when the person has taken it back
        or never gave that scope, and :class:`NotReady` when the tables do not answer: then nothing is disclosed.
        """
        held = self._apps.held(digest_of(secret)) if has_form_of(TokenKind.ACCESS, secret) else None
        if held is None or held.token.kind is not TokenKind.ACCESS or held.token.expires_at <= self._clock():
            raise AppTokenRefused("This access token is none, or has expired: get a new one with the refresh token.")
        if held.token.wrapped_key is None or self.has_ended(held):
            raise AppRefused(
                "The person has taken back this application's access, or it has ended. Ask the person again.", "access_revoked"
            )
        if scope not in held.token.scopes:
            raise AppRefused(f"The person has not given this application the scope {scope}.", "insufficient_scope")
        key = PersonKey.unwrapped(held.token.wrapped_key, secret)
        return AppAccess(held.grant.subject, key, held.token.scopes, held.app.id)

    def has_ended(self, held: HeldToken) -> bool:
        """Whether nothing may be given any more for a token of this grant."""
        return held.app.disabled_at is not None or self.is_over(held.grant)

    def is_over(self, grant: AppGrant) -> bool:
        """Whether a grant has ended: by itself, by the person's word or by a policy that asks again."""
        if grant.revoked_at is not None or grant.expires_at <= self._clock():
            return True
        try:
            self._consents.grant(ForDisclosure, grant.subject)
        except (ConsentNeeded, OutdatedPolicy):
            return True
        return self._apps.is_taken_back(grant)
