"""Files on their way in: upload, mapping, preview, commit."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote

import anyio.to_thread
import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import HeaderParameter, JSONBody, PathParameter, RawBody

from finder.api.admin.desk import Progress
from finder.api.admin.jobs import Job, JobKind, JobState
from finder.api.admin.mapping_text import MappingBody, mapping_toml
from finder.api.admin.services import AdminServices, actor_of
from finder.api.admin.shelf import Upload, write_whole
from finder.domain.admin import Action, Actor, Scope
from finder.errors import BadInput, Conflict, FinderError, NotFound
from finder.http.faults import log_fault
from finder.loading.intake import As

__all__ = ["PreviewRequest", "upload_handlers"]

PIECE_BYTES = 1 << 20
TOML_TYPES = ("application/toml", "text/plain")

AnyRequest = Request[Any, Any, Any]
UploadId = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="The id that the upload gave.")]


class UploadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded file. ``inspection`` is how it would be read, ``problem`` why it cannot be: one of the two is null."""

    id: str
    file_name: str
    size_bytes: int
    created_at: datetime
    expires_at: datetime
    has_mapping: bool
    inspection: dict[str, Any] | None
    problem: str | None


class UploadRow(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded file, in a list."""

    id: str
    file_name: str
    size_bytes: int
    created_at: datetime
    expires_at: datetime


class UploadsAnswer(msgspec.Struct, frozen=True):
    """Newest first."""

    uploads: list[UploadRow]


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to read the file. ``{}`` leaves both to the mapping and to what the file looks like."""

    source: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9_.-]{0,63}$")] | None = None
    """Where the facilities come from, as of ``finder load --source``."""
    as_: As | None = msgspec.field(name="as", default=None)


class JobAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A preview or a commit. ``report`` is there when it is done, ``problem`` when it failed."""

    kind: JobKind
    state: JobState
    asked_at: datetime
    ended_at: datetime | None
    done: int
    total: int
    problem: str | None
    report: dict[str, Any] | None

    @classmethod
    def of(cls, job: Job) -> "JobAnswer":
        """Return a job as the API gives it."""
        return cls(**{name: getattr(job, name) for name in cls.__struct_fields__})


def upload_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/uploads``."""
    shelf, desk = services.uploads, services.desk

    # Asynchronous, as nothing else is: the body must go to the disk piece by piece as it comes.
    @post(
        "/uploads",
        opt={"scope": Scope.LOADS_WRITE},
        request_max_body_size=services.upload_limit_bytes,
        summary="Upload a file",
    )
    async def upload(
        request: AnyRequest,
        file_name: Annotated[
            str,
            HeaderParameter(
                name="X-File-Name",
                min_length=1,
                max_length=300,
                description="The file's name, percent-encoded UTF-8. Its ending tells what kind of file it is.",
            ),
        ],
    ) -> UploadAnswer:
        """Keep the file that is the body, for seven days; nothing is loaded."""
        actor = actor_of(request)
        await anyio.to_thread.run_sync(shelf.check_room, services.upload_limit_bytes)
        received = await _receive(request, services, unquote(file_name))
        subject = f"upload {received.id} {received.file_name}"
        # Before anybody looks into the file: it is kept, whatever is in it.
        await anyio.to_thread.run_sync(services.record, actor, Action.LOAD_UPLOAD, subject, "done")
        return await anyio.to_thread.run_sync(_answer, services, received)

    @get("/uploads", opt={"scope": Scope.LOADS_READ}, sync_to_thread=True, summary="The uploaded files")
    def uploads() -> UploadsAnswer:
        """Answer all files that are kept."""
        return UploadsAnswer(
            uploads=[
                UploadRow(
                    id=each.id,
                    file_name=each.file_name,
                    size_bytes=each.size_bytes,
                    created_at=each.created_at,
                    expires_at=each.expires_at,
                )
                for each in shelf.list()
            ]
        )

    @get("/uploads/{upload_id:str}", opt={"scope": Scope.LOADS_READ}, sync_to_thread=True, summary="One uploaded file")
    def one_upload(upload_id: UploadId) -> UploadAnswer:
        """Answer the file's columns and which fields they would be."""
        return _answer(services, shelf.get(upload_id))

    @delete("/uploads/{upload_id:str}", opt={"scope": Scope.LOADS_WRITE}, sync_to_thread=True, summary="Remove an uploaded file")
    def remove(request: AnyRequest, upload_id: UploadId) -> None:
        """Remove the file, its mapping and its preview. What was committed stays."""
        with services.recorded(actor_of(request), Action.LOAD_DISCARD, f"upload {upload_id}"):
            shelf.remove(upload_id)

    @put(
        "/uploads/{upload_id:str}/mapping",
        opt={"scope": Scope.LOADS_WRITE},
        sync_to_thread=True,
        summary="Say which column is what",
    )
    def put_mapping(request: AnyRequest, upload_id: UploadId, body: RawBody) -> UploadAnswer:
        """Keep a mapping for the file: a mapping file's text as application/toml, or the same as JSON. It must fit the file."""
        content = _mapping(request.content_type[0], body)
        upload = shelf.get(upload_id)
        with (
            services.recorded(actor_of(request), Action.LOAD_MAPPING, f"upload {upload_id} {upload.file_name}"),
            shelf.locked(upload_id),
        ):
            folder = shelf.folder(upload_id)
            tried = folder / "tried.toml"
            write_whole(tried, content)
            try:
                desk.inspect(shelf.path(upload), tried)
                tried.replace(folder / "mapping.toml")
            finally:
                tried.unlink(missing_ok=True)
        return _answer(services, upload)

    return [upload, uploads, one_upload, remove, put_mapping, *_job_handlers(services)]


