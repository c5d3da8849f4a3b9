"""The admin API over the desk that is in service: files from upload to commit, review, corrections and the audit log."""

import errno
import shutil
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.api.admin.mapping_text import MappingBody, mapping_toml
from finder.api.admin.plugged import NOT_PUBLISHED
from finder.api.admin.shelf import UPLOADS_KEPT, safe_file_name
from finder.domain.admin import Scope
from finder.domain.facility import Address, FacilityKind
from finder.errors import NotFound, NotReady
from finder.geo.points import LonLat
from tests.api.admin_app import MAPPED, SAMPLE, SMALL_LIMIT, Admin, doubtful


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(tmp_path)
    with made.client:
        yield made


def test_a_file_goes_from_upload_to_commit(admin: Admin) -> None:
    token = admin.token()
    upload = admin.upload(token, SAMPLE.read_bytes(), "tijuana.csv")
    assert upload["size_bytes"] == SAMPLE.stat().st_size
    assert upload["inspection"]["mapping"]["name"]
    address = f"/uploads/{upload['id']}"
    assert admin("POST", f"{address}/commit", token=token).status_code == 409  # nobody has seen what it changes
    preview = admin.run(token, upload["id"], "preview", json={"source": "tj"})
    assert (preview["state"], preview["report"]["load"]["added"]) == ("done", 25)
    assert admin.store.count() == 0
    commit = admin.run(token, upload["id"], "commit")
    assert (commit["state"], commit["report"]["load"]["added"]) == ("done", 25)
    assert commit["report"]["notes"] == preview["report"]["notes"]
    assert admin.store.count() == 25
    facility = next(admin.store.facilities())
    assert admin.published(facility.id) == facility
    ledger = admin("GET", "/loads", token=token).json()
    assert [(load["source"], load["file_name"], load["added"]) for load in ledger["loads"]] == [("tj", "tijuana.csv", 25)]
    [load] = ledger["loads"]
    assert admin("GET", f"/loads/{load['id']}", token=token).json() == load
    assert load["note"] is None
    undone = admin("POST", f"/loads/{load['id']}/undo", token=token).json()
    assert undone["undone_at"]
    assert undone == {**load, "undone_at": undone["undone_at"]} == admin("GET", f"/loads/{load['id']}", token=token).json()
    assert admin.store.count() == 0
    with pytest.raises(NotFound):
        admin.published(facility.id)
    assert admin("POST", f"/loads/{load['id']}/undo", token=token).status_code == 409
    assert admin("DELETE", address, token=token).status_code == 204
    assert admin("GET", address, token=token).status_code == 404
    assert list((admin.folder / "uploads").glob("[0-9a-f]*")) == []
    assert admin.trail() == [
        ("load.upload", "done"),
        ("load.preview", "asked"),
        ("load.preview", "done"),
        ("load.commit", "asked"),
        ("load.commit", "done"),
        ("load.undo", "done"),
        ("load.undo", "refused: Conflict"),
        ("load.discard", "done"),
    ]


@pytest.mark.parametrize("form", ["toml", "json"])
def test_a_mapping_makes_an_unknown_header_known(admin: Admin, form: str) -> None:
    token = admin.token()
    upload = admin.upload(token, MAPPED)
    assert upload["inspection"] is None
    assert "Sitio" in upload["problem"]
    mapping = {"columns": {"name": "Sitio", "lat": "y", "lon": "x"}, "defaults": {"kind": "clinic"}}
    address = f"/uploads/{upload['id']}/mapping"
    wrong = admin("PUT", address, token=token, json={"columns": {"name": "Nombre"}})
    assert wrong.status_code == 400
    assert "Nombre" in wrong.json()["detail"]
    if form == "json":
        put = admin("PUT", address, token=token, json=mapping)
    else:
        toml = '[columns]\nname = "Sitio"\nlat = "y"\nlon = "x"\n[defaults]\nkind = "clinic"\n'
        put = admin("PUT", address, token=token, content=toml, headers={"Content-Type": "application/toml"})
    assert put.status_code == 200, put.text
    assert (put.json()["has_mapping"], put.json()["problem"]) == (True, None)
    assert admin.run(token, upload["id"], "preview", json={})["report"]["load"]["added"] == 1
    assert admin.run(token, upload["id"], "commit")["state"] == "done"
    [facility] = admin.store.facilities()
    assert (facility.name, facility.kind) == ("Clínica Uno", FacilityKind.CLINIC)


