"""Facilities, practitioners and roles from FHIR R4."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.errors import BadFile
from finder.loading.read import FIELD_LIMIT
from finder.loading.row_error import RowError, Severity
from finder.loading.sources.fhir import COLUMN_OF, read_fhir
from finder.loading.sources.fhir_file import BUNDLE_LIMIT, LINE_LIMIT
from finder.loading.sources.table import Entity, Record

CASES = Path(__file__).parents[2] / "cases" / "fhir"
RESOURCE_CASES: list[dict[str, Any]] = json.loads((CASES / "resources.json").read_text("utf-8"))
PLAN_NET = CASES / "plan_net.json"
LOCATION = {"resourceType": "Location", "id": "1", "name": "A"}


def read(path: Path) -> tuple[list[Record], list[RowError]]:
    found = list(read_fhir(path))
    return [each for each in found if isinstance(each, Record)], [each for each in found if isinstance(each, RowError)]


def bundle(*resources: object, **more: object) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), "utf-8")
    return path


def write_lines(path: Path, *resources: object) -> Path:
    path.write_text("".join(json.dumps(resource) + "\n" for resource in resources), "utf-8")
    return path


@pytest.mark.parametrize("case", RESOURCE_CASES, ids=lambda case: case["case"])
@pytest.mark.parametrize("form", ["bundle", "ndjson"])
def test_resources(case: dict[str, Any], form: str, tmp_path: Path) -> None:
    if form == "bundle":
        path = write(tmp_path / "directory.json", bundle(*case["resources"]))
    else:
        path = write_lines(tmp_path / "directory.ndjson", *case["resources"])
    records, errors = read(path)
    assert len(records) == len(case["records"])
    for record, (entity, cells, absent) in zip(records, case["records"], strict=True):
        assert record.entity == Entity(entity)
        assert {field: record.cells.get(field) for field in cells} == cells
        assert not record.cells.keys() & set(absent)
    expected = case.get("errors", [])
    assert len(errors) == len(expected), errors
    for error, (line, column, severity, words) in zip(errors, expected, strict=True):
        assert (error.line, error.column, error.severity) == (line, column, Severity(severity))
        assert words in error.problem
        assert error.advice


def test_plan_net() -> None:
    records, errors = read(PLAN_NET)
    expected = json.loads((CASES / "plan_net_records.json").read_text("utf-8"))
    assert [[record.line, record.entity.value, record.cells] for record in records] == expected
    assert [(error.line, error.column) for error in errors] == [
        (1, "PractitionerRole.location"),
        (15, "PractitionerRole.practitioner"),
        (0, ""),
        (0, ""),
    ]


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_the_order_of_a_bundle_does_not_count(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = json.loads(PLAN_NET.read_text("utf-8"))
    random.Random(seed).shuffle(content["entry"])  # noqa: S311
    records, _ = read(write(tmp_path_factory.getbasetemp() / "shuffled.json", content))

    def known(records: list[Record]) -> Counter[frozenset[tuple[str, str]]]:
        # Two services of one place give their words in the order of the file.
        return Counter(frozenset(record.cells.items()) for record in records)

    assert known(records) == known(read(PLAN_NET)[0])


def test_whom_a_role_speaks_of_came_before_it() -> None:
    seen: set[tuple[str, str]] = set()
    roles = 0
    for record in read(PLAN_NET)[0]:
        if record.entity is Entity.ROLE:
            roles += 1
            assert ("practitioner", record.cells["practitioner.id"]) in seen
            assert "facility.id" not in record.cells or ("facility", record.cells["facility.id"]) in seen
        else:
            seen.add((record.entity.value, record.cells["id"]))
    assert roles == 4


def test_every_cell_has_a_column_for_errors() -> None:
    for record in read(PLAN_NET)[0]:
        if record.entity is not Entity.ROLE:
            assert record.cells.keys() <= COLUMN_OF.keys()


def test_the_examples_of_hl7(shared_data: Path, tmp_path: Path) -> None:
    service = json.loads((shared_data / "fhir" / "r4-healthcareservice-example.json").read_text("utf-8"))
    role = json.loads((shared_data / "fhir" / "r4-practitionerrole-example.json").read_text("utf-8"))
    location = {"resourceType": "Location", "id": "1", "name": "South Wing, second floor", "status": "active"}
    practitioner = {"resourceType": "Practitioner", "id": "example", "name": [{"family": "Careful", "given": ["Adam"]}]}
    records, errors = read(write(tmp_path / "hl7.json", bundle(service, role, location, practitioner)))
    assert [record.entity.value for record in records] == ["facility", "practitioner", "role"]
    facility, person, work = (record.cells for record in records)
    assert facility["services"] == "Psychotherapy;Psychiatry;Posttraumatic stress disorder"
    assert facility["phone"] == "(555) silent"
    # Their service is open from half past eight to half past five in the morning.
    assert "opening_hours" not in facility
    assert [(error.line, error.column) for error in errors] == [(1, "HealthcareService.availableTime")]
    assert person["name"] == "Adam Careful"
    assert work == {
        "practitioner.id": "example",
        "facility.id": "1",
        "phone": "(03) 5555 6473",
        "opening_hours": "Mo-We 09:00-16:30; Th,Fr 09:00-12:00",
        "specialties": "General medical practice",
        # It ended on 31 March 2012, whatever its flag says.
        "active": "false",
    }


@pytest.mark.parametrize("name", ["r4-healthcareservice-example.json", "r4-practitionerrole-example.json"])
def test_a_single_resource_is_a_file_too(shared_data: Path, name: str) -> None:
    records, errors = read(shared_data / "fhir" / name)
    assert not records
    assert errors


def test_addresses_of_two_servers_are_told_apart(tmp_path: Path) -> None:
    def entry(base: str, resource: dict[str, Any]) -> dict[str, Any]:
        return {"fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}", "resource": resource}

    role = {
        "resourceType": "PractitionerRole",
        "id": "1",
        "practitioner": {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},
        "location": [
            {"reference": "http://a.example/fhir/Location/1"},
            {"reference": "https://b.example/fhir/Location/1"},
        ],
    }
    person = {"resourceType": "Practitioner", "name": [{"text": "Ana"}]}
    content = bundle()
    content["entry"] = [
        entry("https://a.example/fhir", LOCATION),
        entry("https://a.example/fhir", role),
        {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": person},
    ]
    records, errors = read(write(tmp_path / "two.json", content))
    assert [record.cells.get("id") for record in records[:2]] == ["1", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"]
    assert [record.cells["facility.id"] for record in records[2:]] == ["1"]
    assert [(error.column, error.value) for error in errors] == [
        ("PractitionerRole.location", "https://b.example/fhir/Location/1")
    ]


def test_absolute_addresses_in_an_export_that_has_none(tmp_path: Path) -> None:
    person = {"resourceType": "Practitioner", "id": "p", "name": [{"text": "Ana"}]}
    role = {
        "resourceType": "PractitionerRole",
        "practitioner": {"reference": "https://a.example/fhir/Practitioner/p/_history/2"},
        "location": [{"reference": "https://a.example/fhir/Location/1"}],
    }
    records, errors = read(write_lines(tmp_path / "export.ndjson", role, LOCATION, person))
    assert records[-1].cells == {"practitioner.id": "p", "facility.id": "1"}
    assert not errors


def test_a_folder_of_ndjson(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    role = {
        "resourceType": "PractitionerRole",
        "practitioner": {"reference": "Practitioner/p"},
        "location": [{"reference": "Location/1"}],
    }
    write_lines(folder / "PractitionerRole.ndjson", role, {**role, "practitioner": {"reference": "Practitioner/q"}})
    write_lines(folder / "Location.ndjson", LOCATION, {"resourceType": "Location", "id": "2"})
    write_lines(folder / "Practitioner.ndjson", {"resourceType": "Practitioner", "id": "p", "name": [{"text": "Ana"}]})
    (folder / "manifest.json").write_text("{}", "utf-8")
    records, errors = read(folder)
    assert [(record.line, record.entity.value) for record in records] == [(1, "facility"), (3, "practitioner"), (4, "role")]
    assert [error.line for error in errors] == [2, 5]
    assert errors[0].problem.endswith("(Location.ndjson, line 2)")
    assert errors[1].problem.endswith("(PractitionerRole.ndjson, line 2)")


def test_one_broken_line_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "export.ndjson"
    good = json.dumps(LOCATION).encode()
    broken = [
        b'{"resourceType": "Location", "name"',
        b"[1, 2]",
        b"null",
        b'{"name": "no type"}',
        b'{"resourceType": 7}',
        b'{"resourceType": "Location", "name": "\xff\xfe"}',
        b'{"resourceType": "Location", "id": "9", "name": "B", "partOf": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"resourceType": "Location", "name": "' + b"x" * LINE_LIMIT + b'"}',
        b'"text"',
        rb'{"resourceType": "Location", "name": "\ud800"}',
    ]
    path.write_bytes(b"\xef\xbb\xbf\n" + b"\r\n".join([*broken, b"", good]))
    records, errors = read(path)
    assert [(record.line, record.cells) for record in records] == [(13, {"id": "1", "name": "A"})]
    assert [error.line for error in errors] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert all(error.severity is Severity.ERROR for error in errors)
    assert all(len(error.value) <= 80 for error in errors)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.json", b"", "is empty"),
        ("empty.ndjson", b"\n\n", "no resource"),
        ("blank.json", b"\xef\xbb\xbf \n", "is empty"),
        ("bundle.xml", b'<Bundle xmlns="http://hl7.org/fhir"/>', "XML"),
        ("export.zip", b"PK\x03\x04rest", "zip"),
        ("export.ndjson", b"\x1f\x8b\x08rest", "gzip"),
        ("wide.json", "\ufeff{}".encode("utf-16-le"), "UTF-16"),
        ("cut.json", b'{"resourceType": "Bundle",\n "type": "collection",\n "entry": [{', "line 3: this is no JSON"),
        ("typo.json", b'{\n"resourceType": "Bundle",\n"entry": oops}', "line 3: this is no JSON"),
        ("latin.json", '{\n"resourceType": "é"}'.encode("latin-1"), "no JSON"),
        ("list.json", b"[]", "is no FHIR"),
        ("other.json", b'{"type": "FeatureCollection"}', "resourceType"),
        ("bundle.json", b'{"resourceType": "Bundle", "entry": "x"}', "is no FHIR"),
        ("deep.json", b'{"resourceType": "Bundle", "entry": ' + b"[" * 100_000, "nested too deeply"),
        ("none.json", b'{"resourceType": "Bundle", "type": "searchset", "entry": null}', "no resource"),
        ("patient.json", b'{"resourceType": "Patient"}', "no resource"),
        ("letter.json", b'{"resourceType": "Bundle", "type": "document", "entry": []}', "of type document"),
        ("history.json", b'{"resourceType": "Bundle", "type": "history", "entry": []}', "of type history"),
    ],
)
def test_what_is_no_directory_is_refused(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile, match=words) as told:
        list(read_fhir(path))
    assert name in str(told.value)
    assert str(tmp_path) not in str(told.value)


def test_what_is_not_there_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        list(read_fhir(tmp_path / "missing.json"))
    with pytest.raises(BadFile, match=r"no file \*\.ndjson"):
        list(read_fhir(tmp_path))
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.write(b'{"resourceType": "Bundle",\n')
        file.truncate(BUNDLE_LIMIT + 1)
    with pytest.raises(BadFile, match="NDJSON"):
        list(read_fhir(large))


def test_a_file_of_broken_lines_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "export.ndjson"
    path.write_text("{oops}\n", "utf-8")
    with pytest.raises(BadFile, match="entry 1: This is no FHIR resource"):
        list(read_fhir(path))


def test_one_page_of_many_is_told(tmp_path: Path) -> None:
    page = bundle(LOCATION, type="searchset", link=[{"relation": "next", "url": "https://a.example"}])
    _, errors = read(write(tmp_path / "page.json", page))
    assert ["next" in error.problem for error in errors] == [True]
    assert errors[0].severity is Severity.WARNING


def test_a_json_file_of_lines_is_known_by_its_content(tmp_path: Path) -> None:
    records, _ = read(write_lines(tmp_path / "export.json", LOCATION, {**LOCATION, "id": "2"}))
    assert [record.cells["id"] for record in records] == ["1", "2"]


def test_a_text_that_is_too_long_is_left_out(tmp_path: Path) -> None:
    location = {**LOCATION, "address": {"line": ["x" * (FIELD_LIMIT + 1)], "city": "Tijuana\x00"}}
    records, errors = read(write(tmp_path / "long.json", bundle(location)))
    assert records[0].cells == {"id": "1", "name": "A", "city": "Tijuana"}
    assert [(error.line, error.column, error.severity) for error in errors] == [(1, "address.line", Severity.WARNING)]


@pytest.mark.parametrize("form", ["bundle", "ndjson"])
def test_progress_goes_forward_to_its_end(form: str, tmp_path: Path) -> None:
    locations = [{**LOCATION, "id": str(number)} for number in range(1200)]
    path = tmp_path / f"many.{form}"
    path = write(path, bundle(*locations)) if form == "bundle" else write_lines(path, *locations)
    told: list[tuple[int, int]] = []
    assert sum(1 for _ in read_fhir(path, lambda done, of: told.append((done, of)))) == 1200
    assert len(told) > 3
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1] == 3 * path.stat().st_size


# What follows breaks a good file in every way that JSON allows: only records, errors and BadFile may come of it.

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["#p", "Location/1"]),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "coding", "reference", "code", "url", "text"]) | st.text(max_size=4), children, max_size=3
        )
    ),
    max_leaves=6,
)


def places_in(value: object) -> list[tuple[Any, Any]]:
    """Each container with each of its keys, all the way down."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in list(pairs) for place in [(value, key), *places_in(each)]]


