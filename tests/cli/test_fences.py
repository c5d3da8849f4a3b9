"""``finder notices fences``: a file of fences goes live from the command line, or says what is wrong with it."""

import json
import re
import shutil
import sys
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from finder.cli import main
from finder.directory import publish
from finder.domain.admin import Action, Actor
from finder.domain.fence import Fence, Trial, Trigger, shape_sha256
from finder.domain.load import Load
from finder.domain.tenant import Tenant
from finder.domain.visit import NoticeLogEntry, Outcome
from finder.notices.fences import desk
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.audit import AuditLog
from finder.store.fence_tables import FENCE
from finder.store.notice_log import add_log
from finder.store.personal import open_personal_engine
from finder.store.tenants import TenantStore
from tests.api.test_admin_fences import CLINICS, FENCES_CSV
from tests.facilities import stored

NOW = datetime.now(UTC)
MEXICO, SEATTLE = CLINICS["mexico"].id, CLINICS["seattle"].id


class Finder:
    """``finder notices fences …`` over a data folder with a tenant that runs three facilities."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.url = f"sqlite:///{data_dir / 'finder.sqlite'}"

    def __call__(self, *arguments: str, exit_code: int = 0) -> str:
        environment = {"FINDER_DATA_DIR": str(self.data_dir), "COLUMNS": "200"}
        result: Result = CliRunner().invoke(main, ["notices", "fences", *arguments], env=environment)
        assert result.exit_code == exit_code, result.output
        return result.output

    def file(self, content: str, name: str = "fences.csv") -> str:
        path = self.data_dir / name
        path.write_text(content, encoding="utf-8")
        return str(path)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    url = f"sqlite:///{folder / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
        stored(store, list(CLINICS.values()), Load(source="t", file_name="t", started_at=NOW))
        publish(store, folder / "snapshots", [])
    with TenantStore.open(url) as tenants:
        facilities = tuple(clinic.id for clinic in CLINICS.values())
        tenants.add(Tenant(id="norte", name="Clínicas del Norte", created_at=NOW, facilities=facilities), Actor("cli:test"))
    return folder


@pytest.fixture
def finder(published: Path, tmp_path: Path) -> Finder:
    return Finder(shutil.copytree(published, tmp_path / "data", symlinks=True))


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A trial that takes no time, with its shares of false and of missed ones."""
    says = [0.0, 0.0]

    def tried(of: Fence, *, at: datetime, runs: int = 200) -> Trial:
        return Trial(at=at, runs=runs, false_share=says[0], missed_share=says[1], shape_sha256=shape_sha256(of))

    monkeypatch.setattr(desk, "tried", tried)
    return says


@pytest.mark.usefixtures("trial")
def test_a_file_goes_live_and_ends(finder: Finder, tmp_path: Path) -> None:
    file = finder.file(FENCES_CSV.replace("FACILITY", MEXICO))
    assert "2 fences would be entered: 2 new, 0 changed, 0 unchanged" in finder("import", file, "--tenant", "norte", "--dry-run")
    misspelt = finder.file(FENCES_CSV.replace("FACILITY", MEXICO).replace("expires_on", "expires"), "misspelt.csv")
    assert "not read: campaign, expires" in finder("import", misspelt, "--tenant", "norte", "--dry-run")
    assert "finder notices fences import" in finder("list")
    assert "finder notices fences activate norte-main" in finder("import", file, "--tenant", "norte")
    listed = finder("list", "--tenant", "norte", "--status", "draft")
    assert re.search(r"norte-main .*circle, 150 m +enter, dwell 10 min +draft until 2099-12-31 +none", listed)
    shown = json.loads(finder("show", "norte-main"))
    assert shown["judgement"]["rows"] == ["mx-own-notices"]
    assert shown["extras"] == {"campaign": "autumn"}
    svg = tmp_path / "visit.svg"
    assert "0.00%" in finder("try", "norte-main", "--picture", str(svg))
    assert ET.parse(svg).getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own
    assert "active, by mx-own-notices" in finder("activate", "norte-main")
    assert "false in 0.00%" in finder("list", "--status", "active")
    assert "has ended" in finder("end", "norte-main")
    assert "No such fence" in finder("list", "--status", "active")
    with AuditLog.open(finder.url) as log:
        entries = [(entry.action, entry.subject) for entry in log.page() if entry.action.startswith("fence.")]
    assert entries == [
        (Action.FENCE_END, "fence norte-main"),
        (Action.FENCE_ACTIVATE, "fence norte-main"),
        (Action.FENCE_SAVE, "fence norte-side"),
        (Action.FENCE_SAVE, "fence norte-main"),
    ]