def test_a_mapping_that_changed_after_the_preview_asks_for_another(admin: Admin) -> None:
    token = admin.token()
    upload_id = admin.upload(token, SAMPLE.read_bytes())["id"]
    admin.run(token, upload_id, "preview", json={})
    assert admin("PUT", f"/uploads/{upload_id}/mapping", token=token, json={"defaults": {"country": "MX"}}).status_code == 200
    answer = admin("POST", f"/uploads/{upload_id}/commit", token=token)
    assert answer.status_code == 409
    assert "preview again" in answer.json()["detail"]


def test_a_mapping_of_another_type_or_form_is_refused(admin: Admin) -> None:
    token = admin.token()
    address = f"/uploads/{admin.upload(token, MAPPED)['id']}/mapping"
    for content, kind in (
        ("{", "application/json"),
        ('{"x": 1}', "application/json"),
        ("a", "text/csv"),
        ("[", "application/toml"),
    ):
        answer = admin("PUT", address, token=token, content=content, headers={"Content-Type": kind})
        assert answer.status_code == 400, (content, kind)
    assert not list((admin.folder / "uploads").rglob("*.toml"))


def test_a_file_that_cannot_be_read_fails_with_the_reason(admin: Admin) -> None:
    token = admin.token()
    upload_id = admin.upload(token, MAPPED)["id"]
    preview = admin.run(token, upload_id, "preview", json={})
    assert preview["state"] == "failed"
    assert "Sitio" in preview["problem"]
    assert preview["report"] is None
    assert admin("POST", f"/uploads/{upload_id}/commit", token=token).status_code == 409
    assert admin.trail()[-1] == ("load.preview", "failed")


def test_a_file_over_the_limit_leaves_nothing_behind(admin: Admin) -> None:
    token = admin.token()
    pieces = (b"x" * 50_000 for _ in range(5))  # without a Content-Length
    for content in (b"x" * (SMALL_LIMIT + 1), pieces):
        answer = admin("POST", "/uploads", token=token, content=content, headers={"X-File-Name": "a.csv"})
        assert answer.status_code == 413
    assert not list((admin.folder / "uploads").rglob("*.csv"))
    assert not list((admin.folder / "uploads").glob("*.part"))
    # Above the limit of every other call and below that of files.
    assert admin.upload(token, b"name,lat,lon\n" + b"Uno,32.5,-117\n" * 10_000)["size_bytes"] > 64 * 1024
    answer = admin("POST", "/keys", token=token, json={"name": "x" * 70_000, "scopes": ["loads:read"]})
    assert answer.status_code == 413


def test_a_stranger_cannot_fill_the_disk(admin: Admin) -> None:
    answer = admin("POST", "/uploads", token=admin.token(Scope.LOADS_READ), content=b"a,b\n", headers={"X-File-Name": "a.csv"})
    assert answer.status_code == 403
    assert not (admin.folder / "uploads").exists()


def test_an_empty_file_is_refused(admin: Admin) -> None:
    answer = admin("POST", "/uploads", token=admin.token(), content=b"", headers={"X-File-Name": "a.csv"})
    assert answer.status_code == 400
    assert "empty" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("unidades%20m%C3%A9dicas.csv", "unidades_médicas.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.xlsx", "a.xlsx"),
        (".htaccess", "htaccess"),
        ("%00%2F..", "upload"),
        ("x" * 250 + ".geojson", "x" * 92 + ".geojson"),
    ],
)
def test_a_file_name_is_made_safe_and_keeps_its_ending(admin: Admin, given_name: str, kept: str) -> None:
    upload = admin.upload(admin.token(), MAPPED, given_name)
    assert upload["file_name"] == kept
    assert (admin.folder / "uploads" / upload["id"] / "file" / kept).read_text() == MAPPED


@given(st.text(max_size=300))
def test_a_safe_name_is_a_name_within_its_folder(name: str) -> None:
    safe = safe_file_name(name)
    assert 0 < len(safe) <= 100
    assert Path("folder", safe).resolve().parent == Path("folder").resolve()
    assert safe.isprintable()
    assert safe_file_name(safe) == safe


def test_one_job_at_a_time_and_none_may_be_disturbed(admin: Admin) -> None:
    token = admin.token()
    first, second = (admin.upload(token, SAMPLE.read_bytes(), f"{name}.csv")["id"] for name in "ab")
    admin.desk.hold.clear()
    assert admin("POST", f"/uploads/{first}/preview", token=token, json={}).status_code == 202
    assert admin.desk.began.wait(10)
    assert admin("POST", f"/uploads/{second}/preview", token=token, json={}).json()["state"] == "queued"
    assert admin("GET", f"/uploads/{first}/preview", token=token).json()["state"] == "running"
    assert admin("GET", f"/uploads/{second}/preview", token=token).json()["state"] == "queued"
    for method, address in (
        ("POST", f"/uploads/{first}/preview"),
        ("PUT", f"/uploads/{first}/mapping"),
        ("DELETE", f"/uploads/{first}"),
        ("DELETE", f"/uploads/{second}"),
    ):
        answer = admin(method, address, token=token, **({} if method == "DELETE" else {"json": {}}))
        assert answer.status_code == 409, (method, address)
    admin.desk.hold.set()
    assert [admin.finished(token, f"/uploads/{each}/preview")["state"] for each in (first, second)] == ["done", "done"]


