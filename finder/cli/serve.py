"""``finder serve``: the site and the API."""

import errno
import os
import resource
import signal
import socket
from typing import Any, Final

import click
from granian.constants import Interfaces
from granian.server import Server

from finder.app import app_from_environment, wait_book
from finder.cli.console import ERR, OUT, current_settings
from finder.directory import Directory
from finder.errors import BadInput, NotReady
from finder.http.parent import end_with_parent
from finder.http.service_log import SERVICE_LOG

__all__ = ["app_of_worker", "run", "serve"]

_MOST_CONNECTIONS: Final = 8192
"""Of one worker; with as many it takes no other. Each open page that listens for notices has one: granian's 1,024 are too few."""
_OTHER_FILES: Final = 256
"""That a worker has open beside its connections."""
_STOP_S: Final = 15
"""So long a worker may take to answer what it was asked and to stop; then it is killed, which no load or snapshot minds."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 for every network of this machine.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes; they share the snapshot's memory."
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the site and the API. A later load is taken up without a restart.

    Behind a proxy, name its network in FINDER_TRUSTED_PROXIES, or every person seems to sit where the proxy does. The log
    of visits (FINDER_WEB_LOG_DAYS) says what sort of page was asked for from which network, never by whom or where.
    """
    wait_book(current_settings())  # refused here, in one sentence, and not by each worker
    try:
        Directory(current_settings().snapshots_dir).current()
    except NotReady as error:
        ERR.print(f"Note: {error}")
    run(host, port, workers)


def run(host: str, port: int, workers: int) -> None:
    """Serve until a signal ends it. Raises :class:`BadInput` for an address that is not to be had."""
    _check_free(host, port)
    OUT.print(f"The finder answers at http://{host}:{port}/")
    os.register_at_fork(after_in_child=_stop_at_once)
    files = _most_files()
    Server(
        f"{__name__}:{app_of_worker.__name__}",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=workers,
        # One that dies again within 5.5 s of that, as granian looks, ends the server: so a worker that cannot start does.
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_S,
        backpressure=max(1, min(_MOST_CONNECTIONS, files - _OTHER_FILES)),
        log_access=False,
        log_dictconfig=SERVICE_LOG,
        websockets=False,
    ).serve()


def app_of_worker() -> Any:
    """Return the application for a worker, which ends with its server. Raises what :func:`app_from_environment` raises."""
    end_with_parent(_STOP_S)
    return app_from_environment()


def _most_files() -> int:
    """So many files a process may have open, made as many as are needed where the system lets us; workers inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft


def _stop_at_once() -> None:
    """For a worker until it listens to signals itself: it inherits the server's handlers, with which it would ignore them."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _check_free(host: str, port: int) -> None:
    """The server's own socket would share the port with another finder, and people would get the one or the other."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
        try:
            probe.bind((host, port))
        except OSError as error:
            or_end = ", or end the finder that still runs there" if error.errno == errno.EADDRINUSE else ""
            raise BadInput(
                f"Port {port} of {host} is not to be had ({error.strerror}): choose another with --port{or_end}."
            ) from error
