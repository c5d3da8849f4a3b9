"""Fences over the admin API: entered, tried out, activated, ended; what people will see; why they were told or not."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import unquote

from litestar import Request, Response, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, JSONBody, PathParameter, QueryParameter, RawBody

from finder.api.admin.fence_forms import (
    DamagedFenceAnswer,
    FenceAnswer,
    FenceRequest,
    FencesAnswer,
    LogAnswer,
    ReadingAnswer,
    RefusedFile,
    TrialAnswer,
)
from finder.api.admin.fence_previews import PreviewAnswer
from finder.api.admin.loads import Offset, PageSize
from finder.api.admin.one_at_a_time import one_at_a_time
from finder.api.admin.services import AdminServices, actor_of
from finder.api.admin.tenants import needed_tenant, tenant_of_call
from finder.api.problems import PROBLEM_JSON
from finder.domain.admin import Action, ApiKey, Scope
from finder.domain.fence import FenceStatus
from finder.domain.tenant import TenantId
from finder.errors import BadInput, FinderError, NotFound
from finder.notices.fences.checked import LANGUAGES
from finder.store.fences import DamagedFence
from finder.store.notice_log import last_day_over

__all__ = ["LARGEST_FENCE_BYTES", "LARGEST_FENCE_FILE_BYTES", "MOST_FENCE_ROWS", "fence_handlers"]

LARGEST_FENCE_BYTES = 256 * 1024
LARGEST_FENCE_FILE_BYTES = 8 * 1024 * 1024
MOST_FENCE_ROWS = 5000
"""Of a file: in a city the law takes up to 12 ms to be asked about each, so a minute for so many. A command may have more."""
_LOG_SINCE = timedelta(days=7)

AnyRequest = Request[Any, Any, Any]
_NEEDS = {"scope": Scope.NOTICES_WRITE}
FenceId = Annotated[str, PathParameter(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="The fence's id.")]
_Tenant = Annotated[
    TenantId | None, QueryParameter(description="Only of this tenant; with a tenant's own key it may be left out.")
]
_Facility = Annotated[str | None, QueryParameter(pattern="^[!-~]{1,64}$", description="Only of this facility, by its id.")]
_Status = Annotated[FenceStatus | None, QueryParameter(description="Only of this status.")]
_FileName = Annotated[
    str,
    HeaderParameter(name="X-File-Name", min_length=1, max_length=300, description="The file's name, percent-encoded UTF-8."),
]
_At = Annotated[datetime | None, QueryParameter(description="Whether it would be told at this moment; else now.")]
_READING = "Another file of fences is being read: ask again in some seconds, or in a minute where there are many."
_TRYING = "Another fence is being tried out: ask again in some seconds."
_Since = Annotated[
    datetime | None,
    QueryParameter(description="From the day (UTC) of this moment on; else the last seven days. Today's shows tomorrow."),
]


def fence_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/fences``."""
    return [*_entering(services), *_going_live(services), *_looking(services)]


def _entering(services: AdminServices) -> list[Any]:
    fences, reading = services.fences, threading.Lock()

    @get("/fences", opt=_NEEDS, sync_to_thread=True, summary="The fences")
    def list_fences(  # noqa: PLR0917 - Litestar hands them over by name
        request: AnyRequest,
        tenant: _Tenant = None,
        facility: _Facility = None,
        status: _Status = None,
        limit: PageSize = 100,
        offset: Offset = 0,
    ) -> FencesAnswer:
        """Answer the fences in the order of their ids; a tenant's own key sees that tenant's."""
        found = fences.list(
            tenant=tenant_of_call(request, tenant), facility_id=facility, status=status, limit=limit, offset=offset
        )
        return FencesAnswer.of(found)

    @put(
        "/fences/{fence_id:str}",
        opt=_NEEDS,
        sync_to_thread=True,
        request_max_body_size=LARGEST_FENCE_BYTES,
        summary="Enter or change a fence",
    )
    def save(request: AnyRequest, fence_id: FenceId, data: JSONBody[FenceRequest]) -> FenceAnswer:
        """Enter a fence as a draft; one that was changed is a draft again. 422 (`unlawful`) where the law does not allow it."""
        tenant = needed_tenant(tenant_of_call(request, data.tenant))
        with _refusals_told(services, request, Action.FENCE_SAVE, f"fence {fence_id}"):
            return FenceAnswer.of(fences.save(data.fence(fence_id, tenant), by=actor_of(request)))

    @post(
        "/fences",
        opt=_NEEDS,
        status_code=200,
        sync_to_thread=True,
        request_max_body_size=LARGEST_FENCE_FILE_BYTES,
        summary="Enter the fences of a file",
        responses={
            200: ResponseSpec(ReadingAnswer, generate_examples=False, description="All were entered, or it was a dry run"),
            422: ResponseSpec(RefusedFile, generate_examples=False, media_type=PROBLEM_JSON, description="Rows are refused"),  # pyright: ignore[reportArgumentType]
        },
    )
    def read_file(
        request: AnyRequest,
        body: RawBody,
        file_name: _FileName,
        tenant: _Tenant = None,
        dry_run: Annotated[bool, QueryParameter(description="Look only: nothing is entered.")] = False,
    ) -> Response[ReadingAnswer] | Response[RefusedFile]:
        """Enter all fences of a file, CSV or GeoJSON, as drafts; where a row has an error none is, and the answer is 422.

        The report of a 422 (`rows_refused`) is what a dry run answers with 200.
        Up to 5,000 rows at once, and 10,000 fences of a tenant that have not ended. 409 while another file is being read.
        """
        if not body:
            raise BadInput("The file is empty: send it as the body, with curl --data-binary @FILE.")
        whose, name = needed_tenant(tenant_of_call(request, tenant)), unquote(file_name)
        with (
            one_at_a_time(reading, _READING),
            _refusals_told(services, request, Action.FENCE_SAVE, f"fences of a file, tenant {whose}"),
        ):
            read = fences.read(body, name, whose, by=actor_of(request), dry_run=dry_run, most_rows=MOST_FENCE_ROWS)
        if read.errors and not dry_run:
            return Response(RefusedFile.of(read), status_code=HTTPStatus.UNPROCESSABLE_ENTITY, media_type=PROBLEM_JSON)
        return Response(ReadingAnswer.of(read, dry_run=dry_run))

    return [list_fences, save, read_file]


