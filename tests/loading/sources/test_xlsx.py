"""Spreadsheets of every kind give the cells that a person sees, and none can take the memory or the process."""

import subprocess
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.errors import BadFile
from finder.loading.read import FIELD_LIMIT, Row
from finder.loading.row_error import RowError, Severity
from finder.loading.sources import zip_limits
from finder.loading.sources.xlsx import open_xlsx
from tests.loading.sources.make_xlsx import (
    Cell,
    Failed,
    Formula,
    ods_rows,
    sheet_xml,
    write_book,
    write_ods,
    write_ole2,
    write_xls,
    write_xlsx,
)

HEADER = ("nombre", "CLUES", "C.P.", "teléfono")
CLINIC = ("Clínica Ñandú", "BCSSA000011", 22000, 6646841234)
READ = dict(zip(HEADER, ("Clínica Ñandú", "BCSSA000011", "22000", "6646841234"), strict=True))


def rows_of(path: Path, sheet: str | None = None) -> list[Row | RowError]:
    return list(open_xlsx(path, sheet).rows(None))


def test_a_sheet_is_read_with_its_own_row_numbers_twice(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"Unidades": [HEADER, CLINIC, (), CLINIC]})
    table = open_xlsx(path)
    assert (table.header, table.details) == (HEADER, "sheet “Unidades”")
    assert list(table.rows(None)) == list(table.rows(None)) == [Row(2, READ), Row(4, READ)]


CELLS: list[tuple[Cell, str]] = [
    (22000, "22000"),
    (22000.0, "22000"),
    (1e15, "1000000000000000"),
    (5.2e19, "52000000000000000000"),
    (32.5123456789, "32.5123456789"),
    (-0.00001, "-0.00001"),
    (True, "yes"),
    (False, "no"),
    ("  two words\n", "two words"),
    ("007", "007"),
    ("1E5", "1E5"),
    ("=1+1", "=1+1"),
    (date(2026, 11, 23), "2026-11-23"),
    (datetime(2026, 11, 23, 8, 30), "2026-11-23T08:30"),  # noqa: DTZ001 - a spreadsheet has no zones
    (time(8, 0), "08:00"),
    (time(23, 59, 30), "23:59:30"),
    (time(0, 20), "00:20"),
    (timedelta(hours=24), "24:00"),
    (timedelta(hours=26, minutes=30), "26:30"),
    (Formula("A1&B1", "joined"), "joined"),
    (Formula("1+1", 2), "2"),
]


def test_a_cell_becomes_the_text_that_a_person_sees(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [("name", "cell"), *(("x", cell) for cell, _ in CELLS)]})
    assert [row.cells["cell"] for row in rows_of(path) if isinstance(row, Row)] == [text for _, text in CELLS]


def test_midnight_as_the_end_of_a_day_in_a_format_of_hours_is_24_00(tmp_path: Path) -> None:
    xml = sheet_xml([("name", "closes")]).replace(
        "</sheetData>", '<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="2"><v>1</v></c></row></sheetData>'
    )
    assert rows_of(write_book(tmp_path / "a.xlsx", {"A": xml})) == [Row(2, {"name": "1", "closes": "24:00"})]


def test_a_failed_formula_is_an_empty_cell_and_a_warning(tmp_path: Path) -> None:
    rows = [HEADER, ("One", Failed("#REF!"), 1, 2), CLINIC, ("Two", "x", 3, Failed("#N/A"))]
    path = write_xlsx(tmp_path / "a.xlsx", {"Other & “one”": [("a",)], "Unidades": rows})
    read = rows_of(path)
    warnings = [row for row in read if isinstance(row, RowError)]
    assert [(warning.line, warning.column, warning.value) for warning in warnings] == [
        (2, "CLUES", "#REF!"),
        (4, "teléfono", "#N/A"),
    ]
    assert {warning.severity for warning in warnings} == {Severity.WARNING}
    assert [row for row in read if isinstance(row, Row)] == [
        Row(2, {"nombre": "One", "CLUES": "", "C.P.": "1", "teléfono": "2"}),
        Row(3, READ),
        Row(4, {"nombre": "Two", "CLUES": "x", "C.P.": "3", "teléfono": ""}),
    ]


