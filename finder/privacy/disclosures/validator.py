"""What oauthlib asks of us: which applications, codes and tokens there are, answered from the store.

Every application is public (RFC 8252): it keeps no secret, so each code is bound to whoever asked for it by PKCE instead, and
refresh tokens serve once. Whoever uses a code or a refresh token twice is not who it was for, or has lost it to somebody: then
all that was given on it ends (RFC 9700, 2.1.1 and 2.2.2).
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, override

from oauthlib.oauth2 import InvalidGrantError, RequestValidator

from finder.domain.apps import TOKEN_LASTS, App, AppGrant, AppScope, AppToken, HeldToken, TokenKind
from finder.privacy.disclosures.access import AccessCheck
from finder.privacy.disclosures.redirects import is_registered
from finder.privacy.disclosures.secrets import digest_of, has_form_of
from finder.privacy.sealing import PersonKey
from finder.store.apps import AppStore

__all__ = ["AppValidator", "Client"]

GRANT_TYPES: Final = ("authorization_code", "refresh_token")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""RFC 7636, 4.1."""


class Client(NamedTuple):
    """An application in the form in which oauthlib hands it around."""

    client_id: str
    app: App


class AppValidator(RequestValidator):
    """Over one store. ``agreed`` keeps what a person has granted, when oauthlib has made the code for it; ``end`` ends a grant.

    A request of oauthlib's carries what one call has found out to the next: ``client``, and ``held``, the code or refresh token.
    """

    def __init__(
        self,
        apps: AppStore,
        check: AccessCheck,
        clock: Callable[[], datetime],
        *,
        agreed: Callable[[str, Any], None],
        end: Callable[[AppGrant], None],
    ) -> None:
        super().__init__()
        self._apps = apps
        self._check = check
        self._clock = clock
        self._agreed = agreed
        self._end = end

    # Who asks

    @override
    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return False

    @override
    def authenticate_client_id(self, client_id: str | None, request: Any, *args: Any, **kwargs: Any) -> bool:
        return self.validate_client_id(client_id or "", request)

    @override
    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        app = self._apps.find(client_id)
        if app is None or app.disabled_at is not None:
            return False
        request.client = Client(app.id, app)
        return True

    # What may be asked for

    @override
    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        return is_registered(redirect_uri, request.client.app.redirect_uris)

    @override
    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - oauthlib takes None for "there is none"
        return None

    @override
    def validate_response_type(self, client_id: str, response_type: str, client: Any, request: Any, *a: Any, **k: Any) -> bool:
        return response_type == "code"

    @override
    def validate_grant_type(self, client_id: str, grant_type: str, client: Any, request: Any, *a: Any, **k: Any) -> bool:
        return grant_type in GRANT_TYPES

    @override
    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return []

    @override
    def validate_scopes(self, client_id: str, scopes: Sequence[str], client: Any, request: Any, *a: Any, **k: Any) -> bool:
        return bool(scopes) and set(scopes) <= set(client.app.scopes)

    @override
    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True

    @override
    def is_origin_allowed(self, client_id: str, origin: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        return False

    # A code: given, and taken for tokens

    @override
    def save_authorization_code(self, client_id: str, code: dict[str, str], request: Any, *args: Any, **kwargs: Any) -> None:
        self._agreed(code["code"], request)

    @override
    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        if not self._is_good(TokenKind.CODE, code, client, request):
            return False
        if request.code_verifier is not None and not _VERIFIER.fullmatch(request.code_verifier):
            return False
        return request.redirect_uri == request.held.token.redirect_uri

    @override
    def get_code_challenge(self, code: str, request: Any) -> str:
        return request.held.token.code_challenge or ""  # which nothing was ever made of

    @override
    def get_code_challenge_method(self, code: str, request: Any) -> str:
        return "S256"

    @override
    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return redirect_uri == request.held.token.redirect_uri  # once more: validate_code answers with the error of the RFC

    @override
    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """It has been, in the transaction that kept the tokens."""

    # A refresh token

    @override
    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        return self._is_good(TokenKind.REFRESH, refresh_token, client, request)

    @override
    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return list(request.held.token.scopes)

    @override
    def rotate_refresh_token(self, request: Any) -> bool:
        return True

    # Tokens

    def expires_in(self, request: Any) -> int:
        """How many seconds the access token that is being made will last."""
        left = min(TOKEN_LASTS[TokenKind.ACCESS], request.held.grant.expires_at_latest - self._clock())
        return int(left.total_seconds())

    @override
    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        held: HeldToken = request.held
        used = request.code if held.token.kind is TokenKind.CODE else request.refresh_token
        wrapped = held.token.wrapped_key
        if wrapped is None:
            raise InvalidGrantError(request=request)
        key, now = PersonKey.unwrapped(wrapped, used), self._clock()
        made = [
            AppToken(
                secret_sha256=digest_of(secret),
                grant_id=held.grant.id,
                kind=kind,
                scopes=scopes,
                expires_at=min(now + TOKEN_LASTS[kind], held.grant.expires_at_latest),
                wrapped_key=key.wrapped_for(secret),
            )
            for kind, secret, scopes in (
                (TokenKind.ACCESS, token["access_token"], tuple(map(AppScope, request.scopes))),
                # A refresh token keeps what the person gave, even where the app asks for less this time (RFC 6749, 6).
                (TokenKind.REFRESH, token["refresh_token"], held.token.scopes),
            )
        ]
        if not self._apps.exchange(held, made, at=now):
            self._end(held.grant)  # somebody was quicker with the same secret
            raise InvalidGrantError(request=request)

    @override
    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """An application gives back what it was granted, by any token of it; those of others it cannot (RFC 7009, 2.1)."""
        held = self._apps.held(digest_of(token))
        if held is not None and held.app.id == request.client.client_id:
            self._end(held.grant)

    def _is_good(self, kind: TokenKind, secret: str, client: Any, request: Any) -> bool:
        held = self._apps.held(digest_of(secret)) if has_form_of(kind, secret) else None
        if held is None or held.token.kind is not kind or held.app.id != client.client_id:
            return False
        if held.token.used_at is not None:
            self._end(held.grant)
            return False
        if held.token.expires_at <= self._clock() or self._check.has_ended(held):
            return False
        request.held = held
        request.scopes, request.user = list(held.token.scopes), held.grant.subject
        return True
