"""The authorization server: oauthlib's, with what OAuth 2.1 leaves of it. It knows parameters and answers, and no HTTP."""

import logging
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import (
    AccessDeniedError,
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    FatalClientError,
    InvalidClientIdError,
    InvalidRedirectURIError,
    InvalidRequestError,
    MismatchingRedirectURIError,
    MissingClientIdError,
    MissingRedirectURIError,
    OAuth2Error,
    RefreshTokenGrant,
    RevocationEndpoint,
    TokenEndpoint,
)

from finder.domain.apps import App, AppScope, TokenKind
from finder.privacy.disclosures.secrets import new_secret
from finder.privacy.disclosures.validator import AppValidator

__all__ = ["ASKED_WITH", "Answer", "Asked", "AuthorizationServer", "BadAppRequest", "SendBack", "WhyBad"]

# At the level of debugging oauthlib logs codes and tokens.
logging.getLogger("oauthlib").setLevel(logging.WARNING)

ASKED_WITH: Final = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
"""The parameters with which an application sends a person; others are ignored, as RFC 6749, 3.1, wants it."""
_TOKEN_ASKED_WITH: Final = ("grant_type", "code", "redirect_uri", "client_id", "code_verifier", "refresh_token", "scope")
_REVOKED_WITH: Final = ("token", "token_type_hint", "client_id")
_LONGEST: Final = 2000
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url."""
_ANYWHERE: Final = "https://finder.invalid/"
"""oauthlib wants an address, of which it reads the query alone."""

type Parameters = Sequence[tuple[str, str]]


class WhyBad(StrEnum):
    """Why a person is sent nowhere."""

    UNKNOWN_APP = "unknown_app"
    BAD_REDIRECT = "bad_redirect"
    MALFORMED = "malformed"


class BadAppRequest(msgspec.Struct, frozen=True):
    """A request that may not even be answered to the application: it says not, or wrongly, which one it is."""

    why: WhyBad


class SendBack(msgspec.Struct, frozen=True):
    """The person's browser is to go to the application, to an address that was entered for it."""

    location: str


class Asked(msgspec.Struct, frozen=True):
    """A good request, for the person to decide."""

    app: App
    scopes: tuple[AppScope, ...]
    redirect_uri: str
    parameters: tuple[tuple[str, str], ...]
    """To be sent along with the decision."""


class Answer(msgspec.Struct, frozen=True):
    """What an application's own request is answered with."""

    status: int
    headers: Mapping[str, str]
    body: str


class _CodeGrant(AuthorizationCodeGrant):
    """With codes that have our form."""

    def create_authorization_code(self, request: Any) -> dict[str, str]:
        made = {"code": new_secret(TokenKind.CODE)}
        return made | {"state": request.state} if request.state else made


