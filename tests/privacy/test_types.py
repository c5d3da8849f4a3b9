"""The type checker refuses what the law does: an exact position without a consent, or with one to something else."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, without

HEAD = """
from datetime import UTC, date, datetime

from finder.directions.estimate import TravelMode
from finder.directory import Search
from finder.directory.way_there import WayRequest
from finder.domain.consent import ForAnalytics, ForDirections, ForNotices, ForPurpose, ForSearch, Subject
from finder.domain.position import Position, PositionFor
from finder.locate.device import DeviceFix
from finder.locate.saved import SavedPlace
from finder.privacy.desk import ConsentDesk
from finder.privacy.grants import Grant, once


def search_near(position: PositionFor[ForSearch]) -> None: ...
def the_way_from(position: PositionFor[ForDirections]) -> WayRequest:
    return WayRequest(facility_id="f", position=position, mode=TravelMode.FOOT, leaves_at=datetime.now(UTC))
def send_notices(grant: Grant[ForNotices]) -> None: ...
def show(position: Position) -> None: ...


fix = DeviceFix(lat=32.5, lon=-117.0, accuracy_m=9.0)
version = date(2026, 11, 1)


def lines(desk: ConsentDesk, subject: Subject, home: SavedPlace) -> None:
"""

LAWFUL = {
    "from_a_saved_place": "search_near(home.precise(desk.grant(ForSearch, subject)))",
    "from_about_a_saved_place": "search_near(home.blurred())",
    "agreed_in_the_request": "search_near(fix.precise(once(ForSearch, version)))",
    "agreed_in_the_ledger": "search_near(fix.precise(desk.grant(ForSearch, subject)))",
    "a_search": "Search(position=fix.precise(desk.grant(ForSearch, subject)))",
    "a_blurred_search": "Search(position=fix.blurred())",
    "a_search_near_what_was_stated": (
        "from finder.locate.position import stated_position\n"
        "    from finder.geo.points import LonLat\n    Search(position=stated_position(LonLat(-117.0, 32.5)))"
    ),
    "directions": "the_way_from(fix.precise(desk.grant(ForDirections, subject)))",
    "directions_agreed_in_the_request": "the_way_from(fix.precise(once(ForDirections, version)))",
    "blurred_directions": "the_way_from(fix.blurred())",
    "shown": "show(fix.precise(desk.grant(ForDirections, subject)))",
    "blurred_needs_no_grant": "search_near(fix.blurred())",
    "blurred_fits_every_purpose": "position: PositionFor[ForNotices] = fix.blurred(); show(position)",
    "notices": "send_notices(desk.grant(ForNotices, subject))",
}

UNLAWFUL = {
    "a_saved_place_without_a_grant": ("home.precise()", "reportCallIssue"),
    "a_saved_place_for_another_purpose": ("search_near(home.precise(desk.grant(ForDirections, subject)))", "reportArgumentType"),
    "reading_the_saved_place": ("print(home._opened())", "reportPrivateUsage"),
    "no_grant": ("fix.precise()", "reportCallIssue"),
    "none_for_a_grant": ("fix.precise(None)", "reportArgumentType"),
    "a_version_for_a_grant": ("fix.precise(version)", "reportArgumentType"),
    "a_purpose_for_a_grant": ("fix.precise(ForSearch)", "reportArgumentType"),
    "a_purpose_without_positions": ("fix.precise(once(ForAnalytics, version))", "reportArgumentType"),
    "a_purpose_that_is_not_named": (
        "def any_of(kind: type[ForPurpose]) -> None: fix.precise(once(kind, version))\n    any_of(ForSearch)",
        "reportArgumentType",
    ),
    "a_position_for_another_purpose": ("search_near(fix.precise(desk.grant(ForDirections, subject)))", "reportArgumentType"),
    "a_position_for_either_purpose": (
        "search_near(fix.precise(desk.grant(ForSearch if subject else ForDirections, subject)))",
        "reportArgumentType",
    ),
    "directions_with_a_search_grant": ("the_way_from(fix.precise(desk.grant(ForSearch, subject)))", "reportArgumentType"),
    "a_way_with_a_search_grant": (
        "WayRequest(facility_id='f', position=fix.precise(once(ForSearch, version)), mode=TravelMode.FOOT,"
        " leaves_at=datetime.now(UTC))",
        "reportArgumentType",
    ),
    "a_search_with_a_grant_for_directions": (
        "Search(position=fix.precise(desk.grant(ForDirections, subject)))",
        "reportArgumentType",
    ),
    "a_search_with_a_grant_for_notices": ("Search(position=fix.precise(once(ForNotices, version)))", "reportArgumentType"),
    "a_grant_for_another_purpose": ("send_notices(desk.grant(ForSearch, subject))", "reportArgumentType"),
    "a_position_of_unknown_purpose": (
        "def any_of(position: Position) -> None: search_near(position)\n    any_of(fix.blurred())",
        "reportArgumentType",
    ),
    "reading_the_fix": ("print(fix._lon_lat)", "reportPrivateUsage"),
    "constructing_a_grant": ("Grant()", "reportCallIssue"),
    "constructing_a_grant_with_some_key": ("Grant(object(), ForSearch)", "reportArgumentType"),
    "stealing_the_key": ("from finder.privacy.grants import _KEY\n    Grant(_KEY, ForSearch)", "reportPrivateUsage"),
    "stealing_the_maker": ("from finder.privacy.grants import _granted\n    _granted(ForSearch)", "reportPrivateUsage"),
    "a_grant_that_is_a_subclass": ("class Mine(Grant[ForSearch]): ...\n    print(Mine)", "reportGeneralTypeIssues"),
    "turning_a_grant_into_another": ("desk.grant(ForSearch, subject).purpose = ForDirections", "reportAttributeAccessIssue"),
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """By the name of a snippet: the rules that the checker says it breaks. One run for all, with the project's settings."""
    checker = Path(sys.executable).parent / "basedpyright"
    if not checker.exists():
        without("needs basedpyright (make setup)")
    folder = tmp_path_factory.mktemp("snippets")
    for name, line in LAWFUL.items() | {(name, line) for name, (line, _) in UNLAWFUL.items()}:
        (folder / f"{name}.py").write_text(f"{HEAD}    {line}\n")
    environment = Path(sys.prefix)
    settings = {
        "include": ["."],
        "pythonVersion": "3.12",
        "typeCheckingMode": "strict",
        "venvPath": str(environment.parent),
        "venv": environment.name,
        "extraPaths": [str(REPOSITORY)],
        # What a snippet imports for the others.
        "reportUnusedImport": False,
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    done = subprocess.run([str(checker), "--outputjson", "--project", str(folder)], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(LAWFUL) + len(UNLAWFUL)
    found: dict[str, list[str]] = {name: [] for name in (*LAWFUL, *UNLAWFUL)}
    for finding in report["generalDiagnostics"]:
        found[Path(finding["file"]).stem].append(finding.get("rule", finding["message"]))
    return found


@pytest.mark.parametrize("name", LAWFUL)
def test_the_lawful_passes(findings: dict[str, list[str]], name: str) -> None:
    assert findings[name] == []


@pytest.mark.parametrize("name", UNLAWFUL)
def test_the_unlawful_is_an_error(findings: dict[str, list[str]], name: str) -> None:
    assert findings[name] == [UNLAWFUL[name][1]]


def test_the_project_checks_itself_as_strictly() -> None:
    assert re.search(r'typeCheckingMode = "strict"', (REPOSITORY / "pyproject.toml").read_text())