def test_failed_formulas_are_found_far_behind_the_first_megabyte(tmp_path: Path) -> None:
    rows = [("name", "n"), *(("x" * 400, number) for number in range(6000)), ("last", Failed("#DIV/0!"))]
    read = rows_of(write_xlsx(tmp_path / "a.xlsx", {"A": rows}))
    assert [(row.line, row.value) for row in read if isinstance(row, RowError)] == [(6002, "#DIV/0!")]
    assert len(read) == 6002


def test_titles_above_the_header_are_passed_over(tmp_path: Path) -> None:
    titles = [("Catálogo de unidades",), (), ("Corte:", date(2026, 1, 31))]
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [*titles, HEADER, CLINIC]})
    assert open_xlsx(path).details == "sheet “A”, header in row 4"
    assert rows_of(path) == [Row(5, READ)]


def test_a_header_that_leaves_one_column_without_a_name_is_still_the_header(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [("name", "", "city", "phone"), ("x", "y", "z", "1")]})
    assert open_xlsx(path).header == ("name", "(column 2)", "city", "phone")


def test_a_repeated_header_is_passed_over_wherever_it_stands(tmp_path: Path) -> None:
    assert rows_of(write_xlsx(tmp_path / "a.xlsx", {"A": [HEADER, HEADER, CLINIC, HEADER]})) == [Row(3, READ)]


def test_a_table_may_begin_anywhere_and_merged_cells_hold_their_text_once(tmp_path: Path) -> None:
    xml = sheet_xml(
        [("name", None, "city"), ("x", None, "Tijuana")],
        first_row=7,
        first_column=3,
        behind='<mergeCells count="2"><mergeCell ref="C7:D7"/><mergeCell ref="C8:D8"/></mergeCells>',
    )
    path = write_book(tmp_path / "a.xlsx", {"A": xml})
    assert open_xlsx(path).header == ("name", "(column 4)", "city")
    assert rows_of(path) == [Row(8, {"name": "x", "(column 4)": "", "city": "Tijuana"})]


def test_a_filled_cell_right_of_the_table_is_told(tmp_path: Path) -> None:
    warning, row = rows_of(write_xlsx(tmp_path / "a.xlsx", {"A": [HEADER, (*CLINIC, None, "see me")]}))
    assert isinstance(warning, RowError)
    assert (warning.line, warning.value, warning.severity) == (2, "see me", Severity.WARNING)
    assert row == Row(2, READ)


def test_the_first_visible_sheet_with_a_table_is_read_or_the_named_one(tmp_path: Path) -> None:
    sheets = {
        "Hidden": [("word", "meaning"), ("a", "b")],
        "Cover": [("Catalogue",)],
        "Only a header": [HEADER],
        "Unidades": [HEADER, CLINIC],
        "More": [("name", "city"), ("x", "y")],
    }
    path = write_xlsx(tmp_path / "a.xlsx", sheets, hidden=frozenset({"Hidden"}))
    assert open_xlsx(path).details == "sheet “Unidades” (one of 4; the others are not read)"
    assert rows_of(path) == [Row(2, READ)]
    assert rows_of(path, "More") == [Row(2, {"name": "x", "city": "y"})]
    assert rows_of(path, "Hidden") == [Row(2, {"word": "a", "meaning": "b"})]
    with pytest.raises(
        BadFile, match=r"^a\.xlsx has no sheet “None”\. Its sheets are “Cover”, “Only a header”, “Unidades”, “More”"
    ):
        open_xlsx(path, "None")
    with pytest.raises(BadFile, match=r"^The sheet “Cover” of a\.xlsx has no table"):
        open_xlsx(path, "Cover")


@pytest.mark.parametrize("rows", [[], [("Title",)], [HEADER], [HEADER, HEADER]])
def test_a_book_without_a_table_is_refused(tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    with pytest.raises(BadFile, match=r"^a\.xlsx has no table"):
        open_xlsx(write_xlsx(tmp_path / "a.xlsx", {"A": rows}))


def test_a_column_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"^a\.xlsx has the column city more than once"):
        open_xlsx(write_xlsx(tmp_path / "a.xlsx", {"A": [("name", "city", "city"), ("x", "y", "z")]}))


