"""Where applications of others fetch tokens and give them back, and what they must know of this finder first."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

import anyio.to_thread
from litestar import MediaType, Request, Response, get, post

from finder.domain.apps import AppScope
from finder.http.site import issuer_of
from finder.privacy.disclosures import Answer, DisclosureDesk

__all__ = ["oauth_handlers"]

_Request = Request[Any, Any, Any]
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 40
_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}


def oauth_handlers(disclosures: DisclosureDesk) -> list[Any]:
    """Return the handlers of the authorization server but for its page, which the web room has.

    They are what the RFCs say, which the metadata name, and so they are not described at ``/schema``.
    """

    @post("/oauth/token", include_in_schema=False)
    async def token(request: _Request) -> Response[str]:
        """Answer a form as RFC 6749, 4.1.3 and 6, have it; errors as its 5.2 has them."""
        return await _answered(request, disclosures.token)

    @post("/oauth/revoke", status_code=200, include_in_schema=False)
    async def revoke(request: _Request) -> Response[str]:
        """Answer a form with ``token`` and ``client_id``: all that was granted with the token ends."""
        return await _answered(request, disclosures.revocation)

    @get("/.well-known/oauth-authorization-server", sync_to_thread=False, include_in_schema=False)
    def metadata(request: _Request) -> Response[dict[str, Any]]:
        """Answer where what is, and what can be asked."""
        return Response(_metadata(issuer_of(request)), headers=_AN_HOUR)

    @get("/.well-known/jwks.json", sync_to_thread=True, include_in_schema=False)
    def keys() -> Response[dict[str, Any]]:
        """Answer the public key of receipts."""
        return Response(disclosures.public_keys(), media_type="application/jwk-set+json", headers=_AN_HOUR)

    return [token, revoke, metadata, keys]


async def _answered(request: _Request, asked: Callable[[list[tuple[str, str]]], Answer]) -> Response[str]:
    answer = await anyio.to_thread.run_sync(asked, _fields(request, await request.body()))
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-type"}
    return Response(answer.body, status_code=answer.status, media_type=MediaType.JSON, headers=headers)


def _fields(request: _Request, body: bytes) -> list[tuple[str, str]]:
    """The fields of a form; none of what is no form, which is then refused for what it lacks."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return []
    try:
        return parse_qsl(body.decode("ascii"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _metadata(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": [scope.value for scope in AppScope],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["en", "es"],
        "op_policy_uri": f"{issuer}/privacy",
    }