def _job_handlers(services: AdminServices) -> list[Any]:
    shelf, jobs, desk = services.uploads, services.jobs, services.desk

    def ask(actor: Actor, upload: Upload, job: Job, do: Callable[..., dict[str, Any]], action: Action) -> Response[JobAnswer]:
        subject = f"upload {upload.id} {upload.file_name}"
        path, mapping = shelf.path(upload), shelf.mapping(upload.id)

        def work(progress: Progress) -> dict[str, Any]:
            return do(path, source=job.source, as_=job.as_, mapping=mapping, progress=progress)

        # Told before: as soon as it is asked for, the load may be what keeps the store busy.
        services.record(actor, action, subject, "asked")
        try:
            asked = jobs.ask(upload.id, job, work, lambda ended: services.record(actor, action, subject, str(ended.state)))
        except Conflict:
            services.record(actor, action, subject, "refused: Conflict")
            raise
        return Response(JobAnswer.of(asked), status_code=202)

    @post(
        "/uploads/{upload_id:str}/preview",
        status_code=202,
        opt={"scope": Scope.LOADS_WRITE},
        sync_to_thread=True,
        summary="What would it change?",
    )
    def preview(request: AnyRequest, upload_id: UploadId, data: JSONBody[PreviewRequest]) -> Response[JobAnswer]:
        """Begin to find out what loading the file would change; the same address, by GET, tells how far it is."""
        job = Job(
            kind=JobKind.PREVIEW,
            state=JobState.QUEUED,
            asked_at=datetime.now(UTC),
            source=data.source,
            as_=data.as_,
            mapping_digest=shelf.mapping_digest(upload_id),
        )
        return ask(actor_of(request), shelf.get(upload_id), job, desk.preview, Action.LOAD_PREVIEW)

    @get(
        "/uploads/{upload_id:str}/preview",
        opt={"scope": Scope.LOADS_READ},
        sync_to_thread=True,
        summary="How far is the preview?",
    )
    def preview_state(upload_id: UploadId) -> JobAnswer:
        """Answer the state of the last preview, with its report when it is done."""
        return JobAnswer.of(jobs.look(shelf.get(upload_id).id, JobKind.PREVIEW))

    @post(
        "/uploads/{upload_id:str}/commit",
        status_code=202,
        opt={"scope": Scope.LOADS_WRITE},
        sync_to_thread=True,
        summary="Load and publish it",
    )
    def commit(request: AnyRequest, upload_id: UploadId) -> Response[JobAnswer]:
        """Begin to load the file as it was previewed, and publish; the same address, by GET, tells how far it is."""
        upload = shelf.get(upload_id)
        previewed = _previewed(services, upload_id)
        job = msgspec.structs.replace(
            previewed,
            kind=JobKind.COMMIT,
            state=JobState.QUEUED,
            asked_at=datetime.now(UTC),
            ended_at=None,
            done=0,
            total=0,
            report=None,
        )
        return ask(actor_of(request), upload, job, desk.commit, Action.LOAD_COMMIT)

    @get(
        "/uploads/{upload_id:str}/commit", opt={"scope": Scope.LOADS_READ}, sync_to_thread=True, summary="How far is the commit?"
    )
    def commit_state(upload_id: UploadId) -> JobAnswer:
        """Answer the state of the last commit, with its report when it is done."""
        return JobAnswer.of(jobs.look(shelf.get(upload_id).id, JobKind.COMMIT))

    return [preview, preview_state, commit, commit_state]


