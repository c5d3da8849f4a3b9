"""What an admin runs from cron is the same code as ``finder load``."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from finder.domain.practitioner import Practitioner, Role
from finder.store import Store

REPOSITORY = Path(__file__).parents[2]


def test_the_script_loads_a_file(tmp_path: Path) -> None:
    path = Path(shutil.copy(REPOSITORY / "data" / "facilities" / "tijuana.csv", tmp_path))
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "load_facilities.py", path],
        env={**os.environ, "FINDER_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "25 rows read" in done.stdout
    with Store.open(f"sqlite:///{tmp_path / 'data' / 'finder.sqlite'}") as store:
        assert store.count() == 25


def test_doctors_by_their_script_and_a_report_for_programs(tmp_path: Path) -> None:
    path = Path(shutil.copy(REPOSITORY / "data" / "facilities" / "tijuana_doctors.csv", tmp_path))
    report = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "load_practitioners.py", path, "--report", report],
        env={**os.environ, "FINDER_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "320 people and places of work read" in done.stdout
    assert "Note: 183 places of work name a facility that is not known (first: " in done.stdout
    assert json.loads(report.read_text("utf-8"))["load"]["added"] == 320  # 137 doctors and their 183 roles
    with Store.open(f"sqlite:///{tmp_path / 'data' / 'finder.sqlite'}") as store:
        assert (store.count(Practitioner), store.count(Role)) == (137, 183)


def test_a_script_that_cannot_load_says_so_by_its_exit_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "load_facilities.py", tmp_path / "none.csv"],
        env={**os.environ, "FINDER_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