def test_a_restart_interrupts_a_commit_and_asking_again_does_it(tmp_path: Path) -> None:
    before = Admin(tmp_path)
    with before.client:
        token = before.token()
        upload_id = before.upload(token, SAMPLE.read_bytes())["id"]
        before.run(token, upload_id, "preview", json={})
        before.desk.hold.clear()
        before.desk.began.clear()
        before("POST", f"/uploads/{upload_id}/commit", token=token)
        assert before.desk.began.wait(10)
    after = Admin(tmp_path)
    with after.client:
        assert after("GET", f"/uploads/{upload_id}/commit", token=token).json()["state"] == "interrupted"
        assert after.store.count() == 0
        assert after.run(token, upload_id, "commit")["state"] == "done"
        assert after.store.count() == 25


def test_a_job_of_a_process_that_died_is_interrupted(admin: Admin) -> None:
    """Nobody was left to say so: its file still says running."""
    token = admin.token()
    upload_id = admin.upload(token, SAMPLE.read_bytes())["id"]
    admin.run(token, upload_id, "preview", json={})
    told = admin.folder / "uploads" / upload_id / "preview.json"
    told.write_text(told.read_text().replace('"state":"done"', '"state":"running"'))
    assert admin("GET", f"/uploads/{upload_id}/preview", token=token).json()["state"] == "interrupted"
    assert admin.run(token, upload_id, "preview", json={})["state"] == "done"


def test_uploads_go_after_a_week(admin: Admin) -> None:
    token = admin.token()
    old, young = (admin.upload(token, MAPPED)["id"] for _ in range(2))
    record = admin.folder / "uploads" / old / "upload.json"
    upload = msgspec.json.decode(record.read_bytes())
    upload["created_at"] = (datetime.now(UTC) - UPLOADS_KEPT - timedelta(minutes=1)).isoformat()
    record.write_bytes(msgspec.json.encode(upload))
    # Its time is over before anybody has swept.
    assert admin("GET", f"/uploads/{old}", token=token).status_code == 404
    assert [each["id"] for each in admin("GET", "/uploads", token=token).json()["uploads"]] == [young]
    admin.services.uploads.sweep()
    assert [folder.name for folder in (admin.folder / "uploads").glob("[0-9a-f]*")] == [young]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    st.builds(
        MappingBody,
        missing=st.lists(texts, max_size=3),
        days=st.none() | texts,
        columns=st.dictionaries(texts, texts | st.lists(texts, max_size=3), max_size=3),
        identifiers=st.dictionaries(texts, texts, max_size=3),
        kinds=st.dictionaries(texts, texts, max_size=3),
        defaults=st.dictionaries(texts, texts, max_size=3),
    )
)
def test_a_mapping_as_json_is_the_same_as_toml(body: MappingBody) -> None:
    assert tomllib.loads(mapping_toml(body)) == msgspec.to_builtins(body)


def test_a_question_is_decided_once(admin: Admin) -> None:
    token = admin.token()
    admin.doubts(token)
    assert admin.store.count() == 6
    waiting = admin("GET", "/review?limit=2", token=token).json()
    [first, second] = waiting["items"]
    assert waiting["count"] == 3
    assert (second["question"], second["name"], len(second["others"])) == ("same", "Dental Hipogrifo Centro", 1)
    assert admin("POST", f"/review/{second['id']}", token=token, json={"decision": "perhaps"}).status_code == 400
    assert admin("POST", f"/review/{second['id']}", token=token, json={"decision": "drop"}).status_code == 400
    decided = admin("POST", f"/review/{second['id']}", token=token, json={"decision": "same"}).json()
    assert (decided["decision"], decided["decided_by"], decided["note"]) == ("same", "test", None)
    assert admin.store.count() == 5
    joined = admin.published(second["others"][0])
    assert joined.identifiers == {"ours": "1", "theirs": "1"}
    history = admin("GET", f"/facilities/{joined.id}/history", token=token).json()["history"]
    assert [(said["source"], said["fields"]["name"]) for said in history] == [
        ("theirs", "Dental Hipogrifo Centro"),
        ("ours", "Clínica Dental Hipogrifo"),
    ]
    assert admin("POST", f"/review/{second['id']}", token=token, json={"decision": "same"}).status_code == 409
    assert admin("POST", f"/review/{first['id']}", token=token, json={"decision": "different"}).status_code == 200
    assert admin("POST", "/review/777", token=token, json={"decision": "same"}).status_code == 404
    [third] = admin("GET", "/review?limit=9", token=token).json()["items"]
    assert third["id"] not in (first["id"], second["id"])
    assert admin.trail()[-5:] == [
        ("review.decide", "refused: BadInput"),
        ("review.decide", "done: same"),
        ("review.decide", "refused: Conflict"),
        ("review.decide", "done: different"),
        ("review.decide", "refused: NotFound"),
    ]


