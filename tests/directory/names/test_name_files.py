"""The folder of an index of names: what may not be built, and what is said of files that are missing, cut short or wrong."""

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.directory.names import NameEntry, NameIndex, build_names
from finder.errors import BadInput, Damaged

ENTRIES = [
    NameEntry(7, ("Dra. Ana Gómez de la Cruz", "Ana Cruz")),
    NameEntry(3, ("Juan Hernández",)),
    NameEntry(5, ("Clínica Sta. Ana",)),
]


@pytest.fixture
def folder(tmp_path):
    build_names(tmp_path / "index", ENTRIES)
    return tmp_path / "index"


@pytest.mark.parametrize("entries", [[NameEntry(-1, ("Ana",))], [*ENTRIES, NameEntry(3, ("Otro",))]], ids=["negative", "twice"])
def test_items_that_cannot_be(tmp_path, entries):
    with pytest.raises(BadInput):
        build_names(tmp_path, entries)


def test_a_folder_that_is_not_empty(folder):
    with pytest.raises(BadInput, match="not empty"):
        build_names(folder, ENTRIES)


def test_what_was_not_finished_does_not_open(tmp_path):
    def interrupted():
        yield ENTRIES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_names(tmp_path / "index", interrupted())
    with pytest.raises(Damaged):
        NameIndex.open(tmp_path / "index")


def test_none_yet(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Damaged):
            NameIndex.open(folder)


@pytest.mark.parametrize("entries", [[], [NameEntry(0, ())], [NameEntry(0, ("...",))]], ids=["no entry", "no name", "no word"])
def test_an_index_of_nothing(tmp_path, entries):
    assert build_names(tmp_path / "index", entries) == len(entries)
    index = NameIndex.open(tmp_path / "index")
    assert len(index) == len(entries)
    assert index.suggest("ana", 3) == []
    assert index.likely("ana") == index.knows("ana") == 0


def test_every_file_is_needed_whole(folder, tmp_path):
    files = sorted(folder.iterdir())
    assert len(files) == 12
    for path in files:
        for number, change in enumerate((lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-1]))):
            copy = tmp_path / f"{path.name}-{number}"
            shutil.copytree(folder, copy)
            change(copy / path.name)
            with pytest.raises(Damaged):
                NameIndex.open(copy)


def test_arrays_that_do_not_fit_each_other(folder):
    """Two indexes' files mixed, with a manifest that knows their lengths."""
    other = folder.parent / "other"
    build_names(other, ENTRIES[:1])
    manifest = json.loads((folder / "names.json").read_bytes())
    shutil.copy(other / "items.npy", folder)
    manifest["files"]["items.npy"] = (folder / "items.npy").stat().st_size
    (folder / "names.json").write_text(json.dumps(manifest))
    with pytest.raises(Damaged, match="publish"):
        NameIndex.open(folder)


def test_another_version(folder):
    manifest = json.loads((folder / "names.json").read_bytes())
    (folder / "names.json").write_text(json.dumps(manifest | {"format": 999}))
    with pytest.raises(Damaged, match="another version"):
        NameIndex.open(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_a_changed_byte_harms_nothing(folder, data):
    """A wrong answer is possible (a snapshot's digests tell), reading outside the arrays or another exception is not."""
    path = data.draw(st.sampled_from(sorted(folder.glob("*.npy"))))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(changed)
    try:
        index = NameIndex.open(folder)
        for typed in (["ana", "crus"], ["hernandes", "j"], ["sta"], ["delacruz"]):
            index.search(typed, unfinished=True)
            index.likely(typed[0])
            index.knows(typed[0])
    except Damaged:
        pass
    finally:
        path.write_bytes(whole)
    assert NameIndex.open(folder).suggest("ana gom", 1) == [7]
