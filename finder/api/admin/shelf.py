"""Uploaded files on disk: a folder each, with what is known of it beside the file."""

import fcntl
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import IO

import msgspec

from finder.errors import Conflict, NotFound, NotReady
from finder.privacy.retention import UPLOADS_KEPT

__all__ = ["PARTS_KEPT", "Receiving", "Upload", "UploadShelf", "safe_file_name", "write_whole"]

PARTS_KEPT = timedelta(days=1)
"""What is left of an upload that was cut off with the service. None takes as long to come in."""
ID = re.compile(r"[0-9a-f]{32}")
UNSAFE = re.compile(r"[^\w.()+-]+")
LONGEST_NAME = 100
TRIES, TRY_S = 25, 0.02


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One uploaded file."""

    id: str
    file_name: str
    size_bytes: int
    created_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When it is removed."""
        return self.created_at + UPLOADS_KEPT


class Receiving:
    """A file that is coming in: :meth:`write` its pieces. Made by :meth:`UploadShelf.receiving`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size_bytes = 0

    def write(self, piece: bytes) -> None:
        """Add to the file. Raises :class:`NotReady` when the disk is full."""
        try:
            self._file.write(piece)
        except OSError as error:
            raise NotReady(f"The file cannot be kept ({error.strerror}): the operator must make room.") from error
        self.size_bytes += len(piece)


class UploadShelf:
    """Uploads in a folder that all processes of the service share. An upload is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def check_room(self, limit_bytes: int) -> None:
        """Raise :class:`NotReady` where the disk has less than twice ``limit_bytes`` free: the store and the next snapshot, which
        are on the same one, need room too."""
        there = next(folder for folder in (self.root, *self.root.absolute().parents) if folder.is_dir())
        if shutil.disk_usage(there).free < 2 * limit_bytes:
            raise NotReady(
                f"There is no room for uploads: the disk of the service needs {2 * limit_bytes >> 20} MiB free. Remove uploads "
                "that are not needed any more, or ask the operator to make room."
            )

    @contextmanager
    def receiving(self, file_name: str) -> Generator[tuple[str, Receiving]]:
        """Take a file in, and have it under the id that is given once the block has ended without an error."""
        upload_id = secrets.token_hex(16)
        name = safe_file_name(file_name)
        unfinished = self.root / f"{upload_id}.part"
        try:
            unfinished.joinpath("file").mkdir(parents=True, mode=0o700)
            with (unfinished / "file" / name).open("wb") as file:
                receiving = Receiving(file)
                yield upload_id, receiving
            upload = Upload(id=upload_id, file_name=name, size_bytes=receiving.size_bytes, created_at=datetime.now(UTC))
            write_whole(unfinished / "upload.json", msgspec.json.encode(upload))
            unfinished.rename(self.root / upload_id)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def get(self, upload_id: str) -> Upload:
        """The upload of an id. Raises :class:`NotFound` for none, and for one whose time is over."""
        return self._read(self.folder(upload_id))

    def list(self) -> list[Upload]:
        """All uploads, newest first."""
        folders = [folder for folder in self.root.glob("*") if ID.fullmatch(folder.name)]
        found: list[Upload] = []
        for folder in folders:
            try:
                found.append(self._read(folder))
            except NotFound:  # removed meanwhile, or about to be
                continue
        return sorted(found, key=lambda upload: upload.created_at, reverse=True)

    def folder(self, upload_id: str) -> Path:
        """Where the upload of an id would be. Raises :class:`NotFound` for what can be no id."""
        if not ID.fullmatch(upload_id):
            raise _gone()
        return self.root / upload_id

    def path(self, upload: Upload) -> Path:
        """The file."""
        return self.root / upload.id / "file" / upload.file_name

    def mapping(self, upload_id: str) -> Path | None:
        """The upload's mapping file, where it has one."""
        path = self.folder(upload_id) / "mapping.toml"
        return path if path.exists() else None

    def mapping_digest(self, upload_id: str) -> str:
        """Says whether the mapping is still the same; empty where there is none."""
        path = self.mapping(upload_id)
        return blake2b(path.read_bytes(), digest_size=16).hexdigest() if path else ""

    def remove(self, upload_id: str) -> None:
        """Remove an upload with all that belongs to it. Raises :class:`Conflict` while a job works on it."""
        self.get(upload_id)
        with self.locked(upload_id):
            shutil.rmtree(self.folder(upload_id), ignore_errors=True)

    def sweep(self, before: datetime | None = None, rehearse: bool = False) -> int:
        """Remove what came in ``before`` a moment, or else :data:`UPLOADS_KEPT` ago, and what did not come in whole within
        :data:`PARTS_KEPT`; with ``rehearse`` nothing. How many.

        What a job works on stays.
        """
        before = before or datetime.now(UTC) - UPLOADS_KEPT
        parts_before_s = (before + UPLOADS_KEPT - PARTS_KEPT).timestamp()
        removed = 0
        for folder in self.root.glob("*") if self.root.is_dir() else ():
            try:
                if folder.suffix == ".part":
                    if folder.stat().st_mtime < parts_before_s:
                        removed += 1
                        if not rehearse:
                            shutil.rmtree(folder, ignore_errors=True)
                elif ID.fullmatch(folder.name) and _came_in(folder) < before:
                    if rehearse:
                        removed += not self.is_locked(folder.name)
                        continue
                    with self.locked(folder.name):
                        shutil.rmtree(folder, ignore_errors=True)
                    removed += 1
            except (OSError, Conflict):  # another process was faster, or it is at work
                continue
        return removed

    @contextmanager
    def locked(self, upload_id: str) -> Generator[None]:
        """Be the only one who changes an upload, among all processes. Raises :class:`Conflict` when somebody else does."""
        lock = self.lock(upload_id)
        try:
            yield
        finally:
            os.close(lock)

    def lock(self, upload_id: str) -> int:
        """Do what :meth:`locked` does until the file descriptor that is returned is closed, or the process ends."""
        try:
            handle = os.open(self.folder(upload_id) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            raise _gone() from None
        # Whoever only looks (is_locked) has it for an instant, and so has a job that has just told its end.
        if not _taken(handle, tries=TRIES):
            os.close(handle)
            raise Conflict("A preview or a commit of this upload is going on: wait for its end.")
        return handle

    def is_locked(self, upload_id: str) -> bool:
        """Whether somebody changes the upload now."""
        try:
            handle = os.open(self.folder(upload_id) / "lock", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _taken(handle, tries=1)
        finally:
            os.close(handle)

    def _read(self, folder: Path) -> Upload:
        upload = _record(folder)
        if upload.expires_at < datetime.now(UTC):
            raise _gone()
        return upload


def safe_file_name(name: str) -> str:
    """The last part of a path, of letters, digits, ``.``, ``_``, ``-``, ``(``, ``)`` and ``+``, 100 at most, its ending kept."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = UNSAFE.sub("_", last).strip("._")
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 10:
        return plain[:LONGEST_NAME] or "upload"
    return f"{stem[: LONGEST_NAME - 1 - len(ending)]}.{ending}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that a reader sees as it was before or as it is then, never in between."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _record(folder: Path) -> Upload:
    try:
        return msgspec.json.decode((folder / "upload.json").read_bytes(), type=Upload)
    except FileNotFoundError:
        raise _gone() from None


def _came_in(folder: Path) -> datetime:
    """When; of what is damaged, when it was last touched."""
    try:
        return _record(folder).created_at
    except (NotFound, msgspec.DecodeError):
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)


def _taken(handle: int, *, tries: int) -> bool:
    for attempt in range(tries):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < tries:
                time.sleep(TRY_S)
        else:
            return True
    return False


def _gone() -> NotFound:
    return NotFound(f"There is no upload of this id. Uploads are removed after {UPLOADS_KEPT.days} days.")
