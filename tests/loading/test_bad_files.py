"""Files as they must not be: each is refused whole with a reason, or costs just the lines that are bad; nothing is lost."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from finder.domain.facility import Facility
from finder.domain.load import Load
from finder.errors import BadFile
from finder.loading.load import load_file
from finder.loading.report import LoadReport
from finder.loading.row_error import Severity
from finder.store import Store
from tests.loading.many_rows import write_many

REPOSITORY = Path(__file__).parents[2]
HEADER = "id,name,lat,lon,type\n"
NAMES = ("Clínica Ñandú", "Hospital del Niño", "Farmacia Güera")
BOM = b"\xef\xbb\xbf"


def row(number: int, name: str) -> str:
    return f"{number},{name},32.5{number:03d},-117,clinic\n"


def loaded(store: Store, path: Path, content: bytes) -> LoadReport:
    path.write_bytes(content)
    return load_file(path, store, source="bad")


def names(store: Store) -> list[str]:
    def number(facility: Facility) -> int:
        return int(facility.identifiers["bad"])

    return [facility.name for facility in sorted(store.facilities(), key=number)]


def told(report: LoadReport) -> list[tuple[int, str, Severity]]:
    """What is wrong: line, column and how bad."""
    return [(error.line, error.column, error.severity) for error in report.errors]


def adds_up(load: Load) -> bool:
    return load.read == load.added + load.changed + load.unchanged + load.refused + load.set_aside


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
def test_accents_come_through_in_any_encoding(sqlite_store: Store, tmp_path: Path, encoding: str) -> None:
    text = HEADER + "".join(row(number, name) for number, name in enumerate(NAMES))
    loaded(sqlite_store, tmp_path / "a.csv", text.encode(encoding))
    assert names(sqlite_store) == list(NAMES)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_two_bytes_a_letter_are_refused_with_advice(sqlite_store: Store, tmp_path: Path, encoding: str) -> None:
    with pytest.raises(BadFile, match=r"^a\.csv .*UTF-16.*CSV UTF-8"):
        loaded(sqlite_store, tmp_path / "a.csv", (HEADER + row(1, NAMES[0])).encode(encoding))
    assert sqlite_store.loads() == []


@pytest.mark.parametrize("start", [b"", BOM])
def test_lines_of_two_encodings_are_each_read_as_what_they_are(sqlite_store: Store, tmp_path: Path, start: bytes) -> None:
    some = [row(number, name).encode("cp1252" if number % 2 else "utf-8") for number, name in enumerate(NAMES * 3)]
    report = loaded(sqlite_store, tmp_path / "a.csv", start + HEADER.encode() + b"".join(some))
    assert (report.load.added, report.errors) == (9, ())
    assert names(sqlite_store) == [*NAMES * 3]
    assert any("UTF-8" in note and "Windows-1252" in note for note in report.notes)


def test_ragged_rows_nul_bytes_and_open_quotes_cost_their_own_lines(store: Store, tmp_path: Path) -> None:
    lines = [HEADER, row(0, "Good"), "1,Short,32.5\n", row(2, "Nul\x00byte"), row(3, '"Open'), row(4, "Good too")]
    lines += ["5,Long,32.505,-117,clinic,more\n", row(6, 'A "stray" one'), row(7, "\x00"), row(8, "Last")]
    report = loaded(store, tmp_path / "a.csv", "".join(lines).encode())
    error = Severity.ERROR
    assert told(report) == [(3, "", error), (4, "name", error), (5, "", error), (7, "", error), (9, "name", error)]
    assert names(store) == ["Good", "Good too", 'A "stray" one', "Last"]
    assert (report.load.read, report.load.refused) == (9, 5)
    assert adds_up(report.load)
    with (tmp_path / "a.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [int(each["line"]) for each in csv.DictReader(file)] == [3, 4, 5, 7, 9]


def test_a_file_of_cr_only_is_a_file(sqlite_store: Store, tmp_path: Path) -> None:
    text = (HEADER + row(0, "One") + row(1, "Two") + "2,Short\n" + row(3, '"Two\nlines"')).replace("\n", "\r")
    report = loaded(sqlite_store, tmp_path / "a.csv", text.encode())
    assert names(sqlite_store) == ["One", "Two", "Two lines"]
    assert told(report) == [(4, "", Severity.ERROR)]


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_two_files_put_together_are_two_files(sqlite_store: Store, tmp_path: Path, mark: bytes, quoting: int) -> None:
    parts: list[bytes] = []
    for some in (range(3), range(3, 6)):
        part = tmp_path / "part.csv"
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=quoting)  # pyright: ignore[reportArgumentType]
            writer.writerow(HEADER.strip().split(","))
            writer.writerows(row(number, f"Clínica {number}").strip().split(",") for number in some)
        parts.append(mark + part.read_bytes())
    report = loaded(sqlite_store, tmp_path / "a.csv", b"".join(parts))
    assert names(sqlite_store) == [f"Clínica {number}" for number in range(6)]
    assert told(report) == [(5, "", Severity.WARNING)]
    assert (report.load.read, report.load.refused, report.warnings) == (6, 0, 1)


def test_formulas_are_harmless_where_they_are_told(sqlite_store: Store, tmp_path: Path) -> None:
    formulas = ["=HYPERLINK(A1)", "@SUM(A1)", "+1+cmd", "-2+3"]
    some = [f"{number},Clinic {number},{formula},-117,clinic\n" for number, formula in enumerate(formulas)]
    loaded(sqlite_store, tmp_path / "a.csv", (HEADER + "".join(some)).encode())
    with (tmp_path / "a.errors.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [each["value"] for each in csv.DictReader(file)] == [f"'{formula}" for formula in formulas]


def run(script: str, *arguments: object) -> list[str]:
    """What a script prints that runs in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