def check_what_comes_of(path: Path) -> None:
    try:
        records, errors = read(path)
    except BadFile:
        return
    for record in records:
        assert record.line >= 1
        assert all(text and text == text.strip() for text in record.cells.values())
        assert record.entity is Entity.ROLE or "name" in record.cells
    assert all(error.problem and error.advice for error in errors)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_wrong_types_anywhere(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = json.loads(PLAN_NET.read_text("utf-8"))
    for _ in range(data.draw(st.integers(1, 6))):
        places = places_in(content)
        if not places:
            break
        container, key = data.draw(st.sampled_from(places))
        if data.draw(st.booleans()):
            container[key] = data.draw(JSON_VALUES)
        else:
            del container[key]
    check_what_comes_of(write(tmp_path_factory.getbasetemp() / "mutated.json", content))


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_broken_bytes_anywhere(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    entries = json.loads(PLAN_NET.read_text("utf-8"))["entry"]
    lines = "\n".join(json.dumps(entry["resource"]) for entry in entries if "resource" in entry).encode()
    content = bytearray(data.draw(st.sampled_from([lines, PLAN_NET.read_bytes()])))
    for _ in range(data.draw(st.integers(1, 20))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / data.draw(st.sampled_from(["bytes.json", "bytes.ndjson"]))
    path.write_bytes(content)
    check_what_comes_of(path)
