"""The admin API: files from upload to commit, review, corrections and the audit log."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.api.admin.mapping_text import MappingBody, mapping_toml
from finder.api.admin.shelf import UPLOADS_KEPT, safe_file_name
from finder.domain.admin import Scope
from finder.domain.facility import Address, FacilityKind
from finder.geo.points import LonLat
from tests.api.admin_app import MAPPED, SAMPLE, SMALL_LIMIT, Admin


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
    assert (preview["state"], preview["report"]["added"]) == ("done", 25)
    assert admin.store.count() == 0
    commit = admin.run(token, upload["id"], "commit")
    assert (commit["state"], commit["report"]["added"]) == ("done", 25)
    assert admin.store.count() == 25
    ledger = admin("GET", "/loads", token=token).json()
    assert [(load["source"], load["file_name"], load["added"]) for load in ledger["loads"]] == [("tj", "tijuana.csv", 25)]
    [load] = ledger["loads"]
    assert admin("GET", f"/loads/{load['id']}", token=token).json() == load
    assert admin("POST", f"/loads/{load['id']}/undo", token=token).json()["undone_at"]
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
    assert admin.run(token, upload["id"], "preview", json={})["report"]["added"] == 1
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
    waiting = admin("GET", "/review?limit=2", token=token).json()
    assert (waiting["count"], [item["id"] for item in waiting["items"]]) == (3, [1, 2])
    assert admin("POST", "/review/2", token=token, json={"decision": "perhaps"}).status_code == 400
    decided = admin("POST", "/review/2", token=token, json={"decision": "different"}).json()
    assert (decided["decision"], decided["decided_by"]) == ("different", "test")
    assert admin("POST", "/review/2", token=token, json={"decision": "same"}).status_code == 404
    assert [item["id"] for item in admin("GET", "/review?limit=9&offset=1", token=token).json()["items"]] == [3]
    assert admin.trail() == [("review.decide", "done: different"), ("review.decide", "refused: NotFound")]


def test_an_edit_says_which_fields_and_never_where(admin: Admin) -> None:
    token = admin.token()
    upload_id = admin.upload(token, SAMPLE.read_bytes())["id"]
    admin.run(token, upload_id, "preview", json={})
    admin.run(token, upload_id, "commit")
    facility = next(admin.store.facilities())
    address = f"/facilities/{facility.id}"
    assert admin("GET", f"{address}/history", token=token).json()["history"][0]["fields"]["name"] == facility.name
    body = {"lon_lat": {"lat": 32.123456, "lon": -117.123456}, "website": None, "address": {"city": "Tecate"}, "phones": ["1"]}
    assert admin("PATCH", address, token=token, json=body).status_code == 200
    changes = {"lon_lat": LonLat(-117.123456, 32.123456), "address": Address(city="Tecate"), "phones": ("1",), "website": None}
    assert admin.desk.edits == [(facility.id, changes)]
    assert admin.trail()[-1] == ("facility.edit", "done: lon_lat, address, phones, website")
    assert "123456" not in admin("GET", "/audit", token=token).text
    assert admin("PATCH", address, token=token, json={}).status_code == 400
    assert admin("PATCH", address, token=token, json={"id": "other"}).status_code == 400
    assert admin("PATCH", "/facilities/none", token=token, json={"name": "x"}).status_code == 404


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
        assert admin("POST", "/review/1", token=token, json={"decision": "same"}).status_code == 200
        assert admin("GET", "/loads", token=other).status_code == 200  # though its day of use cannot be noted
    assert admin("POST", "/review/2", token=token, json={"decision": "different"}).status_code == 200
    assert admin.trail() == [("review.decide", "done: same"), ("review.decide", "done: different")]


def test_a_misspelt_query_is_refused(admin: Admin) -> None:
    token = admin.token()
    assert admin("GET", "/audit?limt=3", token=token).status_code == 400
    assert admin("POST", "/review/1?data=1", token=token, json={"decision": "same"}).status_code == 400
