"""Running the builders of Valhalla: the programs that come with the package pyvalhalla."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import valhalla

from finder.errors import BadFile, NotReady

__all__ = ["Builder"]

FOLDER = Path(valhalla.__file__).parent / "bin"
_STAMP = re.compile(r"^\S+ \S+ (\x1b\[[\d;]*m)?\[?[A-Z]+\]?:?(\x1b\[0m)?\s*")
_HARMLESS = ("Ignore if not using a planet extract", "(stat): ")
"""Said in every build; the second of tiles and traffic that are not there yet."""
_WARNING = "WARN"
"""Warnings are of single things on the map, and some give their coordinates, which belong in no message."""


class Builder:
    """The builders at work in one folder, on a configuration that lies there.

    ``of`` is what the messages call that which is built, such as ``The roads of town.osm.pbf``.
    """

    def __init__(self, work: Path, config: Path, of: str) -> None:
        self._work, self._config, self._of = work, config, of

    def run(
        self,
        program: str,
        *arguments: str,
        may_fail: Callable[[str], bool] = lambda _: False,
        blame: Callable[[str, str], BadFile | None] = lambda said, why: None,
    ) -> str:
        """Return what the program says. A failure is an error unless ``may_fail`` holds of what was said.

        Raises what ``blame`` makes of what was said, and of the line of it that says why, where a file is to blame; else
        :class:`NotReady`.
        """
        return self._run(program, [str(FOLDER / program), "-c", str(self._config), *arguments], may_fail, blame)

    def run_module(self, module: str, *arguments: str) -> str:
        """Return what a builder says that is a module of Python. Raises :class:`NotReady` when it fails."""
        command = [sys.executable, "-m", module, "-c", str(self._config), *arguments]
        return self._run(module.rpartition(".")[2], command, lambda _: False, lambda said, why: None)

    def _run(
        self,
        name: str,
        command: Sequence[str],
        may_fail: Callable[[str], bool],
        blame: Callable[[str, str], BadFile | None],
    ) -> str:
        try:
            done = subprocess.run(  # noqa: S603 - our own programs, no shell
                command, cwd=self._work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
            )
        except OSError as error:
            raise NotReady(
                f"{self._of} were not built: {name} cannot be run ({error.strerror}). Install the package pyvalhalla again."
            ) from error
        said = done.stdout.decode(errors="replace")
        if done.returncode == 0 or may_fail(said):
            return said
        why = _why(said, done.returncode).replace(f"{self._work}/", "")
        raise blame(said, f"{name} cannot read it ({why})") or NotReady(
            f"{self._of} were not built: {name} failed ({why}). Look for free memory and free room on the disk, then build again."
        )


def _why(said: str, returncode: int) -> str:
    """The line that says most: what an exception says, else the last error, else the signal, else the last line."""
    lines = [line.strip() for line in said.splitlines()]
    lines = [line for line in lines if line and _WARNING not in line and not any(words in line for words in _HARMLESS)]
    thrown = [line.removeprefix("what():").strip() for line in lines if line.startswith("what():")]
    errors = [_STAMP.sub("", line) for line in lines if "ERROR" in line or "CRITICAL" in line]
    killed = [f"stopped by {signal.Signals(-returncode).name}"] if returncode < 0 else []
    last = [_STAMP.sub("", line) for line in lines[-1:]]
    return next(iter([*thrown[-1:], *errors[-1:], *killed, *last]), "it said nothing")