def test_a_cell_beyond_the_limit_costs_its_row(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [("name", "city"), ("x", "y" * (FIELD_LIMIT + 1)), ("z", "y" * FIELD_LIMIT)]})
    error, row = rows_of(path)
    assert isinstance(error, RowError)
    assert (error.line, error.column, error.severity) == (2, "city", Severity.ERROR)
    assert row == Row(3, {"name": "z", "city": "y" * FIELD_LIMIT})


def test_the_progress_ends_with_all_rows(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [("name", "n"), *(("x", number) for number in range(1200))]})
    assert len(list(open_xlsx(path).rows(lambda done, total: told.append((done, total))))) == 1200
    assert told == sorted(told)
    assert told[-1] == (1201, 1201)
    assert len(told) > 2


def test_reading_may_stop_early(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [("name", "n"), *(("x" * 100, number) for number in range(5000))]})
    rows = open_xlsx(path).rows(None)
    assert isinstance(next(rows), Row)
    rows.close()  # pyright: ignore[reportAttributeAccessIssue] - it would warn of an open pipe


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a"])
def test_old_excel_and_libreoffice_files_are_read_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    rows = [("name", "phone"), ("Clínica “Ñ”", 6646841234.0), ("x", 0.5)]
    read = [Row(2, {"name": "Clínica “Ñ”", "phone": "6646841234"}), Row(3, {"name": "x", "phone": "0.5"})]
    assert rows_of(write_xls(tmp_path / name, "Hoja1", rows)) == read
    assert rows_of(write_ods(tmp_path / name, "Hoja1", ods_rows(rows))) == read
    assert open_xlsx(tmp_path / name).details == "sheet “Hoja1”"


def test_what_is_no_spreadsheet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    for write, says in (
        (lambda: path.write_text("name,city\n", "utf-8"), "is no spreadsheet: this is a text file"),
        (lambda: path.write_bytes(b"%PDF-1.7\n"), "is no spreadsheet"),
        (lambda: path.write_bytes(b"PK\x03\x04 cut off"), "is damaged"),
        (lambda: write_ole2(path, {"EncryptedPackage": b"x", "EncryptionInfo": b"y"}), "has a password"),
        (lambda: write_ole2(path, {"WordDocument": b"x"}), "another old Office file"),
        (lambda: write_ole2(path, {"Workbook": b"\x01\x02\x03"}), "is damaged"),
        (lambda: write_book(path, {"A": "<worksheet"}), "is damaged"),
    ):
        write()
        with pytest.raises(BadFile, match=r"^a\.xlsx ") as refusal:
            open_xlsx(path)
        assert says in str(refusal.value)
        assert str(tmp_path) not in str(refusal.value)
    with pytest.raises(BadFile, match=r"^none\.xlsx cannot be read"):
        open_xlsx(tmp_path / "none.xlsx")


def test_a_binary_workbook_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
    with pytest.raises(BadFile, match=r"^a\.xlsx is a binary workbook"):
        open_xlsx(tmp_path / "a.xlsx")


# What is made to fill the memory


LIMITED = """
    import resource, sys
    from pathlib import Path
    from finder.loading.sources.xlsx import open_xlsx
    from finder.errors import BadFile
    # The imports have mapped libraries: the limit is on what comes on top of them.
    mapped = int(next(line for line in open("/proc/self/status") if line.startswith("VmSize")).split()[1]) << 10
    resource.setrlimit(resource.RLIMIT_AS, (mapped + (256 << 20), mapped + (2 << 30)))
    try:
        print("rows", sum(1 for _ in open_xlsx(Path(sys.argv[1])).rows(None)))
    except BadFile as error:
        print(error)
"""
ONE_CELL = '<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>'


