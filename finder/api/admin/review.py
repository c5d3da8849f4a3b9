"""Questions that only a person can decide."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody, PathParameter

from finder.api.admin.loads import Offset, PageSize, page_of
from finder.api.admin.services import AdminServices, actor_of
from finder.domain.admin import Action, Scope
from finder.domain.review import Decision, Question, ReviewItem

__all__ = ["DecisionRequest", "review_handlers"]

ItemId = Annotated[int, PathParameter(ge=1, le=2**31 - 1, description="The question's number.")]


class ReviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One question: *same* is answered by same or different, the others by keep or drop.

    ``lat`` and ``lon`` are what the row says, null where it could not be placed; ``distance_m`` is how far they are from its
    address, ``others`` are the facilities that it may be the same as. ``note`` is as of a load.
    """

    id: int
    question: Question
    load_id: int
    line: int
    name: str
    address: str | None
    lat: float | None
    lon: float | None
    reasons: tuple[str, ...]
    others: tuple[str, ...]
    distance_m: float | None
    decision: Decision | None
    decided_at: datetime | None
    decided_by: str | None
    note: str | None

    @classmethod
    def of(cls, item: ReviewItem, note: str | None = None) -> "ReviewAnswer":
        """Return a question as the API gives it."""
        said = item.said
        placed = said if "lon_lat" not in item.silent else None
        return cls(
            id=item.id or 0,
            question=item.question,
            load_id=item.load_id,
            line=item.line,
            name=item.name,
            address=(said.address.line() or None) if said else None,
            lat=placed.lon_lat.lat if placed else None,
            lon=placed.lon_lat.lon if placed else None,
            reasons=item.reasons,
            others=item.others,
            distance_m=item.distance_m,
            decision=item.decision,
            decided_at=item.decided_at,
            decided_by=item.decided_by,
            note=note,
        )


class ReviewsAnswer(msgspec.Struct, frozen=True):
    """Oldest first; ``count`` is of all that wait."""

    count: int
    items: list[ReviewAnswer]


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person answers."""

    decision: Decision


def review_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/review``."""
    desk = services.desk

    @get("/review", opt={"scope": Scope.LOADS_READ}, sync_to_thread=True, summary="What waits for a decision")
    def waiting(limit: PageSize = 100, offset: Offset = 0) -> ReviewsAnswer:
        """Answer the questions that nobody has decided."""
        items = desk.review()
        return ReviewsAnswer(count=len(items), items=[ReviewAnswer.of(item) for item in page_of(items, limit, offset)])

    @post(
        "/review/{item_id:int}",
        status_code=200,
        opt={"scope": Scope.REVIEW_WRITE},
        sync_to_thread=True,
        summary="Decide a question",
    )
    def decide(request: Request[Any, Any, Any], item_id: ItemId, data: JSONBody[DecisionRequest]) -> ReviewAnswer:
        """Decide, and publish what follows from it."""
        actor = actor_of(request)
        with services.recorded(actor, Action.REVIEW_DECIDE, f"review {item_id}", f"done: {data.decision}"):
            done = desk.decide(item_id, data.decision, by=actor)
            return ReviewAnswer.of(done.what, done.note)

    return [waiting, decide]
