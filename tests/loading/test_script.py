"""What an admin runs from cron is the same code as ``finder load``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

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
