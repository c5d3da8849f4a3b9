"""``finder sweep`` as an operator uses it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from finder.cli import main
from finder.http.web_log import Visit, WebLog
from finder.privacy.retention import KINDS
from finder.store import Store
from finder.store.admin_tables import AUDIT
from finder.store.engine import open_engine

OLD = datetime(2020, 1, 1, tzinfo=UTC)


def run(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["sweep", *arguments], env={"FINDER_DATA_DIR": str(data_dir), "COLUMNS": "200"})


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
    engine = open_engine(url)
    with engine.begin() as connection:
        entry = {"at": OLD, "actor": "a", "action": "load", "subject": "s", "outcome": "done"}
        connection.execute(insert(AUDIT), [entry] * 12_345)
    engine.dispose()
    log = WebLog(tmp_path / "logs")
    log.write(Visit(time="", method="GET", route="/", status=200, ms=1), OLD)
    log.close()
    return tmp_path


def removed(result: Result) -> dict[str, str]:
    """By kind, what stands in the last column."""
    assert result.exit_code == 0, result.output
    return {line.split()[0]: line.split()[-1] for line in result.output.splitlines() if line.strip()}


def test_it_says_what_would_go_then_what_went_then_that_nothing_is_left(data_dir: Path) -> None:
    nothing = {kind.id: "0" if kind.is_swept else "-" for kind in KINDS}
    over = {**nothing, "admin-audit": "12,345", "web-log": "1"}
    for arguments, expected in ((["--dry-run"], over), ([], over), ([], nothing)):
        told = removed(run(data_dir, *arguments))
        assert {name: told[name] for name in nothing} == expected


def test_before_anything_was_loaded_there_is_nothing(tmp_path: Path) -> None:
    assert removed(run(tmp_path / "data"))["consents"] == "0"


def test_what_could_not_be_swept_is_said_and_the_exit_code_tells(data_dir: Path) -> None:
    with Store.open(f"sqlite:///{data_dir / 'finder.sqlite'}") as store, store.writing():
        result = run(data_dir)
    assert result.exit_code == 1
    assert "12,345" not in result.output
    assert "0, not done" in result.output
    assert "try again" in result.output


def test_a_rehearsal_makes_no_store(tmp_path: Path) -> None:
    result = run(tmp_path / "mistyped", "--dry-run")
    assert (result.exit_code, "There is no store" in result.output) == (1, True)
    assert not (tmp_path / "mistyped").exists()
