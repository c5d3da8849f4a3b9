"""Applications of others, and what people let them read. An app is public: it holds no secret of its own, only tokens."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from finder.domain.consent import Subject

__all__ = [
    "GRANT_LASTS",
    "GRANT_LASTS_UNUSED",
    "TOKEN_LASTS",
    "App",
    "AppGrant",
    "AppScope",
    "AppToken",
    "HeldToken",
    "TokenKind",
]


GRANT_LASTS: Final = timedelta(days=365)
"""At most, from the person's yes."""
GRANT_LASTS_UNUSED: Final = timedelta(days=90)
"""From the app's last coming for new tokens, without which it reads for no more than an hour."""


class AppScope(StrEnum):
    """What an app may read of a person. It can write nothing."""

    PLACES_READ = "places.read"
    CONSENTS_READ = "consents.read"


class App(msgspec.Struct, frozen=True, kw_only=True):
    """An application that the operator has entered; ``id`` is its OAuth ``client_id``. Times are aware."""

    id: str
    name: str
    homepage: str
    """An https address."""
    contact: str
    """An e-mail address, a phone number or an https address of who runs it: whom a person may ask."""
    redirect_uris: tuple[str, ...]
    scopes: tuple[AppScope, ...]
    """What it may ask people for."""
    created_at: datetime
    disabled_at: datetime | None = None


class AppGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What one person lets one app read, and until when. Times are aware."""

    id: str
    subject: Subject
    app_id: str
    scopes: tuple[AppScope, ...]
    granted_at: datetime
    expires_at: datetime
    """When it ends unless the app comes for new tokens before."""
    consent_seq: int
    """The line of the consent ledger that it rests on: a later line that takes the consent back ends the grant for good."""
    receipt: str
    """Signed, as in :mod:`finder.privacy.receipts`."""
    revoked_at: datetime | None = None

    @property
    def expires_at_latest(self) -> datetime:
        """When it ends, however often the app comes."""
        return self.granted_at + GRANT_LASTS

    def expires_at_if_used(self, at: datetime) -> datetime:
        """When it ends if the app comes for new tokens at a moment, and then no more."""
        return min(at + GRANT_LASTS_UNUSED, self.expires_at_latest)


class TokenKind(StrEnum):
    """What a token can be used for."""

    CODE = "code"
    """Once, by who knows what its challenge was made of, for an access and a refresh token."""
    ACCESS = "access"
    REFRESH = "refresh"
    """Once, for new ones."""


TOKEN_LASTS: Final = {
    TokenKind.CODE: timedelta(minutes=10),
    TokenKind.ACCESS: timedelta(hours=1),
    TokenKind.REFRESH: GRANT_LASTS_UNUSED,
}
"""Or until the grant ends, which is the end of all of them."""


class AppToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret, which only the app has. Times are aware."""

    secret_sha256: str
    """In hex. The secrets are random, so their hash needs no salt and no slowness."""
    grant_id: str
    kind: TokenKind
    scopes: tuple[AppScope, ...]
    expires_at: datetime
    wrapped_key: bytes | None
    """The person's key, which only the secret unwraps; ``None`` when the grant has ended."""
    used_at: datetime | None = None
    """Of a code or refresh token, which serves once."""
    code_challenge: str | None = None
    """Of a code: the SHA-256 of what its taker must show, in base64url (PKCE, RFC 7636, S256)."""
    redirect_uri: str | None = None
    """Of a code: where it was sent."""

    def __repr__(self) -> str:
        return f"AppToken({self.kind})"


class HeldToken(msgspec.Struct, frozen=True):
    """A token with what it belongs to."""

    token: AppToken
    grant: AppGrant
    app: App
