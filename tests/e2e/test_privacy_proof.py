"""``make privacy-proof``, as anybody can run it."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import Browser

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.browser


@pytest.mark.timeout(300)
def test_nobody_can_read_where_the_person_was(browser: Browser) -> None:
    """``browser``: the proof starts one of its own, and is skipped by name where there is none."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.proof"], cwd=REPOSITORY, capture_output=True, text=True, env=dict(os.environ), check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    told = " ".join(done.stdout.split())  # its lines are broken
    assert "a walk through a fence" in told
    assert "an app let in, reading, renewing, shown out and refused" in told
