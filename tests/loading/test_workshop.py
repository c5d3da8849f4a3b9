"""However a file is cut and by whatever way its rows are cleaned, they say the same."""

import csv
import io
import pickle
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import phonenumbers
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from finder.loading import workshop
from finder.loading.clean_phone import clean_phones
from finder.loading.intake import Intake, open_intake
from finder.loading.place_check import PlaceBook
from finder.loading.plain_rows import plain_table
from finder.loading.read import Block
from finder.loading.row_error import CellProblem
from finder.loading.workshop import Cleaned, Workshop, cleaned
from tests.loading.many_rows import write_many
from tests.loading.sources.registers import write_clues, write_nppes

BOOK = PlaceBook.read(())
CELLS: dict[str, Sequence[str]] = {
    "id": ["1", "A-2", "B 3", "4.0", "", "n/a", "ñ5"],
    "npi": ["1234567893", "1234567901.0", "12 34567919", "", "x"],
    "name": ["Clínica Azul", "Hospital del Sol", "CLINICA ROJA", "imss", "A", "", "N/A", 'The "Best" One', "Dos\nlíneas", "=1+1"],
    "type": ["clinic", "hospital", "Farmacia", "witchcraft", "", "NA"],
    "status": ["open", "closed", "", "maybe"],
    "house number": ["12", "", "12 B"],
    "street": ["Calle Uno", "CALLE DOS", "Av. 3, local 4", "", "  Main   St "],
    "city": ["San Diego", "TIJUANA", "", "Helsinki"],
    "state": ["CA", "Baja California", "", "VT"],
    "zip": ["92101", "2101", "22000", "", "ABC", "92101-1234", "921011234"],
    "country": ["US", "MX", "", "NA", "Estados Unidos", "Nowhere"],
    "lat": ["32.7157", "32.51", "41.5", "", "0", "95", "32,5", "north", "-999", "+32.6", "32.5000", "1e1", ".5", "-72.5"],
    "lon": ["-117.1611", "-117.02", "-72.5", "", "0", "-200", "-117,1", "-117.0°", "117.1", "41.5", "-0.0"],
    "phone": ["(619) 555-0101", "6195550102", "+52 664 555 0103", "619-555-0104 x5", "", "none", "111", "555-0105"],
    "website": ["https://a.example", "http://b.example/x?y=1", "c.example", "", "no web", "HTTPS://D.EXAMPLE"],
    "hours": ["Mo-Fr 08:00-18:00", "24/7", "De 08:00 a 19:30", "", "sometimes", "Lun-Vie 8-20"],
    "services": ["x-ray; lab", "a,b", "", 'say "ah"'],
    "languages": ["es, en", "Spanish", "", "Klingonish"],
    "verified_at": ["2026-01-02", "", "31/12/2025", "1/2/2026"],
}
HEADER = tuple(CELLS)
GOOD = tuple(cells[0] for cells in CELLS.values())
any_row = st.tuples(*map(st.sampled_from, CELLS.values()))


@st.composite
def nearly_good_rows(draw: st.DrawFn) -> tuple[str, ...]:
    """A row of which one or two cells are odd."""
    row = list(GOOD)
    row[0] = draw(st.integers(1, 99).map(str))
    for at in draw(st.lists(st.integers(1, len(HEADER) - 1), max_size=2)):
        row[at] = draw(st.sampled_from(CELLS[HEADER[at]]))
    return tuple(row)


rows = st.lists(any_row | nearly_good_rows() | st.just(HEADER) | st.just(("",) * len(HEADER)), min_size=1, max_size=12)


def written(path: Path, table: Iterable[Sequence[str]], end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=quoting)  # pyright: ignore[reportArgumentType]
    writer.writerows([HEADER, *table])
    path.write_bytes(text.getvalue().encode())
    return path


def opened(path: Path) -> Intake:
    return open_intake(path, "test", None, None)


def what_it_says(some: Iterable[Cleaned]) -> dict[str, Any]:
    """All that chunks say, however they were cut."""
    facilities: dict[int, Any] = {}
    errors: list[Any] = []
    people: list[Any] = []
    refused = 0
    for each in some:
        block = each.facilities
        texts = [block.texts(name) for name in ("id", "kind", "name", "status", "document")]
        points = [tuple(map(repr, point)) for point in block.lon_lat.tolist()]
        for at, line in enumerate(block.lines):
            assert line not in facilities
            facilities[line] = (
                *(column[at] for column in texts),
                points[at],
                block.keys.get(at, ()),
                block.silent.get(at, frozenset()),
                block.contradictions.get(at),
            )
        errors += each.errors
        people += [*each.practitioners, *each.roles]
        refused += each.refused
    # By line; within one line in the order of its columns, which a cut does not change.
    errors.sort(key=lambda error: error.line)
    return {"facilities": facilities, "errors": errors, "people": people, "refused": refused}


