"""A PostgreSQL with PostGIS that a test run starts for itself: socket only, no fsync, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPLATE = "finder_template"


def missing_piece() -> str | None:
    """What is missing to start a server here, in words for the skip; None when nothing is."""
    if _program("initdb") is None:
        return "needs PostgreSQL's server programs (Debian: apt-get install postgresql-postgis)"
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")) and not os.environ.get(
        "FINDER_TEST_POSTGRES_BIN"
    ):
        return "needs PostGIS (Debian: apt-get install postgresql-postgis)"
    return None


@contextmanager
def postgis_server() -> Iterator[str]:
    """Start a server with an empty PostGIS template; yields the SQLAlchemy address with ``{name}`` for the database."""
    # initdb refuses root; any ordinary user will do. A short folder, because a socket's path may have 107 bytes.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(_program(program)), *arguments],
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )

    run("initdb", "--pgdata", f"{folder}/data", "--username", "finder", "--auth", "trust", "--no-sync", "--encoding", "UTF8")
    options = (
        f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    )
    run("pg_ctl", "start", "--pgdata", f"{folder}/data", "--wait", "--options", options, "--log", f"{folder}/log")
    try:
        run("createdb", "--host", str(folder), "--username", "finder", TEMPLATE)
        run("psql", "--host", str(folder), "--username", "finder", "--quiet", "--command", "CREATE EXTENSION postgis", TEMPLATE)
        yield f"postgresql+psycopg://finder@/{{name}}?host={folder}"
    finally:
        run("pg_ctl", "stop", "--pgdata", f"{folder}/data", "--mode", "immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> Path | None:
    """The server's program of the newest version installed: Debian keeps them off the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    for folder in versions:
        if (folder / name).exists() and (folder / "initdb").exists():
            return folder / name
    found = shutil.which(name)
    return Path(found) if found else None