def read_with_little_memory(path: Path) -> str:
    """What reading says in a process that has 256 MiB for itself; the one that it starts may take its own gigabyte."""
    done = subprocess.run([sys.executable, "-c", dedent(LIMITED), str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is one of Linux")
def test_a_sheet_that_claims_to_be_full_is_read(tmp_path: Path) -> None:
    xml = sheet_xml([("name", "city"), ("x", "y")], dimension="A1:XFD1048576")
    assert read_with_little_memory(write_book(tmp_path / "a.xlsx", {"A": xml})) == "rows 1"


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is one of Linux")
@pytest.mark.parametrize("bomb", ["corners", "shared text", "repeated cells"])
def test_a_small_file_that_needs_all_memory_is_refused_and_ends_nothing(tmp_path: Path, bomb: str) -> None:
    path = tmp_path / "a.xlsx"
    if bomb == "corners":
        xml = sheet_xml([("name", "city"), ("x", "y")])
        far = ONE_CELL.format(row=1048576, column="XFD")
        write_book(path, {"A": xml.replace("</sheetData>", f"{far}</sheetData>")})
    elif bomb == "shared text":
        cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 60_001))
        xml = sheet_xml([]).replace("</sheetData>", f"{cells}</sheetData>")
        write_book(path, {"A": xml}, strings=f"<si><t>{'x' * 32_000}</t></si>")
    else:
        cell = '<table:table-cell table:number-columns-repeated="16000" office:value-type="float" office:value="1"/>'
        again = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
        write_ods(path, "A", ods_rows([("name", "city")]) + again)
    assert path.stat().st_size < 1_000_000
    said = read_with_little_memory(path)
    assert said.startswith("a.xlsx is damaged, or needs more than 1024 MiB of memory")
    assert "save the sheet as “CSV" in said


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    zeros = write_book(tmp_path / "zeros.xlsx", {"A": sheet_xml([])}, more={"xl/media/image.bin": bytes(32 << 20)})
    with pytest.raises(BadFile, match=r"^zeros\.xlsx is packed more than 250 to 1"):
        open_xlsx(zeros)
    many = write_book(tmp_path / "many.xlsx", {"A": sheet_xml([])}, more={f"x{number}": b"" for number in range(10_000)})
    with pytest.raises(BadFile, match=r"^many\.xlsx holds 10,007 files"):
        open_xlsx(many)
    outside = write_book(tmp_path / "outside.xlsx", {"A": sheet_xml([])}, more={"../../x": b""})
    with pytest.raises(BadFile, match=r"^outside\.xlsx holds a file whose name leads out"):
        open_xlsx(outside)


def test_a_book_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_limits, "MAX_UNPACKED_BYTES", 1 << 20)
    path = write_book(tmp_path / "a.xlsx", {"A": sheet_xml([])}, more={"x": bytes(1 << 20)})
    with pytest.raises(BadFile, match=r"^a\.xlsx unpacks to more than 1 MiB, which is not read. .* save the sheet as “CSV"):
        open_xlsx(path)


def test_a_size_that_is_a_lie_is_found(tmp_path: Path) -> None:
    path = write_book(tmp_path / "a.xlsx", {"A": sheet_xml([])}, more={"x": bytes(8 << 20)})
    true, lie = ((8 << 20).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little"))
    content = path.read_bytes()
    assert content.count(true) == 2
    path.write_bytes(content.replace(true, lie))
    with pytest.raises(BadFile, match=r"^a\.xlsx is damaged: a file within it does not fit its checksum"):
        open_xlsx(path)


# Excel cannot hold other control characters, and writes _x000D_ where it means a letter by its number.
TEXTS = st.text(
    st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc"), exclude_characters="_\ufffe\uffff"), max_size=12
).map(str.strip)
NUMBERS = st.one_of(st.integers(-(10**15), 10**15), st.floats(-1e15, 1e15, allow_nan=False))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXTS, NUMBERS, TEXTS), min_size=1, max_size=40))
def test_rows_come_back_as_they_were_written(tmp_path: Path, rows: list[tuple[str, float, str]]) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"A": [("name", "number", "note"), *rows]})
    read = rows_of(path)
    assert [row.line for row in read] == list(range(2, len(rows) + 2))
    for row, (name, number, note) in zip(read, rows, strict=True):
        assert isinstance(row, Row)
        assert (row.cells["name"], row.cells["note"]) == (name, note)
        assert float(row.cells["number"]) == number
        assert "e" not in row.cells["number"].lower()
        assert not row.cells["number"].endswith(".0")