class _Endpoints(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """oauthlib's ``WebApplicationServer`` without what we do not offer."""

    def __init__(self, validator: AppValidator) -> None:
        codes = _CodeGrant(validator, pre_auth=[_check_challenge])
        bearer = BearerToken(
            validator,
            token_generator=lambda _request: new_secret(TokenKind.ACCESS),
            expires_in=validator.expires_in,
            refresh_token_generator=lambda _request: new_secret(TokenKind.REFRESH),
        )
        tokens: Any = bearer  # the stubs take it for a text
        grants = {"authorization_code": codes, "refresh_token": RefreshTokenGrant(validator)}
        AuthorizationEndpoint.__init__(
            self, default_response_type="code", default_token_type=tokens, response_types={"code": codes}
        )
        TokenEndpoint.__init__(self, default_grant_type="authorization_code", default_token_type=tokens, grant_types=grants)
        RevocationEndpoint.__init__(self, validator)


class AuthorizationServer:
    """Over one validator; for all threads of a process.

    ``issuer`` is the finder's own address, as its metadata tell it: it goes along with every answer (RFC 9207), so that an app
    of several servers is not tricked into sending one's code to another.
    """

    def __init__(self, validator: AppValidator) -> None:
        self._endpoints = _Endpoints(validator)

    def asked(self, given: Parameters, issuer: str) -> Asked | SendBack | BadAppRequest:
        """Read what an application asks a person for."""
        parameters = _known(given, ASKED_WITH)
        if parameters is None:
            return BadAppRequest(WhyBad.MALFORMED)
        try:
            scopes, told = self._endpoints.validate_authorization_request(_address(parameters))
        except FatalClientError as error:
            return BadAppRequest(_why(error))
        except OAuth2Error as error:
            return _sent_back(error.in_uri(error.redirect_uri or ""), issuer)
        asked_for = tuple(scope for scope in AppScope if scope in scopes)
        return Asked(told["request"].client.app, asked_for, told["redirect_uri"], parameters)

    def agreed(self, asked: Asked, yes: object, issuer: str) -> SendBack | BadAppRequest:
        """Make the code for a person who has agreed; ``yes`` is handed to what keeps it, with oauthlib's request."""
        try:
            headers, _body, _status = self._endpoints.create_authorization_response(
                _address(asked.parameters), scopes=list(asked.scopes), credentials={"user": yes}
            )
        except FatalClientError as error:  # disabled while the person was reading
            return BadAppRequest(_why(error))
        return _sent_back(headers["Location"], issuer)

    def declined(self, asked: Asked, issuer: str) -> SendBack:
        """Tell the application that the person does not want it."""
        told = AccessDeniedError(state=dict(asked.parameters).get("state"))
        return _sent_back(told.in_uri(asked.redirect_uri), issuer)

    def token(self, given: Parameters) -> Answer:
        """Answer who asks for tokens, with a code or a refresh token."""
        parameters = _known(given, _TOKEN_ASKED_WITH)
        if parameters is None:
            return _answer_of(InvalidRequestError())
        try:
            headers, body, status = self._endpoints.create_token_response(_ANYWHERE, "POST", urlencode(parameters), {})
        except OAuth2Error as error:
            return _answer_of(error)
        return Answer(status, headers, body or "")

    def revocation(self, given: Parameters) -> Answer:
        """Answer an application that gives its access back."""
        parameters = _known(given, _REVOKED_WITH)
        if parameters is None:
            return _answer_of(InvalidRequestError())
        headers, body, status = self._endpoints.create_revocation_response(_ANYWHERE, "POST", urlencode(parameters), {})
        return Answer(status, headers, body or "")


def _check_challenge(request: Any) -> dict[str, Any]:
    """Take PKCE by SHA-256 alone: oauthlib takes ``plain`` too, and a request that names no method as one of ``plain``."""
    if request.code_challenge is not None and not _CHALLENGE.fullmatch(request.code_challenge):
        raise InvalidRequestError(description="code_challenge must be a SHA-256 in base64url.", request=request)
    if request.code_challenge is not None and request.code_challenge_method != "S256":
        raise InvalidRequestError(description="code_challenge_method must be S256.", request=request)
    return {}


def _known(given: Parameters, names: Sequence[str]) -> tuple[tuple[str, str], ...] | None:
    """The parameters that mean something; an empty one is none (RFC 6749, 3.1). ``None`` when one is longer than any should be.

    The others are left out, as oauthlib would take some of them for its own findings.
    """
    kept = tuple((name, value) for name, value in given if name in names and value)
    return kept if all(len(value) <= _LONGEST for _, value in kept) else None


def _address(parameters: Parameters) -> str:
    return f"{_ANYWHERE}?{urlencode(parameters)}"


def _sent_back(location: str, issuer: str) -> SendBack:
    return SendBack(add_params_to_uri(location, [("iss", issuer)]))


def _answer_of(error: OAuth2Error) -> Answer:
    return Answer(error.status_code, {"Content-Type": "application/json", **error.headers}, error.json)


def _why(error: FatalClientError) -> WhyBad:
    if isinstance(error, MissingClientIdError | InvalidClientIdError):
        return WhyBad.UNKNOWN_APP
    is_redirect = isinstance(error, MissingRedirectURIError | MismatchingRedirectURIError | InvalidRedirectURIError)
    return WhyBad.BAD_REDIRECT if is_redirect else WhyBad.MALFORMED