@given(rows, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@example([GOOD, HEADER, GOOD], "\n", csv.QUOTE_MINIMAL)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_line_by_line_by_columns_and_with_care_rows_say_the_same(
    tmp_path: Path, table: list[tuple[str, ...]], end: str, quoting: int
) -> None:
    # A good row in front, so that the file has rows whatever the others are.
    intake = opened(written(tmp_path / "a.csv", [GOOD, *table], end, quoting))
    (block,) = intake.chunks(None, [])
    assert isinstance(block, Block)
    # Without the header, as all blocks but the first are.
    block = Block(2, block.data.split(b"\n", 1)[1])
    by_columns = Workshop(intake.plan, BOOK)
    assert by_columns._plain.is_possible
    whole = what_it_says([by_columns.clean(block)])
    careful = Workshop(intake.plan, BOOK)
    careful._plain.is_possible = False
    assert whole == what_it_says([careful.clean(block)])
    assert whole == what_it_says(map(Workshop(intake.plan, BOOK).clean, in_records(block)))


def test_a_good_row_is_plain(tmp_path: Path) -> None:
    """Else the test above would compare the careful way with itself."""
    intake = opened(written(tmp_path / "a.csv", [GOOD]))
    csv_file = intake.plan.csv_file
    assert csv_file is not None
    data = (tmp_path / "a.csv").read_bytes().split(b"\n", 1)[1]
    table = plain_table(csv_file, Block(2, data))
    assert table is not None
    plain, others = Workshop(intake.plan, BOOK)._plain.take(table, 2)
    assert (plain.lines, list(others.lines)) == ([2], [])


def in_records(block: Block) -> Iterable[Block]:
    """The block cut as fine as can be: a record at a time."""
    start, line = 0, block.line
    for end in (match.end() for match in re.finditer(rb"\n", block.data)):
        if block.data.count(b'"', start, end) % 2 == 0:
            yield Block(line, block.data[start:end])
            line += block.data.count(b"\n", start, end)
            start = end


@pytest.mark.parametrize("write", [write_many, write_clues, write_nppes])
def test_several_processes_say_what_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Any) -> None:
    monkeypatch.setattr("finder.loading.read.BLOCK_BYTES", 50_000)
    intake = opened(write(tmp_path / "a.csv", 400))
    chunks = list(intake.chunks(None, []))
    assert len(chunks) > 1
    one = what_it_says(cleaned(intake.plan, BOOK, chunks, intake.size_bytes))
    monkeypatch.setattr(workshop, "PARALLEL_FROM_BYTES", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert what_it_says(cleaned(intake.plan, BOOK, chunks, intake.size_bytes)) == one


phone_texts = st.one_of(
    st.text("0123456789", min_size=8, max_size=12),
    st.from_regex(r"\(?[0-9]{3}\)?[ .-]{0,2}[0-9]{3}[ .-]?[0-9]{4}", fullmatch=True),
    st.text("0123456789 ()-.", min_size=7, max_size=18),
)


@given(phone_texts, st.sampled_from(["US", "MX"]))
@settings(max_examples=500)
@example("(619) 555-0101", "US")
@example("664 555 0101", "MX")
@example("1 619 555 0101", "US")
def test_a_whole_number_is_what_phonenumbers_makes_of_it(text: str, country: str) -> None:
    """The library says of numbers with ten digits that they are possible; then we must say the same number."""
    text = text.strip()
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        parsed = None
    digits = re.sub(r"\D", "", text)
    try:
        found = clean_phones(text, country) if text else ()
    except CellProblem:
        found = ()
    if parsed is not None and len(digits) == 10 and digits[0] in "23456789" and phonenumbers.is_possible_number(parsed):
        assert found == (phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164),)
    for number in found:
        if number.startswith("+"):
            assert phonenumbers.is_possible_number(phonenumbers.parse(number))


def test_a_plan_can_be_sent_to_another_process(tmp_path: Path) -> None:
    plan = opened(written(tmp_path / "a.csv", [GOOD])).plan
    assert msgspec.structs.asdict(pickle.loads(pickle.dumps(plan))) == msgspec.structs.asdict(plan)  # noqa: S301 - our own
