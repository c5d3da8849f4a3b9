"""Any CSV that a spreadsheet writes is read; what cannot be is said with its line."""

import csv
import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from finder.errors import BadFile
from finder.loading import read
from finder.loading.mapping import map_columns
from finder.loading.read import BLOCK_BYTES, FIELD_LIMIT, LINE_LIMIT, SAMPLE_BYTES, Block, CsvFile, Row, blocks_of, open_csv
from finder.loading.row_error import RowError
from tests.loading.reading import all_rows

CASES = json.loads((Path(__file__).parent.parent / "cases" / "bad_files.json").read_text("utf-8"))


def rows_of(path: Path) -> list[Row | RowError]:
    return all_rows(open_csv(path))


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
    assert all_rows(csv_file) == [Row(number, dict(zip(lines[0], line, strict=True))) for number, line in enumerate(lines[1:], 2)]


def test_one_latin_1_byte_far_behind_the_first_megabyte_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,city\n" + b"Clinic,Town\n" * 120_000 + "Clínica,Tecate\n".encode("latin-1"))
    csv_file = open_csv(path)
    assert csv_file.encoding == "latin-1"
    *_, last = all_rows(csv_file)
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
        Row(3, {"name": "A", "note": "one\ntwo\nthree"}),
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
    long = "B" * (LINE_LIMIT + 1)
    with pytest.raises(BadFile, match="line 302"):
        open_csv(written(tmp_path, "name,city\n" + "A,a\n" * 300 + long))
    beyond_the_sample = SAMPLE_BYTES // 1000
    csv_file = open_csv(written(tmp_path, "name,city\n" + f"A,{'a' * 1000}\n" * beyond_the_sample + long))
    with pytest.raises(BadFile, match=f"line {beyond_the_sample + 2}:"):
        all_rows(csv_file)


def test_progress_ends_with_all_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, "name,city\n" + "A,a\n" * (BLOCK_BYTES * 3 // 4))
    told: list[tuple[int, int]] = []
    list(blocks_of(open_csv(path), lambda done, total: told.append((done, total))))
    size = path.stat().st_size
    assert told == sorted(told)
    assert len(told) == 4
    assert told[-1] == (size, size)


def test_a_letter_cut_in_two_by_the_end_of_the_sample_is_no_trouble(tmp_path: Path) -> None:
    row = f"A,{'ñ' * 499}b\n"
    rows = row * (SAMPLE_BYTES // len(row.encode()) + 2)
    text = next(
        text
        for text in (f"name,city\n{odd}{rows}" for odd in ("", "."))
        if text.encode()[:SAMPLE_BYTES].decode("utf-8", "ignore").encode() != text.encode()[:SAMPLE_BYTES]
    )
    assert len(rows_of(written(tmp_path, text))) == text.count("\n") - 1


def test_a_header_with_a_line_break_in_a_name_is_one_header(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, 'name,"city\nor town"\nA,a\n')) == [Row(3, {"name": "A", "city\nor town": "a"})]


HEADER = ("name", "city", "note")
ODD = st.text(st.sampled_from(list("ab,;\t\"\n\r 'ñ€\u2028\x0b\x85😀")), max_size=6)
PLAIN = st.text(st.sampled_from(list("abñ '€😀")), max_size=4)


def table_file(path: Path, delimiter: str, header_line: int = 1) -> CsvFile:
    return CsvFile(
        path=path,
        encoding="utf-8",
        delimiter=delimiter,
        header=HEADER,
        header_line=header_line,
        size_bytes=path.stat().st_size,
    )


def as_the_standard_library_reads(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The records after the first, with the lines on which they begin."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    reader = csv.reader([f"{line}\n" for line in lines], delimiter=delimiter)
    found: list[tuple[int, list[str]]] = []
    line = 1
    for cells in reader:
        found.append((line, [cell.strip() for cell in cells]))
        line = reader.line_num + 1
    return found[1:]


@given(
    st.lists(st.lists(ODD, min_size=3, max_size=3) | st.lists(ODD, min_size=1, max_size=5) | st.just(list(HEADER)), max_size=12),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.integers(1, 64),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_cut_anywhere_reads_as_the_standard_library_reads_it(
    tmp_path: Path, table: list[list[str]], delimiter: str, end: str, quoting: int, block_bytes: int
) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)  # pyright: ignore[reportArgumentType]
        writer.writerows([HEADER, *table])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "BLOCK_BYTES", block_bytes)
        found = all_rows(table_file(path, delimiter))
    expected = [
        (line, cells) for line, cells in as_the_standard_library_reads(path.read_bytes().decode(), delimiter) if any(cells)
    ]
    assert [row.line for row in found] == [line for line, _ in expected]
    for row, (_, cells) in zip(found, expected, strict=True):
        if isinstance(row, Row):
            assert list(row.cells.values()) == cells
        else:
            assert len(cells) != len(HEADER) or tuple(cells) == HEADER


@given(
    st.lists(st.lists(PLAIN, min_size=3, max_size=3) | st.just(list(HEADER)) | st.just(["b"]), min_size=1, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
@example([["a", "b", "c"], list(HEADER), ["d", "e", "f"]], "\n")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_short_way_and_the_careful_way_agree(tmp_path: Path, table: list[list[str]], end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("".join(",".join(row) + end for row in table).encode())
    csv_file = table_file(path, ",", header_line=0)
    block = Block(1, path.read_bytes())
    plain = read._plain_rows(csv_file, block)
    careful = read._careful_rows(csv_file, 1, read._text_lines(block.data, "utf-8"), 0)
    if all(len(row) == 3 and any(map(str.strip, row)) and row[0].strip() != "name" for row in table):
        assert plain is not None, "nothing is special"
    if plain is not None:
        assert list(plain.lines) == list(careful.lines)
        assert {name: list(cells) for name, cells in plain.columns.items()} == {
            name: list(cells) for name, cells in careful.columns.items()
        }
        assert plain.errors == careful.errors == []


@given(st.lists(st.binary(max_size=12), max_size=30), st.integers(1, 64))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bytes_no_line_is_told_twice(tmp_path: Path, lines: list[bytes], block_bytes: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n".join([b"name,city", *lines]))
    try:
        csv_file = open_csv(path)
    except BadFile:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "BLOCK_BYTES", block_bytes)
        found = [row.line for row in all_rows(csv_file)]
    assert len(set(found)) == len(found)
