"""HEAD for every address that answers GET (RFC 9110, 9.3.2): Litestar has it for none, and uptime monitors ask by it."""

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

__all__ = ["answering_head"]


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

        as_get: HTTPScope = {**scope, "method": "GET"}
        await app(as_get, receive, send_without_body)

    return handle
