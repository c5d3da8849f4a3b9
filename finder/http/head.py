"""HEAD for every address that answers GET (RFC 9110, 9.3.2): Litestar has it for none, and uptime monitors ask by it."""

from typing import Any, Final, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["answering_head", "asked_by_head"]

_NOTE: Final = "finder.head"


def asked_by_head(scope: Scope) -> bool:
    """Whether a GET is answered in place of a HEAD: for answers that have no end, which must not begin then."""
    return _NOTE in cast("dict[str, Any]", scope)


def answering_head(app: ASGIApp) -> ASGIApp:
    """Wrap an ASGI application: HEAD is answered with the status and the headers of a GET, and no body."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        # The scope itself and no copy: what the application notes in it, who wraps this reads (the log of visits).
        scope["method"] = "GET"
        cast("dict[str, Any]", scope)[_NOTE] = True
        try:
            await app(scope, receive, send_without_body)
        finally:
            scope["method"] = "HEAD"

    return handle