def _previewed(services: AdminServices, upload_id: str) -> Job:
    """The preview that a commit follows. Raises :class:`Conflict` where nobody can have seen one of this file and mapping."""
    try:
        job = services.jobs.look(upload_id, JobKind.PREVIEW)
    except NotFound:
        job = None
    if job is None or job.state is not JobState.DONE:
        raise Conflict("See first what this would change: POST …/preview, and GET it until its state is done.")
    if job.mapping_digest != services.uploads.mapping_digest(upload_id):
        raise Conflict("The mapping was changed after the preview: preview again.")
    return job


async def _receive(request: AnyRequest, services: AdminServices, file_name: str) -> Upload:
    with services.uploads.receiving(file_name) as (upload_id, receiving):
        piece = bytearray()
        async for some in request.stream():
            piece += some
            if len(piece) >= PIECE_BYTES:
                await anyio.to_thread.run_sync(receiving.write, bytes(piece))
                piece.clear()
        await anyio.to_thread.run_sync(receiving.write, bytes(piece))
        if not receiving.size_bytes:
            raise BadInput("The file is empty: send it as the body, with curl --data-binary @FILE or -T FILE.")
    return services.uploads.get(upload_id)


def _answer(services: AdminServices, upload: Upload) -> UploadAnswer:
    mapping = services.uploads.mapping(upload.id)
    inspection, problem = None, None
    try:
        inspection = services.desk.inspect(services.uploads.path(upload), mapping)
    except FinderError as error:
        problem = str(error)
    except Exception as error:  # the file is kept, and whoever sent it must get its id
        log_fault(error)
        problem = "Something went wrong on our side when we looked into this file. It has been logged; a preview may tell more."
    return UploadAnswer(
        id=upload.id,
        file_name=upload.file_name,
        size_bytes=upload.size_bytes,
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        has_mapping=mapping is not None,
        inspection=inspection,
        problem=problem,
    )


def _mapping(content_type: str, body: bytes) -> bytes:
    """The TOML text. Raises :class:`BadInput` for anything that is neither TOML's type nor JSON of the right form."""
    if content_type in TOML_TYPES:
        return body
    if content_type != "application/json":
        raise BadInput("Send the mapping with Content-Type: application/toml, or as JSON with application/json.")
    try:
        return mapping_toml(msgspec.json.decode(body, type=MappingBody)).encode()
    except msgspec.DecodeError:
        raise BadInput("The mapping is not JSON of the form that /schema tells: sections as in docs/mappings.") from None