WITH_LITTLE_MEMORY = """
import resource
import sys
from pathlib import Path
from finder.errors import BadFile
from finder.loading.load import load_file
from finder.store import Store

with Store.open(sys.argv[2]) as store:
    store.migrate()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + 400 * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        load = load_file(Path(sys.argv[1]), store, source="bad").load
        print("loaded", load.read, load.added, load.refused)
    except BadFile as error:
        print(error)
    print(store.count())
"""
FIELD_BYTES = 200 * 1024 * 1024


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see how much memory there is already")
@pytest.mark.parametrize("field", ["text", "NUL bytes", "quoted text"])
def test_a_field_of_200_megabytes_is_refused_before_it_fills_the_memory(tmp_path: Path, field: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(HEADER.encode() + b"".join(row(number, f"Clinic {number}").encode() for number in range(400)))
        file.write(b'400,"' if field == "quoted text" else b"400,")
        if field == "NUL bytes":
            file.truncate(file.tell() + FIELD_BYTES)  # a hole, which takes no room on the disk
            file.seek(0, 2)
        else:
            for _ in range(FIELD_BYTES >> 20):
                file.write(b"x" * (1 << 20))
        file.write(b'",32.5,-117,clinic\n' if field == "quoted text" else b",32.5,-117,clinic\n")
    message, count = run(WITH_LITTLE_MEMORY, path, f"sqlite:///{tmp_path / 'finder.sqlite'}")
    assert message.startswith("a.csv is no text file" if field == "NUL bytes" else "a.csv, line 402: it has more than 1,048,576")
    assert count == "0"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc to see how much memory there is already")
def test_a_quoted_field_of_200_megabytes_in_lines_costs_those_lines(tmp_path: Path) -> None:
    path, line = tmp_path / "a.csv", b"x" * 60_000 + b"\n"
    lines = FIELD_BYTES // len(line)
    with path.open("wb") as file:
        file.write(HEADER.encode() + row(0, "First").encode() + b'1,"')
        for _ in range(lines):
            file.write(line)
        file.write(b'",32.5,-117,clinic\n' + row(2, "Last").encode())
    message, count = run(WITH_LITTLE_MEMORY, path, f"sqlite:///{tmp_path / 'finder.sqlite'}")
    assert message == f"loaded {lines + 3} 2 {lines + 1}"
    assert count == "2"


MEASURED = """
import resource
import sys
from pathlib import Path
import pandas  # pyarrow imports it sooner or later
from finder.loading.load import load_file
from finder.store import Store

def most():
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

libraries = most()
with Store.open(sys.argv[2]) as store:
    store.migrate()
    report = load_file(Path(sys.argv[1]), store, source="gen")
    print(report.load.read, report.load.added, report.load.refused)
    print(*[f"{error.line} {error.column}" for error in report.errors])
    print(store.count())
print(most() - libraries)
"""


@pytest.mark.slow
def test_of_200_000_rows_one_is_bad_and_the_memory_stays_small(tmp_path: Path) -> None:
    bad = 123_457
    path = write_many(
        tmp_path / "many.csv", 200_000, {bad: "123455,Clinic,clinic,1,Fable Street,San Diego,CA,92101,US,north,-117,,,"}
    )
    counts, errors, count, grown = run(MEASURED, path, f"sqlite:///{tmp_path / 'finder.sqlite'}")
    assert counts == "200000 199999 1"
    assert errors == f"{bad} lat"
    assert count == "199999"
    unit = 1024 if sys.platform == "darwin" else 1  # kilobytes; of one process, the main one or one that cleans
    assert int(grown) // unit < 400_000
