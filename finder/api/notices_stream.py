"""An open page hears of a person's notices as they come: Server-Sent Events, which browsers take up again by themselves."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter
from litestar.response import Stream

from finder.api.services import ApiServices
from finder.api.visits import After, NoticeAnswer
from finder.domain.consent import ForNotices
from finder.errors import ConsentNeeded, NotReady, OutdatedPolicy
from finder.http.head import asked_by_head
from finder.http.persons import known_person
from finder.notices.hub import End, NoticeHub
from finder.notices.visits import VisitDesk
from finder.privacy.subjects import Person

__all__ = ["EVENT_STREAM", "notices_stream_handler"]

EVENT_STREAM: Final = "text/event-stream"
_BEGIN: Final = b"retry: 2000\n\n"
"""Sent at once, as nothing goes out before the first piece of the body; and how soon a browser whose stream broke comes again."""
_HEARTBEAT: Final = b":\n\n"
_AGAIN_S: Final = 2.0
"""What could not be read is read again then. The stream goes on meanwhile: a browser that is answered 503 never comes again."""
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

LastEventId = Annotated[
    int,
    HeaderParameter(
        name="Last-Event-ID",
        ge=0,
        le=2**53,
        description="The id of the newest notice that came by a stream before, as browsers send it by themselves.",
    ),
]


class _Piece(msgspec.Struct, frozen=True):
    """What goes out at once. ``is_last``: nothing is armed any more, and nothing will follow."""

    seq: int
    """Of the newest notice there is, whether it goes out or has been seen."""
    body: bytes
    is_last: bool


def notices_stream_handler(services: ApiServices, desk: VisitDesk, hub: NoticeHub) -> Any:
    """Return the handler of ``GET /api/v1/notices/stream``. It has no thread while it waits, and reads on the hub's own ones."""
    consents = services.consents

    @get(
        "/notices/stream",
        summary="A person's notices as they come, while a page is open",
        responses={
            200: ResponseSpec(
                str,
                generate_examples=False,
                media_type=EVENT_STREAM,  # pyright: ignore[reportArgumentType] - of the plugin's own ones, it says
                description="Server-Sent Events: notice, whose data is a notice as GET /api/v1/notices gives it and whose id is "
                "its seq; and end, whose data is why the stream ends.",
            )
        },
    )
    async def stream(request: Request[Any, Any, Any], after: After = 0, last_event_id: LastEventId = 0) -> Response[Any]:
        """Send every notice that has not been seen, now and whenever there is one; it needs a consent to notices (403).

        It ends with an event end: consent_needed when the yes was taken back, nothing_armed when no visit is armed any more,
        elsewhere when the person opened more than four streams, of which the oldest ends; come again after stopping only, and
        once a visit is armed. A comment every 15 s says that it still stands.
        """
        person = known_person(request)
        await hub.aside(partial(consents.grant, ForNotices, person.subject))
        hub.check_room()
        if asked_by_head(request.scope):
            return Response(b"", media_type=EVENT_STREAM, headers=_HEADERS)
        return Stream(_events(services, desk, hub, person, max(after, last_event_id)), media_type=EVENT_STREAM, headers=_HEADERS)

    return stream


async def _events(services: ApiServices, desk: VisitDesk, hub: NoticeHub, person: Person, after: int) -> AsyncGenerator[bytes]:
    """The pieces of a stream, until it ends."""

    def checked() -> None:
        services.consents.grant(ForNotices, person.subject)

    def unseen(after: int) -> _Piece:
        checked()
        is_last = not desk.is_armed(person)  # before the notices, so that none is left out that was told until then
        notices = desk.notices(person, after=after)
        body = b"".join(_event(NoticeAnswer.of(notice)) for notice in notices if not notice.is_seen)
        return _Piece(max((notice.seq for notice in notices), default=after), body, is_last)

    yield _BEGIN
    try:
        # Listening first and reading then, so that nothing comes in between.
        async with hub.listening(person.subject) as news:
            news.seq = after
            async for is_news in news:
                try:
                    if not is_news:
                        await hub.aside(checked)
                        yield _HEARTBEAT
                        continue
                    piece = await hub.aside(partial(unseen, news.seq))
                except NotReady:
                    news.again_in(_AGAIN_S)
                    continue
                news.seq = piece.seq
                if piece.body:
                    yield piece.body
                if piece.is_last:
                    news.over(End.NOTHING_ARMED)
            yield _end(news.end or End.STOPPING)
    except (ConsentNeeded, OutdatedPolicy) as error:
        yield _end("outdated_policy" if isinstance(error, OutdatedPolicy) else "consent_needed")
    except NotReady:  # all room was taken while it began
        yield _end(End.STOPPING)


def _event(notice: NoticeAnswer) -> bytes:
    return b"id: %d\nevent: notice\ndata: %s\n\n" % (notice.seq, msgspec.json.encode(notice))


def _end(why: End | Literal["consent_needed", "outdated_policy"]) -> bytes:
    return b'event: end\ndata: {"why":"%s"}\n\n' % why.encode()