def test_an_edit_says_which_fields_and_never_where(admin: Admin) -> None:
    token = admin.token()
    admin.load(token, SAMPLE.read_bytes(), "tj")
    facility = next(admin.store.facilities())
    address = f"/facilities/{facility.id}"
    assert admin("GET", f"{address}/history", token=token).json()["history"][0]["fields"]["name"] == facility.name
    body = {
        "lon_lat": {"lat": 32.123456, "lon": -116.123456},
        "website": None,
        "address": {"city": "Tecate", "country": "MX"},
        "phones": ["665 123 4567"],
    }
    answer = admin("PATCH", address, token=token, json=body)
    assert answer.status_code == 200, answer.text
    load = answer.json()
    assert (load["source"], load["changed"], load["note"]) == ("hand", 1, None)
    corrected = admin.published(facility.id)
    assert (corrected.lon_lat, corrected.address) == (LonLat(-116.123456, 32.123456), Address(city="Tecate", country="MX"))
    assert (corrected.phones, corrected.website) == (("+526651234567",), None)
    assert admin.trail()[-1] == ("facility.edit", "done: lon_lat, address, phones, website")
    assert "123456" not in admin("GET", "/audit", token=token).text
    said = admin("GET", f"{address}/history", token=token).json()["history"][0]
    assert (said["source"], said["load_id"], said["fields"]["phones"]) == ("hand", load["id"], ["+526651234567"])
    assert admin("POST", f"/loads/{load['id']}/undo", token=token).status_code == 200
    assert admin.published(facility.id) == facility
    assert admin("PATCH", address, token=token, json={}).status_code == 400
    assert admin("PATCH", address, token=token, json={"id": "other"}).status_code == 400
    assert admin("PATCH", "/facilities/none", token=token, json={"name": "x"}).status_code == 404
    assert admin("GET", "/facilities/none/history", token=token).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"website": "javascript:alert(1)"}, "website"),
        ({"phones": ["hello"]}, "phones"),
        ({"opening_hours": "whenever"}, "opening_hours"),
        ({"address": {"country": "XX"}}, "address.country"),
    ],
)
def test_a_correction_that_no_file_could_bring_is_refused(admin: Admin, changes: dict[str, Any], field: str) -> None:
    token = admin.token()
    admin.load(token, SAMPLE.read_bytes(), "tj")
    facility = next(admin.store.facilities())
    answer = admin("PATCH", f"/facilities/{facility.id}", token=token, json=changes)
    assert answer.status_code == 400
    assert f"“{field}”" in answer.json()["detail"]
    assert admin.published(facility.id) == facility


def no_room(*_: Any) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device", "/srv/secret")


def no_store(*_: Any) -> NoReturn:
    raise NotReady("The store does not answer.")


@pytest.mark.parametrize(("fail", "reason"), [(no_room, "No space left on device"), (no_store, "The store does not answer.")])
def test_what_is_stored_and_not_published_is_told(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, fail: Callable[..., NoReturn], reason: str
) -> None:
    token = admin.token()
    admin.load(token, doubtful("Clínica Dental {}", "Calle Fábula", 1000), "ours")
    upload_id = admin.upload(token, doubtful("Dental {} Centro", "Calle Fabula", 2000), "theirs.csv")["id"]
    admin.run(token, upload_id, "preview", json={})
    with monkeypatch.context() as failing:
        failing.setattr("finder.directory.publish", fail)
        commit = admin.run(token, upload_id, "commit")
        question = admin("GET", "/review", token=token).json()["items"][0]["id"]
        decided = admin("POST", f"/review/{question}", token=token, json={"decision": "same"})
        facility = next(admin.store.facilities())
        edited = admin("PATCH", f"/facilities/{facility.id}", token=token, json={"name": "Otra"})
        undone = admin("POST", "/loads/1/undo", token=token)
    assert (commit["state"], commit["report"]["load"]["added"]) == ("done", 3)
    assert (decided.json()["decision"], edited.json()["changed"]) == ("same", 1)
    assert undone.json()["undone_at"]
    for note in (commit["report"]["notes"][-1], *(answer.json()["note"] for answer in (decided, edited, undone))):
        assert note.startswith(NOT_PUBLISHED)
        assert reason in note
        assert "secret" not in note
    assert [outcome for _, outcome in admin.trail()[-4:]] == ["done", "done: same", "done: name", "done"]
    other = next(each for each in admin.store.facilities())
    edited = admin("PATCH", f"/facilities/{other.id}", token=token, json={"name": "Una"})
    assert edited.json()["note"] is None
    assert admin.published(other.id).name == "Una"