def test_an_import_says_what_it_changes(finder: Finder) -> None:
    content = FENCES_CSV.replace("FACILITY", MEXICO)
    assert "2 fences entered: 2 new, 0 changed, 0 unchanged" in finder("import", finder.file(content), "--tenant", "norte")
    changed = finder.file(content.replace(",150,", ",160,"))
    assert "0 new, 1 changed, 1 unchanged" in finder("import", changed, "--tenant", "norte", "--dry-run")
    assert "0 new, 1 changed, 1 unchanged" in finder("import", changed, "--tenant", "norte")
    finder("end", "norte-side")
    assert "0 new, 1 changed, 1 unchanged" in finder("import", changed, "--tenant", "norte"), "one that had ended is a draft anew"


def test_who_stops_an_import_hears_how_to_see_what_was_entered(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Fence] = []

    def ruled(of: Fence, *_: object, **__: object) -> None:
        asked.append(of)
        raise KeyboardInterrupt

    monkeypatch.setattr(desk, "ruled", ruled)
    file = finder.file(FENCES_CSV.replace("FACILITY", MEXICO))
    assert "fences.csv: stopped. All or nothing is entered" in finder("import", file, "--tenant", "norte", exit_code=1)
    assert asked
    assert "No such fence" in finder("list")


def test_all_drafts_of_a_tenant_go_live_and_several_end(finder: Finder, trial: list[float]) -> None:
    finder("import", finder.file(FENCES_CSV.replace("FACILITY", MEXICO)), "--tenant", "norte")
    for wrong in (("--all",), ("--tenant", "norte"), (), ("norte-main", "--tenant", "norte", "--all")):
        assert "--tenant ID --all" in finder("activate", *wrong, exit_code=2)
    trial[0] = 0.015
    strict, lenient = FENCES_CSV.replace("FACILITY", MEXICO).splitlines()[1:]
    header = FENCES_CSV.splitlines()[0] + ",false_event_limit"
    finder("import", finder.file("\n".join([header, f"{strict},", f"{lenient},0.02"])), "--tenant", "norte")
    told = finder("activate", "--tenant", "norte", "--all", exit_code=1).splitlines()
    assert told[0].startswith("norte-main: Fence norte-main cannot be activated: in 1.50%")
    assert told[1] == "Fence norte-side “Puerta del jardín” is active, by mx-own-notices of the law."
    assert told[2] == "1 of 2 done, 1 refused."
    finder("import", finder.file("\n".join([header, f"{strict},0.02"])), "--tenant", "norte")
    assert "norte-side" not in finder("activate", "--tenant", "norte", "--all"), "only drafts"
    assert finder("activate", "--tenant", "norte", "--all") == "Tenant norte has no drafts.\n"
    assert "no tenant este" in finder("activate", "--tenant", "este", "--all", exit_code=1)
    assert finder("list", "--status", "active").count("norte-") == 2
    told = finder("end", "norte-main", "none", "norte-side", exit_code=1)
    assert told.count("has ended") == 2
    assert "There is no fence none" in told
    assert "No such fence" in finder("list", "--status", "active")


def test_what_is_wrong_with_a_file_is_listed_and_nothing_is_entered(finder: Finder) -> None:
    good = FENCES_CSV.replace("FACILITY", MEXICO)
    told = finder("import", finder.file(good.replace(",150,", ",far,")), "--tenant", "norte", exit_code=1)
    assert "radius_m" in told
    assert "nothing was entered" in told
    unlawful = FENCES_CSV.replace("FACILITY", SEATTLE).replace("19.41,-99.17", "47.61,-122.33")
    told = finder("import", finder.file(unlawful), "--tenant", "norte", "--dry-run", exit_code=1)
    assert "RCW 19.373" in told
    assert "list the tenants" in finder("import", finder.file(good), "--tenant", "este", exit_code=1)
    assert "names none of the columns" in finder("import", finder.file("a,b\n1,2\n"), "--tenant", "norte", exit_code=1)
    misspelt = finder.file(good.replace(",radius_m,", ",radius,"))
    assert "not read: campaign, radius. Is one of them misspelt?" in finder("import", misspelt, "--tenant", "norte", exit_code=1)
    assert "No such fence" in finder("list")
    assert "list the fences" in finder("activate", "norte-main", exit_code=1)


def test_a_fence_that_cannot_work_is_said_to(finder: Finder, trial: list[float]) -> None:
    finder("import", finder.file(FENCES_CSV.replace("FACILITY", MEXICO)), "--tenant", "norte")
    trial[:] = 0.0, 0.5
    assert "miss many visits" in finder("try", "norte-main")
    trial[:] = 0.0, 0.51
    assert "tell almost nobody" in finder("try", "norte-main", exit_code=3)
    trial[:] = 0.02, 0.0
    told = finder("try", "norte-main", exit_code=3)
    assert "cannot be activated" in told
    assert "miss many" not in told
    assert "its limit is 1.00%" in finder("activate", "norte-main", exit_code=1)
    assert "active" not in finder("list")


