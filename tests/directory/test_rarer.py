"""Languages and plans without marks of their own, against the check on the records themselves."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from finder.directory.marks import Marks, Wanted
from finder.directory.people import Person
from finder.directory.rarer import Rarer, RarerWriter
from finder.domain.facility import Facility
from finder.domain.practitioner import Practitioner, Role
from finder.errors import Damaged
from tests.directory.meeting import meets
from tests.directory.test_marks import MARKS, facilities, practitioners, roles, wanteds


def opened(folder: Path, marks: Marks, rows: list[tuple[Facility, Person | None, Role | None]]) -> Rarer:
    writer = RarerWriter()
    for row, each in enumerate(rows):
        writer.add(row, marks.rarer_of(*each))
    writer.write(folder)
    bits = [
        marks.of_facility(facility) if person is None or role is None else marks.of_listing(person, role, facility)
        for facility, person, role in rows
    ]
    return Rarer.open(folder, marks, np.array(bits, dtype=np.uint64))


def listing(facility: Facility, practitioner: Practitioner, role: Role) -> tuple[Facility, Person | None, Role | None]:
    return facility, Person(practitioner=practitioner, roles=(role,)), role


things = st.builds(lambda one: (one, None, None), facilities) | st.builds(listing, facilities, practitioners, roles)


@given(st.lists(things, max_size=12), wanteds)
def test_what_meets_is_what_the_records_say(rows: list[tuple[Facility, Person | None, Role | None]], wanted: Wanted) -> None:
    with TemporaryDirectory() as folder:
        rarer = opened(Path(folder), MARKS, rows)
        asked = np.arange(len(rows), dtype=np.int64)[::-1]
        expected = [meets(wanted, *rows[row]) for row in asked.tolist()]
        assert rarer.meet(asked, wanted).tolist() == expected
        candidates = rarer.candidates(wanted)
        event(f"candidates {candidates is not None}, some meet {any(expected)}")
        if candidates is not None:
            assert not MARKS.is_exact(wanted)
            assert candidates.tolist() == sorted(set(candidates.tolist()))
            assert set(candidates.tolist()) >= {row for row, met in zip(asked.tolist(), expected, strict=True) if met}


def test_candidates_are_those_of_the_rarest_wish(tmp_path: Path) -> None:
    plain = msgspec.convert({"id": "f", "kind": "clinic", "name": "F", "lon_lat": (0.0, 0.0)}, Facility)
    told = [("zap", "X"), ("zap", "Y"), ("zap", "X"), ("es", "X")]
    rows = [(msgspec.structs.replace(plain, languages=(language,), plans=(plan,)), None, None) for language, plan in told]
    rarer = opened(tmp_path, MARKS, rows)
    for wanted, candidates in (
        (Wanted(plan="x"), [0, 2, 3]),
        (Wanted(plan="y", languages=frozenset({"zap"})), [1]),
        (Wanted(languages=frozenset({"zap", "nah"})), [0, 1, 2]),
        (Wanted(languages=frozenset({"zap", "es"})), None),
        (Wanted(languages=frozenset({"es"})), None),
        (Wanted(plan="of-nobody"), []),
    ):
        found = rarer.candidates(wanted)
        assert (found if found is None else found.tolist()) == candidates


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"plan:x": 3}', b'{"plan:x": 2, "plan:y": 1}'])
def test_damaged_files(content: bytes | None, tmp_path: Path) -> None:
    writer = RarerWriter()
    writer.add(0, ["plan:x"])
    writer.write(tmp_path)
    if content is None:
        (tmp_path / "rarer.json").unlink()
    else:
        (tmp_path / "rarer.json").write_bytes(content)
    with pytest.raises(Damaged, match="Publish again"):
        Rarer.open(tmp_path, MARKS, np.zeros(1, dtype=np.uint64))


def test_rows_of_another_catalogue_are_damage(tmp_path: Path) -> None:
    writer = RarerWriter()
    writer.add(7, ["plan:x"])
    writer.write(tmp_path)
    with pytest.raises(Damaged, match="Publish again"):
        Rarer.open(tmp_path, MARKS, np.zeros(7, dtype=np.uint64))