def test_a_commit_that_breaks_does_not_say_that_nothing_was_loaded(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> NoReturn:
        raise ZeroDivisionError

    token = admin.token()
    upload_id = admin.upload(token, SAMPLE.read_bytes())["id"]
    admin.run(token, upload_id, "preview", json={})
    monkeypatch.setattr("finder.directory.publish", broken)
    commit = admin.run(token, upload_id, "commit")
    assert commit["state"] == "failed"
    assert "GET /loads" in commit["problem"]
    assert admin("GET", "/loads", token=token).json()["loads"][0]["added"] == 25


def test_a_file_that_breaks_the_inspection_is_kept(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> NoReturn:
        raise ZeroDivisionError

    token = admin.token()
    for failing in (broken, no_room, no_store):
        monkeypatch.setattr(admin.desk, "inspect", failing)
        upload = admin.upload(token, SAMPLE.read_bytes())
        assert upload["inspection"] is None
        assert upload["problem"]
        assert "secret" not in upload["problem"]
        assert admin.trail()[-1] == ("load.upload", "done")
        monkeypatch.undo()
        assert admin("GET", f"/uploads/{upload['id']}", token=token).json()["problem"] is None


def test_an_upload_is_in_the_audit_log_before_anybody_looks_into_it(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    token = admin.token()
    seen: list[tuple[str, str]] = []

    def look(*_: Any) -> dict[str, Any]:
        seen.extend(admin.trail())
        return {}

    monkeypatch.setattr(admin.desk, "inspect", look)
    admin.upload(token, MAPPED)
    assert seen == [("load.upload", "done")]


def test_a_disk_that_is_nearly_full_takes_no_upload(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    token = admin.token()
    usage = shutil.disk_usage(admin.folder)
    free = 2 * SMALL_LIMIT
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))  # pyright: ignore[reportUnknownLambdaType]
    admin.upload(token, MAPPED)
    free -= 1
    answer = admin("POST", "/uploads", token=token, content=MAPPED, headers={"X-File-Name": "a.csv"})
    assert answer.status_code == 503
    assert "no room for uploads" in answer.json()["detail"]
    assert len(admin("GET", "/uploads", token=token).json()["uploads"]) == 1


def test_the_audit_log_is_read_in_pages(admin: Admin) -> None:
    token = admin.token()
    for _ in range(4):
        admin("POST", "/review/77", token=token, json={"decision": "same"})
    first = admin("GET", "/audit?limit=3", token=token).json()
    second = admin("GET", f"/audit?limit=3&before={first['next_before']}", token=token).json()
    assert [entry["action"] for entry in first["entries"] + second["entries"]] == ["review.decide"] * 4 + ["key.create"]
    assert second["next_before"] is None
    assert first["entries"][0]["actor"] == "test"
    assert second["entries"][-1]["actor"] == "cli:test"


def test_what_is_done_while_a_load_writes_is_in_the_audit_log_after_it(admin: Admin) -> None:
    token, other = admin.token(), admin.token()
    assert admin("GET", "/review", token=token).status_code == 200
    with admin.store.writing():  # SQLite has one writer at a time
        first = admin.upload(token, MAPPED)["id"]
        assert admin("GET", "/loads", token=other).status_code == 200  # though its day of use cannot be noted
    assert admin.trail() == []
    assert admin("DELETE", f"/uploads/{first}", token=token).status_code == 204
    assert admin.trail() == [("load.upload", "done"), ("load.discard", "done")]


def test_a_misspelt_query_is_refused(admin: Admin) -> None:
    token = admin.token()
    assert admin("GET", "/audit?limt=3", token=token).status_code == 400
    assert admin("POST", "/review/1?data=1", token=token, json={"decision": "same"}).status_code == 400