def test_what_people_will_see(finder: Finder) -> None:
    finder("import", finder.file(FENCES_CSV.replace("FACILITY", MEXICO)), "--tenant", "norte")
    told = finder("preview", "norte-main", "--at", "2026-11-23T15:00")
    assert "en: from Clínicas del Norte" in told
    assert "Welcome to Clínica Mexico: bring your card to floor 2." in told
    assert "Pase a la ventanilla 3 si aún espera." in told
    assert "windows are open" in told
    assert "windows are closed" in finder("preview", "norte-main", "--at", "2026-11-22T15:00")  # a Sunday
    assert "state the floor" not in told


def test_of_a_zone_it_is_said_that_an_app_has_to_state_the_floor(finder: Finder) -> None:
    head = "id,facility,name,wkt,level,triggers,text_en,text_es"
    wkt = "POLYGON ((-99.1705 19.4095, -99.1695 19.4095, -99.1695 19.4105, -99.1705 19.4105, -99.1705 19.4095))"
    rows = [f'lab,{MEXICO},Lab,"{wkt}",2,enter,Hello,Hola', f'way,{MEXICO},On the way,"{wkt}",2,approach,Hello,Hola']
    said = "A phone's browser does not state the floor: people are told by an app that does."
    told = finder("import", finder.file("\n".join([head, *rows])), "--tenant", "norte")
    assert f"Of them 1 on one floor. {said}" in told
    assert f"It is a zone on one floor. {said}" in finder("preview", "lab")
    assert said not in finder("preview", "way")


class LateInTheDay(datetime):
    """A clock that stands still shortly before midnight (UTC)."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "LateInTheDay":
        return cls(2026, 11, 24, 23, 59, tzinfo=tz)


def test_why_notices_were_told_or_not(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["finder.cli.fences"], "datetime", LateInTheDay)
    assert "Nothing was noticed" in finder("log")
    entry = NoticeLogEntry(
        day=date(2026, 11, 22),
        tenant="norte",
        fence_id="norte-main",
        trigger=Trigger.WRONG_ENTRANCE,
        outcome=Outcome.HELD,
        reason="quiet_hours",
        count=1234,
    )
    today = msgspec.structs.replace(entry, day=date(2026, 11, 24), reason="cap", count=5678)
    engine = open_personal_engine(finder.url)
    with short_write(engine) as connection:
        add_log(connection, [entry, today])
    engine.dispose()
    told = finder("log", "norte-main", "--tenant", "norte")
    assert re.search(r"norte-main +wrong entrance +held +quiet hours +1,234", told)
    assert "5,678" not in told
    assert "A day shows once it is over" in told
    assert "Nothing was noticed" in finder("log", "norte-main", "--days", "1")
    assert "Nothing was noticed" in finder("log", "--tenant", "sur")


def test_the_law_is_asked_again(finder: Finder) -> None:
    finder("import", finder.file(FENCES_CSV.replace("FACILITY", MEXICO)), "--tenant", "norte")
    assert "2 fences lawful, 0 refused" in finder("judge")
    with TenantStore.open(finder.url) as tenants:
        tenants.take([MEXICO], Actor("cli:test"))
    told = finder("judge", exit_code=1)
    assert "0 fences lawful, 2 refused" in told
    assert "does not run this facility" in told


@pytest.mark.usefixtures("trial")
def test_a_damaged_fence_is_told_of_and_ended(finder: Finder) -> None:
    finder("import", finder.file(FENCES_CSV.replace("FACILITY", MEXICO)), "--tenant", "norte")
    finder("activate", "norte-main")
    engine = open_personal_engine(finder.url)
    with short_write(engine) as connection:
        connection.execute(update(FENCE).where(FENCE.c.id == "norte-main").values(doc=["of another release"]))
    engine.dispose()
    listed = finder("list")
    assert re.search(r"Fence norte-main is damaged.* Enter it again, or end it\.", listed)
    assert "norte-side" in listed
    assert "No such fence" not in finder("list", "--status", "active")
    assert "Enter it again, or end it" in finder("show", "norte-main", exit_code=1)
    judged = finder("judge", exit_code=1)
    assert "norte-main: Fence norte-main is damaged" in judged
    assert "1 fence lawful, 1 refused" in judged
    assert finder("end", "norte-main") == "Fence norte-main has ended.\n"
    assert "Fence norte-main has ended; it cannot be read." in finder("list")
    assert "1 fence lawful, 0 refused" in finder("judge")