def _going_live(services: AdminServices) -> list[Any]:
    fences, trying = services.fences, threading.Lock()

    @post("/fences/{fence_id:str}/try", opt=_NEEDS, status_code=200, sync_to_thread=True, summary="Try a fence out")
    def try_out(request: AnyRequest, fence_id: FenceId) -> TrialAnswer:
        """Simulate visits of it, and answer in how many of them something false would be told; takes some seconds."""
        _check_own(services, request, fence_id)
        limit = fences.get(fence_id).fence.false_event_limit
        with one_at_a_time(trying, _TRYING):
            return TrialAnswer.of(fences.try_out(fence_id), limit)

    @post("/fences/{fence_id:str}/activate", opt=_NEEDS, status_code=200, sync_to_thread=True, summary="Activate a fence")
    def activate(request: AnyRequest, fence_id: FenceId) -> FenceAnswer:
        """Let people be told there. 422 where the law does not allow it, 409 where it tells what is not so too often."""
        _check_own(services, request, fence_id)
        with one_at_a_time(trying, _TRYING), _refusals_told(services, request, Action.FENCE_ACTIVATE, f"fence {fence_id}"):
            return FenceAnswer.of(fences.activate(fence_id, by=actor_of(request)))

    @post("/fences/{fence_id:str}/end", opt=_NEEDS, status_code=200, sync_to_thread=True, summary="End a fence")
    def end(request: AnyRequest, fence_id: FenceId) -> FenceAnswer | DamagedFenceAnswer:
        """Tell nobody of it any more; its log stays. One that is damaged ends too."""
        _check_own(services, request, fence_id)
        ended = fences.end(fence_id, by=actor_of(request))
        return DamagedFenceAnswer.of(ended) if isinstance(ended, DamagedFence) else FenceAnswer.of(ended)

    return [try_out, activate, end]


def _looking(services: AdminServices) -> list[Any]:
    fences, log = services.fences, services.notice_log

    @get("/fences/{fence_id:str}", opt=_NEEDS, sync_to_thread=True, summary="One fence")
    def one_fence(request: AnyRequest, fence_id: FenceId) -> FenceAnswer:
        """Answer a fence, by which rows of the law it is lawful, and what its trial said."""
        _check_own(services, request, fence_id)
        return FenceAnswer.of(fences.get(fence_id))

    @get("/fences/{fence_id:str}/preview", opt=_NEEDS, sync_to_thread=True, summary="What people will see")
    def preview(request: AnyRequest, fence_id: FenceId, at: _At = None) -> PreviewAnswer:
        """Answer what a person is told in each language, and whether they would be at a moment."""
        _check_own(services, request, fence_id)
        moment = _aware(at) if at else datetime.now(UTC)
        return PreviewAnswer.of([fences.preview(fence_id, language=language, at=moment) for language in LANGUAGES], moment)

    @get("/fences/{fence_id:str}/log", opt=_NEEDS, sync_to_thread=True, summary="Why notices were told or not")
    def notice_log(
        request: AnyRequest, fence_id: FenceId, since: _Since = None, limit: PageSize = 1000, offset: Offset = 0
    ) -> LogAnswer:
        """Answer how often on each day something was told or held back at a fence, and why; of whom is kept nowhere.

        A day (UTC) shows once it is over, to every key: counts that go up while it lasts would say who it is that comes.
        """
        _check_own(services, request, fence_id)
        now = services.clock()
        begin = _aware(since) if since else now - _LOG_SINCE
        page = log.page(now=now, fence_id=fence_id, since=begin, limit=limit, offset=offset)
        return LogAnswer.of(page, last_day_over(now))

    return [one_fence, preview, notice_log]


def _check_own(services: AdminServices, request: AnyRequest, fence_id: str) -> None:
    """Raise :class:`NotFound` for another tenant's fence as for one of none."""
    key: ApiKey = request.auth
    whose = services.fences.tenant_of(fence_id)
    if whose is None or key.tenant not in {None, whose}:
        raise NotFound(f"There is no fence {fence_id}: GET /api/v1/admin/fences lists them.")


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise BadInput("Give the moment with its time zone: 2027-01-31T09:00:00Z.")
    return moment


@contextmanager
def _refusals_told(services: AdminServices, request: AnyRequest, action: Action, subject: str) -> Generator[None]:
    """Enter in the audit log what was refused; what is done enters the store itself, with what it did."""
    try:
        yield
    except FinderError as error:
        services.record(actor_of(request), action, subject, f"refused: {type(error).__name__}")
        raise
