"""A zip file whose list of members would fill the memory is refused before the list is read."""

import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.errors import BadFile
from finder.loading.sources import zip_limits
from finder.loading.sources.zip_limits import MAX_MEMBERS, members_of

type Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(members: int, comment: bytes = b"") -> Path:
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(members):
                archive.writestr(f"{number}.csv", b"")
            archive.comment = comment
        return path

    return write


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """``zipfile`` must not be asked."""

    def refuse(*_: Any) -> None:
        raise AssertionError("the list of members was read")

    monkeypatch.setattr(zip_limits, "ZipFile", refuse)


def patched(path: Path, mark: bytes, offset: int, form: str, value: int) -> None:
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, content.rindex(mark) + offset, value)
    path.write_bytes(content)


@pytest.mark.parametrize("comment", [b"", b"made by hand", b"x" * 0xFFFF])
def test_what_zipfile_reads_is_read(write: Write, comment: bytes) -> None:
    assert [member.filename for member in members_of(write(3, comment))] == ["0.csv", "1.csv", "2.csv"]


@pytest.mark.usefixtures("unread")
def test_too_many_members_are_not_listed(write: Write) -> None:
    with pytest.raises(BadFile, match="holds 10,001 files; at most 10,000"):
        members_of(write(MAX_MEMBERS + 1))


def test_as_many_as_may_be_are(write: Write) -> None:
    assert len(members_of(write(MAX_MEMBERS))) == MAX_MEMBERS


def test_a_lie_about_their_number_does_not_help(write: Write) -> None:
    path = write(MAX_MEMBERS + 1)
    patched(path, b"PK\5\6", 10, "<H", 1)
    with pytest.raises(BadFile, match="holds 10,001 files"):
        members_of(path)


@pytest.mark.usefixtures("unread")
def test_a_long_list_is_not_read(write: Write) -> None:
    path = write(3)
    patched(path, b"PK\5\6", 12, "<L", 5 << 20)
    with pytest.raises(BadFile, match="longer than 4 MiB"):
        members_of(path)


@pytest.fixture
def zip64(write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What zipfile writes for more than 65,535 members, with fewer."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    path = write(5)
    assert b"PK\6\6" in path.read_bytes()
    patched(path, b"PK\5\6", 10, "<H", 0xFFFF)
    return path


def test_zip64_is_read(zip64: Path) -> None:
    assert len(members_of(zip64)) == 5


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize(
    ("offset", "number", "message"), [(32, MAX_MEMBERS + 1, "holds 10,001 files"), (40, 1 << 40, "longer than 4 MiB")]
)
def test_the_record_of_zip64_is_looked_at(zip64: Path, offset: int, number: int, message: str) -> None:
    patched(zip64, b"PK\6\6", offset, "<Q", number)
    with pytest.raises(BadFile, match=message):
        members_of(zip64)


@given(content=st.binary(max_size=200), end=st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused_in_plain_words(tmp_path: Path, content: bytes, end: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\3\4" + content + b"PK\6\7" + end + b"PK\5\6" + end)
    with suppress(BadFile):  # zipfile's own errors must not come out; by chance it may even be one
        assert len(members_of(path)) <= len(end)
