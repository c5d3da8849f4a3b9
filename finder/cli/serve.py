"""``finder serve``: the site and the API."""

import logging
import socket

import click
from granian.constants import Interfaces
from granian.server import Server

from finder.app import wait_sources
from finder.cli.console import ERR, OUT, current_settings
from finder.directory import Directory
from finder.errors import BadInput, NotReady

__all__ = ["run", "serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 for every network of this machine.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes; they share the snapshot's memory."
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve the site and the API. A later load is taken up without a restart.

    Behind a proxy, name its network in FINDER_TRUSTED_PROXIES, or every person seems to sit where the proxy does. No
    requests are logged: an access log of a health service says who was where.
    """
    wait_sources(current_settings())  # refused here, in one sentence, and not by each worker
    try:
        Directory(current_settings().snapshots_dir).current()
    except NotReady as error:
        ERR.print(f"Note: {error}")
    run(host, port, workers)


def run(host: str, port: int, workers: int) -> None:
    """Serve until a signal ends it. Raises :class:`BadInput` for an address that is not to be had."""
    _check_free(host, port)
    OUT.print(f"The finder answers at http://{host}:{port}/")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    Server(
        "finder.app:app_from_environment",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=workers,
        log_access=False,
        websockets=False,
    ).serve()


def _check_free(host: str, port: int) -> None:
    """The server's own socket would share the port with another finder, and people would get the one or the other."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(f"Port {port} of {host} is not to be had ({error.strerror}): choose another with --port.") from error
