"""A PostgreSQL with PostGIS for developers: ``make postgres`` starts it, Ctrl-C stops it, the data stay in ``.postgres/``.

It listens on a socket in that folder only, which nobody else may enter. It is durable (fsync on), other than the tests' own.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

FOLDER = Path(__file__).resolve().parent.parent / ".postgres"
DATABASE = USER = "finder"
INSTALL = "Debian, Ubuntu: apt-get install postgresql postgresql-postgis; macOS: brew install postgresql postgis."
SOCKET_BYTES = 107
"""The longest path that a socket may have (sun_path of unix(7), with its closing zero)."""
START_S = 60.0
ORDINARY_USERS = ("postgres", "nobody")
"""Who runs the server when root starts it: PostgreSQL refuses root."""


class CannotStart(Exception):
    """The server cannot be started; the message says what to do."""


@contextmanager
def running(folder: Path) -> Generator[tuple[subprocess.Popen[bytes], str]]:
    """Start a server whose data are in ``folder``, made where there is none; yields its process and FINDER_DATABASE_URL.

    At the end it is stopped the way that rolls back what is open and loses nothing. Raises :class:`CannotStart`.
    """
    folder = folder.absolute()
    data, log = folder / "data", folder / "log"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > SOCKET_BYTES:
        raise CannotStart(f"The path {folder} is too long for a socket: name a shorter folder.")
    bin_folder = _bin_folder(data)
    user = _made_for(folder)
    if _is_ready(bin_folder, folder):
        raise CannotStart(f"A server runs on {folder} already: FINDER_DATABASE_URL={_url(folder)}")
    if not (data / "PG_VERSION").exists():
        arguments = ["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--pgdata", str(data)]
        _run([bin_folder / "initdb", *arguments], user, folder)
    with log.open("ab") as output:
        server = subprocess.Popen(  # noqa: S603 - programs as found, with our own arguments
            [bin_folder / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-p", "5432"],
            user=user,
            group=_group_of(user),
            extra_groups=[] if user is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,  # Ctrl-C is for us, who then ask the server to stop
        )
    try:
        _wait_until_ready(server, bin_folder, folder, log)
        _make_database(bin_folder, user, folder)
        yield server, _url(folder)
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)  # a fast shutdown
            server.wait()


def _url(folder: Path) -> str:
    return f"postgresql+psycopg://{USER}@/{DATABASE}?host={quote(str(folder))}"


def _bin_folder(data: Path) -> Path:
    """Where the server's programs are: of the version that made ``data``, else of the newest. Debian keeps them off the PATH."""
    made_by = (data / "PG_VERSION").read_text().strip() if (data / "PG_VERSION").exists() else ""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob(f"{made_by or '*'}/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: float(folder.parent.name))
    found = shutil.which("initdb")
    if found is None:
        raise CannotStart(f"PostgreSQL's server programs were not found. {INSTALL}")
    bin_folder = Path(found).resolve().parent
    version = subprocess.run([found, "--version"], check=True, capture_output=True, text=True).stdout  # noqa: S603
    if made_by and f" {made_by}" not in version:
        raise CannotStart(f"{data} was made by PostgreSQL {made_by}, and here is {version.strip()}: delete it to begin anew.")
    return bin_folder


def _made_for(folder: Path) -> int | None:
    """Make ``folder``; returns whose it is when that is not us, because we are root."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"The folder {folder} cannot be made: {error.strerror}.") from error
    if os.geteuid() != 0:
        return None
    uid = folder.stat().st_uid
    if uid == 0:
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = next((known[name] for name in ORDINARY_USERS if name in known), None)
        if entry is None:
            raise CannotStart("PostgreSQL does not run as root, and there is no user postgres or nobody: start this as another.")
        uid = entry.pw_uid
        os.chown(folder, uid, entry.pw_gid)
    may = subprocess.run(["test", "-w", folder], user=uid, group=_group_of(uid), extra_groups=[], check=False)  # noqa: S603, S607
    if may.returncode:
        name = pwd.getpwuid(uid).pw_name
        raise CannotStart(f"{name}, who runs the server because root may not, cannot enter {folder}: name a folder elsewhere.")
    return uid


def _group_of(user: int | None) -> int | None:
    return None if user is None else pwd.getpwuid(user).pw_gid


def _is_ready(bin_folder: Path, folder: Path) -> bool:
    command = [bin_folder / "pg_isready", "--quiet", "--host", folder, "--port", "5432", "--username", USER]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603


def _wait_until_ready(server: subprocess.Popen[bytes], bin_folder: Path, folder: Path, log: Path) -> None:
    until = time.monotonic() + START_S
    while not _is_ready(bin_folder, folder):
        if server.poll() is not None or time.monotonic() > until:
            last = log.read_text(errors="replace").strip().splitlines()[-4:]
            raise CannotStart("\n".join([f"PostgreSQL did not start; its log {log} ends with:", *last]))
        time.sleep(0.1)


def _make_database(bin_folder: Path, user: int | None, folder: Path) -> None:
    psql = [
        bin_folder / "psql",
        "--host",
        folder,
        "--port",
        "5432",
        "--username",
        USER,
        "--no-psqlrc",
        "--quiet",
        "--tuples-only",
    ]
    exists = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"  # noqa: S608 - our own constant
    if "1" not in _run([*psql, "--command", exists, "postgres"], user, folder):
        _run([*psql, "--command", f"CREATE DATABASE {DATABASE}", "postgres"], user, folder)
    try:
        _run(
            [*psql, "--command", "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS postgis", DATABASE],
            user,
            folder,
        )
    except CannotStart as error:
        raise CannotStart(f"PostGIS is missing, or for another version of PostgreSQL. {INSTALL}\n{error}") from error


def _run(command: list[Path | str], user: int | None, folder: Path) -> str:
    done = subprocess.run(  # noqa: S603
        command,
        user=user,
        group=_group_of(user),
        extra_groups=[] if user is not None else None,
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    if done.returncode:
        raise CannotStart(f"{Path(command[0]).name} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main(folder: Path) -> int:
    """Run the server until Ctrl-C."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        with running(folder) as (server, url):
            print(
                f"PostgreSQL with PostGIS runs; Ctrl-C stops it. Its data are in {folder}.\nexport FINDER_DATABASE_URL='{url}'",
                flush=True,
            )
            return server.wait()
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the data stay.")
        return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
