"""The ledger of loads, and taking one back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import PathParameter, QueryParameter

from finder.api.admin.services import AdminServices, actor_of
from finder.domain.admin import Action, Scope
from finder.domain.load import Load

__all__ = ["LoadAnswer", "LoadId", "Offset", "PageSize", "load_handlers", "page_of"]

LoadId = Annotated[int, PathParameter(ge=1, le=2**31 - 1, description="The load's number.")]
Offset = Annotated[int, QueryParameter(ge=0, le=2**31 - 1, description="How many to pass over.")]
PageSize = Annotated[int, QueryParameter(ge=1, le=1000)]


class LoadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One load. ``read`` = ``added`` + ``changed`` + ``unchanged`` + ``refused`` + ``set_aside``; ``closed`` of ``changed``.

    ``note`` is what an admin should know of what was just done, such as that it is not published yet.
    """

    id: int
    source: str
    file_name: str
    started_at: datetime
    read: int
    added: int
    changed: int
    closed: int
    unchanged: int
    refused: int
    set_aside: int
    undone_at: datetime | None
    note: str | None

    @classmethod
    def of(cls, load: Load, note: str | None = None) -> "LoadAnswer":
        """Return a load of the ledger as the API gives it."""
        return cls(**{name: getattr(load, name) for name in cls.__struct_fields__ if name != "note"}, note=note)


class LoadsAnswer(msgspec.Struct, frozen=True):
    """Newest first; ``count`` is of all."""

    count: int
    loads: list[LoadAnswer]


def load_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/loads``."""
    desk = services.desk

    @get("/loads", opt={"scope": Scope.LOADS_READ}, sync_to_thread=True, summary="The ledger of loads")
    def loads(limit: PageSize = 100, offset: Offset = 0) -> LoadsAnswer:
        """Answer what was loaded, and what was taken back."""
        known = desk.loads()
        return LoadsAnswer(count=len(known), loads=[LoadAnswer.of(load) for load in page_of(known, limit, offset)])

    @get("/loads/{load_id:int}", opt={"scope": Scope.LOADS_READ}, sync_to_thread=True, summary="One load")
    def one_load(load_id: LoadId) -> LoadAnswer:
        """Answer one load."""
        return LoadAnswer.of(desk.load(load_id))

    @post(
        "/loads/{load_id:int}/undo",
        status_code=200,
        opt={"scope": Scope.LOADS_WRITE},
        sync_to_thread=True,
        summary="Take a load back",
    )
    def undo(request: Request[Any, Any, Any], load_id: LoadId) -> LoadAnswer:
        """Take back what the load said, keep what came later, and publish."""
        with services.recorded(actor_of(request), Action.LOAD_UNDO, f"load {load_id}"):
            done = desk.undo(load_id)
            return LoadAnswer.of(done.what, done.note)

    return [loads, one_load, undo]


def page_of[T](things: Sequence[T], limit: int, offset: int) -> Sequence[T]:
    """``limit`` of ``things`` after the first ``offset``."""
    return things[offset : offset + limit]
