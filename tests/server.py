"""A finder that really serves, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx

START_S = 60


@contextmanager
def serving(data_dir: Path, *, output: IO[str] | None = None, **settings: str) -> Iterator[str]:
    """Run ``finder serve`` over a data folder; yields its address, such as ``http://127.0.0.1:41234``.

    What it prints goes into ``output``, a real file, if there is one.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "from finder.cli import main; main()", "serve", "--port", str(port)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FINDER_")}
    environment = {**inherited, "FINDER_DATA_DIR": str(data_dir), **settings}
    with subprocess.Popen(
        command, env=environment, stdout=output or subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(process, f"{address}/health/live")
            yield address
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _wait(process: subprocess.Popen[str], url: str) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"finder serve ended: {process.stdout.read() if process.stdout else ''}")
        try:
            httpx.get(url, timeout=2).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"finder serve did not answer within {START_S} s")
