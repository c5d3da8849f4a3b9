"""``finder serve`` as whoever runs it starts and stops it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.parametrize("after_s", [0.0, 1.0, 2.0])
def test_it_stops_while_it_starts(after_s: float, tmp_path: Path) -> None:
    """As Ctrl-C and systemd do it: the signal goes to the server and its worker, and then the server sends the worker another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from finder.cli import main; main()", "serve", "--port", str(port)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
    environment = {**inherited, "FINDER_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            assert any("Spawning worker" in line for line in process.stdout)
            time.sleep(after_s)
            os.killpg(process.pid, signal.SIGTERM)
            said, _ = process.communicate(timeout=60)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert process.returncode == 0, said
    assert "shutdown completed" in said
