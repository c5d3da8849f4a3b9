"""What the commands share: the two consoles, errors in plain words, the store that the settings name."""

import getpass
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, override

import click
from rich.console import Console

from finder.config import Settings, settings_from_environment
from finder.desk import Desk
from finder.directory import Snapshot
from finder.domain.admin import Action, Actor, AuditEntry
from finder.errors import BadInput, FinderError, NotReady
from finder.store import Store
from finder.store.audit import AuditLog

__all__ = [
    "ERR",
    "OUT",
    "Errors",
    "current_settings",
    "desk_of",
    "existing_store",
    "opened_desk",
    "opened_store",
    "publish_if_behind",
    "publish_now",
    "record",
    "system_actor",
]

# A pipe or a log has no width that a table must fit.
OUT = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 240)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)
"""Progress and errors; what a script may want to read goes to ``OUT``."""


class Errors(click.Group):
    """A group whose commands answer the finder's own errors with one line and exit code 1, never with a traceback."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FinderError as error:
            raise click.ClickException(str(error)) from error


def current_settings() -> Settings:
    """Return the settings of the environment."""
    return settings_from_environment()


@contextmanager
def opened_store(settings: Settings) -> Generator[Store]:
    """Open the store with its tables made or brought up to date. Raises :class:`BadInput` for a folder that cannot be had."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"The data folder {settings.data_dir} cannot be made ({error.strerror}): set FINDER_DATA_DIR.") from error
    if not os.access(settings.data_dir, os.W_OK):
        raise BadInput(f"The data folder {settings.data_dir} cannot be written: set FINDER_DATA_DIR, or mend its rights.")
    with Store.open(settings.store_url) as store:
        store.migrate()
        yield store


@contextmanager
def existing_store(settings: Settings) -> Generator[Store]:
    """Open the store for who only reads: nothing is made. Raises :class:`NotReady` where there is none, or an outdated one."""
    if not settings.data_dir.is_dir() or not (settings.database_url or (settings.data_dir / "finder.sqlite").exists()):
        raise NotReady(f"There is no store in {settings.data_dir}: set FINDER_DATA_DIR to the right folder, or finder migrate.")
    with Store.open(settings.store_url) as store:
        if not store.is_current():
            raise NotReady("The store's tables are not up to date: finder migrate.")
        yield store


@contextmanager
def opened_desk(settings: Settings) -> Generator[Desk]:
    """Open the store for the work on it."""
    with opened_store(settings) as store:
        yield desk_of(settings, store)


def record(settings: Settings, action: Action, subject: str, outcome: str) -> None:
    """Enter what was done from the command line in the audit log; what was done stays done where that cannot be now."""
    try:
        with AuditLog.open(settings.store_url) as log:
            log.append(AuditEntry(at=datetime.now(UTC), actor=system_actor(), action=action, subject=subject, outcome=outcome))
    except NotReady as error:
        ERR.print(f"Not entered in the audit log: {error}")


def system_actor() -> Actor:
    """Return who uses the command line, as the audit log names them."""
    try:
        return Actor(f"cli:{getpass.getuser()}")
    except (OSError, KeyError):  # a number without a name, as in some containers
        return Actor(f"cli:{os.getuid()}")


def desk_of(settings: Settings, store: Store) -> Desk:
    """Return the desk for a store that is open."""
    return Desk(
        store,
        snapshots_dir=settings.snapshots_dir,
        regions_dir=settings.regions_dir,
        places_dir=settings.places_dir,
        golden_searches=settings.golden_searches,
    )


def publish_if_behind(desk: Desk) -> str:
    """Publish when the store holds a change that people do not see yet; what there is to say of it.

    Commands print last of all: a closed pipe (``finder load FILE | head``) ends them there.
    """
    with ERR.status("Publishing…"):
        snapshot = desk.publish_if_behind()
    return _told(snapshot) if snapshot else ""


def publish_now(desk: Desk) -> str:
    """Publish the store with all place names; what there is to say of it."""
    with ERR.status("Publishing…"):
        return _told(desk.publish())


def _told(snapshot: Snapshot) -> str:
    counts = snapshot.manifest
    return (
        f"Published snapshot {snapshot.number}: {counts.facilities:,} facilities, {counts.practitioners:,} practitioners, "
        f"{counts.places:,} place names."
    )
