"""Around everything: what no other layer caught never reaches the server, whose log would repeat the message of the exception."""

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from finder.http.faults import log_fault

__all__ = ["keeping_faults"]


def keeping_faults(app: ASGIApp) -> ASGIApp:
    """Wrap an ASGI application: an exception is logged by its place, and answered with 500 where no answer has begun."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await app(scope, receive, noting)
        except Exception as error:
            log_fault(error)
            if begun:
                raise ConnectionError("An answer was cut off; the line before says where.") from None
            await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return handle
