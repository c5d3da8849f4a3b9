"""The command line: one command a file. It reads the settings and calls the rooms; HTTP is known to ``serve`` alone."""

import click

from finder import __version__
from finder.cli.apps import apps
from finder.cli.check import check
from finder.cli.console import Errors
from finder.cli.demo import demo
from finder.cli.edit import edit
from finder.cli.history import history
from finder.cli.ipdb import ipdb
from finder.cli.keys import keys
from finder.cli.load import load
from finder.cli.loads import loads
from finder.cli.migrate import migrate
from finder.cli.near import near
from finder.cli.notices import notices
from finder.cli.places import places
from finder.cli.publish import publish
from finder.cli.region import region
from finder.cli.requests import requests
from finder.cli.review import review
from finder.cli.serve import serve
from finder.cli.sources import sources
from finder.cli.statistics import statistics
from finder.cli.sweep import sweep
from finder.cli.tenants import tenants
from finder.cli.webhooks import webhooks

__all__ = ["main"]


@click.group(cls=Errors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="finder")
def main() -> None:
    """Find nearby clinics and doctors, and tell nobody where the person was.

    Everything is kept in the folder that FINDER_DATA_DIR names. To look around: finder demo.
    """


for command in (
    demo,
    serve,
    load,
    loads,
    review,
    requests,
    sources,
    statistics,
    edit,
    history,
    keys,
    tenants,
    webhooks,
    apps,
    region,
    near,
    notices,
    places,
    ipdb,
    publish,
    sweep,
    migrate,
    check,
):
    main.add_command(command)
