"""Any CSV that a spreadsheet writes is read; what cannot be is said with its line."""

import json
from itertools import product
from pathlib import Path

import pytest

from finder.errors import BadFile
from finder.loading import read
from finder.loading.mapping import map_columns
from finder.loading.read import FIELD_LIMIT, LINE_LIMIT, Row, open_csv, read_rows
from finder.loading.row_error import RowError

CASES = json.loads((Path(__file__).parent.parent / "cases" / "bad_files.json").read_text("utf-8"))


def rows_of(path: Path) -> list[Row | RowError]:
    return list(read_rows(open_csv(path)))


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_bad_file_is_refused_by_name_without_its_folder(case: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode())
    with pytest.raises(BadFile) as refusal:
        map_columns(open_csv(path).header, path.name)
    assert case["says"] in str(refusal.value)
    assert str(refusal.value).startswith("bad.csv")
    assert str(tmp_path) not in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"^none\.csv cannot be read: No such file"):
        open_csv(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("encoding", "delimiter", "end"), list(product(("utf-8", "utf-8-sig", "latin-1", "cp1252"), ",;\t", ("\n", "\r\n", "\r")))
)
def test_every_encoding_delimiter_and_line_end(tmp_path: Path, encoding: str, delimiter: str, end: str) -> None:
    lines = (("name", "city"), ("Clínica Ñandú", "Tijuana"), ("“Ocho” €" if encoding != "latin-1" else "Ocho ½", "Ensenada"))
    csv_file = open_csv(written(tmp_path, end.join(delimiter.join(line) for line in lines) + end, encoding))
    assert (csv_file.encoding, csv_file.delimiter, csv_file.header) == (encoding, delimiter, lines[0])
    assert list(read_rows(csv_file)) == [
        Row(number, dict(zip(lines[0], line, strict=True))) for number, line in enumerate(lines[1:], 2)
    ]


def test_one_latin_1_byte_far_behind_the_first_megabyte_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,city\n" + b"Clinic,Town\n" * 120_000 + "Clínica,Tecate\n".encode("latin-1"))
    csv_file = open_csv(path)
    assert csv_file.encoding == "latin-1"
    *_, last = read_rows(csv_file)
    assert last == Row(120_002, {"name": "Clínica", "city": "Tecate"})


def test_a_letter_cut_in_two_by_the_end_of_a_chunk_is_still_utf_8(tmp_path: Path) -> None:
    header = "name,city\n"
    body = "Clinic,Town\n" * 90_000
    text = header + body[: (1 << 20) - 1 - len(header)] + "ñ,b\n"
    path = written(tmp_path, text)
    assert path.read_bytes()[(1 << 20) - 1 : (1 << 20) + 1] == "ñ".encode()
    assert open_csv(path).encoding == "utf-8"


def test_semicolons_within_quotes_are_no_delimiters(tmp_path: Path) -> None:
    text = 'name,hours,lat\n"A; B; C","Mo-Fr 08:00-20:00; Sa 09:00-14:00; Su off",1\n"D","x; y; z; w",2\n'
    assert open_csv(written(tmp_path, text)).delimiter == ","


def test_commas_in_a_semicolon_file_are_no_delimiters(tmp_path: Path) -> None:
    assert open_csv(written(tmp_path, "nombre;lat;lon\nA, B;32,5;-117,0\nC, D;32,6;-117,1\n")).delimiter == ";"


def test_what_excel_says_of_its_delimiter_is_believed(tmp_path: Path) -> None:
    path = written(tmp_path, "sep=;\r\nname;city\r\nA;B\r\n")
    assert open_csv(path).header_line == 2
    assert rows_of(path) == [Row(3, {"name": "A", "city": "B"})]


def test_lines_are_counted_as_an_editor_shows_them(tmp_path: Path) -> None:
    text = '\nname,note\n"A","one\ntwo\r\nthree"\n\n,\n"B",b\n'
    assert rows_of(written(tmp_path, text)) == [
        Row(3, {"name": "A", "note": "one\ntwo\r\nthree"}),
        Row(8, {"name": "B", "note": "b"}),
    ]


@pytest.mark.parametrize("quoted_later", ['"C"', "C"])
def test_an_open_quote_costs_its_own_line_only(tmp_path: Path, quoted_later: str) -> None:
    first, error, *others = rows_of(written(tmp_path, f'name,city\nA,a\nB,"b\n{quoted_later},c\nD,d\n'))
    assert first == Row(2, {"name": "A", "city": "a"})
    assert isinstance(error, RowError)
    assert (error.line, error.value) == (3, 'B,"b')
    assert others == [Row(4, {"name": "C", "city": "c"}), Row(5, {"name": "D", "city": "d"})]


def test_an_open_quote_does_not_swallow_a_large_file(tmp_path: Path) -> None:
    error, *others = rows_of(written(tmp_path, 'name,city\nA,"a\n' + "B,b\n" * 100_000))
    assert isinstance(error, RowError)
    assert error.line == 2
    assert [row.line for row in others] == list(range(3, 100_003))


def test_open_quotes_on_many_lines_are_each_told(tmp_path: Path) -> None:
    rows = rows_of(written(tmp_path, "name,city\n" + 'A,"a\nB,b\n' * 200))
    assert sorted(row.line for row in rows) == list(range(2, 402))
    assert {row.line for row in rows if isinstance(row, RowError)} == set(range(2, 402, 2))


def test_a_ragged_row_is_an_error_of_its_own(tmp_path: Path) -> None:
    short, long, good = rows_of(written(tmp_path, "name,city\nA\nB,b,c\nC,c\n"))
    assert isinstance(short, RowError)
    assert isinstance(long, RowError)
    assert (short.line, short.problem) == (2, "The row has 1 cells, the header has 2.")
    assert (long.line, long.problem) == (3, "The row has 3 cells, the header has 2.")
    assert good == Row(4, {"name": "C", "city": "c"})


def test_too_big_a_field_is_told_with_line_and_column(tmp_path: Path) -> None:
    error, good = rows_of(written(tmp_path, f"name,city\nA,{'a' * (FIELD_LIMIT + 1)}\nB,{'b' * FIELD_LIMIT}\n"))
    assert isinstance(error, RowError)
    assert (error.line, error.column) == (2, "city")
    assert len(error.value) < 100
    assert isinstance(good, Row)
    assert len(good.cells["city"]) == FIELD_LIMIT


def test_too_long_a_line_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    csv_file = open_csv(written(tmp_path, "name,city\n" + "A,a\n" * 300 + "B" * (LINE_LIMIT + 1)))
    with pytest.raises(BadFile, match="line 302"):
        list(read_rows(csv_file))


def test_progress_ends_with_all_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, "name,city\n" + "A,a\n" * (3 * read.PROGRESS_EVERY))
    told: list[tuple[int, int]] = []
    list(read_rows(open_csv(path), lambda done, total: told.append((done, total))))
    size = path.stat().st_size
    assert told == sorted(told)
    assert len(told) == 4
    assert told[-1] == (size, size)
