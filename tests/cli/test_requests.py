"""``finder requests``: letters with their deadlines, done from the command line; the audit log names nobody."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from finder.cli.requests import requests
from finder.domain.consent import Purpose, Via
from finder.privacy.desk import ConsentDesk
from finder.privacy.places import PlaceSaid
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import Person, new_person
from finder.store import Store
from finder.store.audit import AuditLog
from finder.store.consents import ConsentLedger

TODAY = datetime.now(UTC).date()


class Finder:
    """``finder requests …`` over a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.url = f"sqlite:///{data_dir / 'finder.sqlite'}"

    def __call__(self, *arguments: str, fails: bool = False, typed: str | None = None) -> Result:
        environment = {"FINDER_DATA_DIR": str(self.data_dir), "COLUMNS": "200"}
        result = CliRunner().invoke(requests, arguments, env=environment, input=typed)
        assert (result.exit_code != 0) is fails, result.output
        return result

    def added(self, kind: str = "access", *more: str, law: str = "mx", typed: str | None = None) -> str:
        told = self("add", "--kind", kind, "--law", law, "--reference", "2026/114", *more, typed=typed).output
        [number] = re.findall(r"Request (\d+) is to be answered by", told)
        return number

    def person(self) -> Person:
        """Who agreed to something and saved a place."""
        made = new_person()
        with Store.open(self.url) as store:
            store.migrate()
        revisions = self.data_dir / "consents.revisions"
        with ConsentLedger.open(self.url, revisions) as ledger, RightsDesk.open(self.url, ConsentDesk(ledger)) as rights:
            ConsentDesk(ledger).say_yes(made.subject, Purpose.SEARCH, version=CURRENT_POLICY, language="en", via=Via.WEB)
            rights.save_place(made, PlaceSaid(name="Casa", label=None, lat=32.5, lon=-117.0, accuracy_m=5.0))
        return made


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    (tmp_path / "data").mkdir()
    with Store.open(f"sqlite:///{tmp_path / 'data' / 'finder.sqlite'}") as store:
        store.migrate()
    return Finder(tmp_path / "data")


def test_what_is_due_first_comes_first_and_what_is_overdue_is_red(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No request waits" in finder("list").output
    finder.added("access", law="us-ca")
    overdue = finder.added("access", "--again", "--received", f"{TODAY - timedelta(days=40)}", law="eu")
    console = Console(record=True, width=200, force_terminal=True, color_system="standard")
    monkeypatch.setattr(sys.modules["finder.cli.requests"], "OUT", console)  # the package has the command under that name
    finder("list")
    lines = console.export_text(styles=True).splitlines()[1:]
    assert "overdue" in lines[0]
    assert re.search(r"\x1b\[1;31m", lines[0])
    assert "waits" in lines[1]
    assert "31m" not in lines[1]
    finder("answer", overdue, "done")
    assert "It was overdue" in console.export_text(clear=False)
    finder("list", "--all")
    assert "done" in console.export_text().splitlines()[-1]


def test_access_and_cancellation_are_done_for_whom_the_letter_is_about(finder: Finder, tmp_path: Path) -> None:
    person = finder.person()
    access = finder.added("access", "--subject", person.subject)
    held = json.loads(finder("export", access).stdout)
    assert (held["subject"], held["saved_places"]["rows"][0]["name"]) == (person.subject, None)
    file = tmp_path / "export.json"
    told = finder("export", access, "--key", "-o", str(file), typed=f"{person.token}\n").output
    assert person.token not in told.replace(f"The person's key: {person.token}", "")
    assert json.loads(file.read_bytes())["saved_places"]["rows"][0]["name"] == "Casa"
    assert file.stat().st_mode & 0o777 == 0o600
    cancellation = finder.added("cancellation", "--key", typed=f"{person.token}\n")
    finder("erase", cancellation, fails=True, typed="n\n")
    erased = finder("erase", cancellation, "--yes").output
    assert "Erased: 4 rows" in erased
    assert re.search(r"^ey\S+\.\S+\.\S+$", erased, re.MULTILINE)
    assert "done" in finder("answer", cancellation, "done").output
    with AuditLog.open(finder.url) as log:
        entries = log.page()[::-1]
    actions = ["request.add", "request.export", "request.export", "request.add", "request.erase", "request.answer"]
    assert [entry.action for entry in entries] == actions
    assert not any(person.subject in f"{entry}" or person.token in f"{entry}" for entry in entries)


def test_an_export_is_written_over_nothing(finder: Finder, tmp_path: Path) -> None:
    """What is there may be read by others, also later by whoever has it open, or lead elsewhere."""
    access = finder.added("access", "--subject", finder.person().subject)
    there, link = tmp_path / "there.json", tmp_path / "link.json"
    there.write_text("of somebody")
    link.symlink_to(tmp_path / "elsewhere.json")
    for file in (there, link):
        assert "File exists" in finder("export", access, "-o", str(file), fails=True).output
    assert there.read_text() == "of somebody"
    assert not (tmp_path / "elsewhere.json").exists()


def test_opposition(finder: Finder) -> None:
    person = finder.person()
    request = finder.added("opposition", "--subject", person.subject)
    assert "Taken back: search" in finder("oppose", request, "--purpose", "search", "--purpose", "notices").output
    assert "none of it" in finder("oppose", request, "--purpose", "search").output


def test_what_cannot_be_done_is_said(finder: Finder) -> None:
    assert "file number" in finder("add", "--kind", "access", "--law", "mx", "--reference", "Ana", fails=True).output
    assert "finder requests list" in finder("export", "7", fails=True).output
    access = finder.added()
    assert "not known whose" in finder("export", access, fails=True).output
    assert "not of cancellation" in finder("erase", access, "--yes", fails=True).output
    assert "not both" in finder("export", access, "--key", "--subject", "0" * 64, fails=True).output
    finder("answer", access, "withdrawn")
    assert "already" in finder("answer", access, "done", fails=True).output


def test_of_whom_nothing_is_held_nothing_is_erased(finder: Finder) -> None:
    finder.person()
    cancellation = finder.added("cancellation")
    told = finder("erase", cancellation, "--yes", "--subject", "0" * 64, fails=True).output
    assert "nothing-held" in told
    assert "receipt" not in told
    known = finder.added("cancellation", "--subject", "0" * 64, "--again")  # the request itself is nothing that is held
    assert "nothing-held" in finder("erase", known, "--yes", fails=True).output


def test_a_letter_is_entered_twice_only_on_purpose_and_not_of_another_century(finder: Finder) -> None:
    finder.added("access")
    same = ("add", "--kind", "access", "--law", "mx", "--reference", "2026/114")
    assert "say again" in finder(*same, fails=True).output
    finder(*same, "--again")
    finder.added("cancellation")  # one letter may ask for several things
    assert "before 2000" in finder(*same, "--again", "--received", "1999-12-31", fails=True).output


def test_listing_makes_no_store(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "mistyped", tmp_path / "empty"):
        assert "There is no store" in Finder(folder)("list", fails=True).output
    assert not (tmp_path / "mistyped").exists()
    assert not list((tmp_path / "empty").iterdir())
