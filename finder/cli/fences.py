"""``finder notices fences``: the fences of tenants, from a file to live, and why notices were told or not."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec
import numpy as np
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from finder.cli.console import ERR, OUT, Errors, current_settings, opened_store, system_actor
from finder.directory import Directory
from finder.domain.fence import MOST_MISSED, Circle, Fence, FenceStatus, Outline, Trial
from finder.errors import BadInput, Conflict, NotFound, Unlawful
from finder.notices.fences.checked import LANGUAGES
from finder.notices.fences.desk import FenceDesk, Reading
from finder.notices.fences.preview import Preview
from finder.notices.fences.reading import trigger_text
from finder.notices.fences.sites import DirectorySites
from finder.notices.fences.tables import RowProblem
from finder.notices.fences.trial import visit
from finder.notices.law import installed_boundaries
from finder.notices.simulate import simulate
from finder.notices.simulate_noise import Noise
from finder.notices.simulate_picture import picture
from finder.notices.tracker import wish_s_of
from finder.region.outlines import outlines_by_id
from finder.region.shelf import RegionShelf
from finder.store.fences import MOST_FENCES_LISTED, DamagedFence, FenceStore, StoredFence
from finder.store.notice_log import NoticeLog
from finder.store.tenants import TenantStore

__all__ = ["ABOVE_LIMIT", "fences"]

ABOVE_LIMIT = 3
"""The exit code when a fence tells what is not so more often than it may, as of ``finder notices simulate``."""
_SHOWN_PROBLEMS = 50
_SHOWN_FENCES = 10
_MANY_MISSED = 0.1
_TODAY = "A day shows once it is over (UTC): today's will tomorrow."
_NEEDS_FLOOR = "A phone's browser does not state the floor: people are told by an app that does."


@click.group(cls=Errors)
def fences() -> None:
    """Fences: where visitors who asked for it are told something, and what. Each is lawful where it lies, or refused."""


@fences.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", required=True, metavar="ID", help="Whose they are: who runs the facilities.")
@click.option("--dry-run", is_flag=True, help="Only say what is wrong, and what would be entered.")
@click.pass_context
def import_command(context: click.Context, file: Path, *, tenant: str, dry_run: bool) -> None:
    """Enter all fences of FILE, CSV or GeoJSON, as drafts: or none, and exit code 1, where anything is wrong with any.

    The columns are in docs/notices.md. A fence of the same id is changed, and is a draft again.
    """
    with _opened_desk() as desk:
        try:
            reading = _read(desk, file, tenant, dry_run=dry_run)
        except KeyboardInterrupt as stopped:
            ERR.print(f"{escape(file.name)}: stopped. All or nothing is entered, at the end: finder notices fences list tells.")
            raise click.Abort from stopped
    if reading.errors:
        _show_problems(reading.errors, is_cut=reading.is_cut)
        _show_not_read(reading.not_read)
        OUT.print(f"{file.name}: nothing was entered. Put these right, and import it again.")
        context.exit(1)
    what = "would be entered" if dry_run else "entered"
    changes = reading.changes
    OUT.print(
        f"{escape(file.name)}: {_counted(len(reading.saved))} {what}: {changes.new:,} new, {changes.changed:,} changed, "
        f"{changes.unchanged:,} unchanged."
    )
    _show_not_read(reading.not_read)
    if zones := sum(stored.fence.needs_floor for stored in reading.saved):
        OUT.print(f"Of them {zones:,} on one floor. {_NEEDS_FLOOR}")
    drafts = [] if dry_run else [stored.fence.id for stored in reading.saved if stored.fence.status is FenceStatus.DRAFT]
    for id_ in drafts[:_SHOWN_FENCES]:
        OUT.print(f"  finder notices fences activate {id_}")
    if len(drafts) > _SHOWN_FENCES:
        OUT.print(f"And {len(drafts) - _SHOWN_FENCES:,} more: finder notices fences activate --tenant {tenant} --all")


@fences.command("list")
@click.option("--tenant", metavar="ID", help="Only of this tenant.")
@click.option("--facility", metavar="ID", help="Only of this facility.")
@click.option("--status", type=click.Choice([status.value for status in FenceStatus]), help="Only of this status.")
@click.option("--limit", type=click.IntRange(1, MOST_FENCES_LISTED), default=100, show_default=True, help="How many.")
@click.option("--offset", type=click.IntRange(0), default=0, help="How many to pass over.")
def list_fences(*, tenant: str | None, facility: str | None, status: str | None, limit: int, offset: int) -> None:
    """List the fences in the order of their ids."""
    wanted = FenceStatus(status) if status else None
    with _opened_desk() as desk:
        found = desk.list(tenant=tenant, facility_id=facility, status=wanted, limit=limit, offset=offset)
    for damaged in found.damaged:
        has_ended = damaged.status == FenceStatus.ENDED
        OUT.print(f"Fence {damaged.id} has ended; it cannot be read." if has_ended else escape(damaged.problem))
    if not found.fences:
        if found.damaged:
            return
        OUT.print("No such fence: finder notices fences import FILE --tenant ID enters some.")
        return
    table = Table("Id", "Tenant", "Facility", "Name", "Shape", "Listens for", "Status", "Trial", box=None, padding=(0, 2, 0, 0))
    for stored in found.fences:
        fence = stored.fence
        listens_for = ", ".join(trigger_text(wish.trigger, wish_s_of(wish)) for wish in fence.wishes)
        table.add_row(
            fence.id,
            fence.tenant,
            escape(fence.facility_id),
            escape(fence.name),
            _shape(fence),
            listens_for,
            _status(fence),
            _trial(stored.trial),
        )
    OUT.print(table)


@fences.command("show")
@click.argument("fence_id", metavar="ID")
def show(fence_id: str) -> None:
    """Show all of the fence ID: what was said of it, by which rows of the law it is lawful, and its trial."""
    with _opened_desk() as desk:
        stored = desk.get(fence_id)
    OUT.print_json(msgspec.json.encode(_told(stored)).decode())


@fences.command("try")
@click.argument("fence_id", metavar="ID")
@click.option(
    "--picture", "svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw one of the visits into this SVG file."
)
@click.pass_context
def try_command(context: click.Context, fence_id: str, *, svg: Path | None) -> None:
    """Simulate visits of the fence ID, and say how often something false would be told, or missed.

    Half of the visits go in, the others go past, next door or, of a zone, to the floor above or below, with the errors of
    phones. Exit code 3 where it cannot be activated so: above the fence's limit, or where more than half of what was due is
    missed.
    """
    with _opened_desk() as desk:
        fence = desk.get(fence_id).fence
        with ERR.status("Visiting…"):
            trial = desk.try_out(fence_id)
    if svg:
        _draw(fence, svg)
    table = Table("Visits", "Something false told", "Something missed", "Limit of false", title=escape(fence.name))
    table.add_row(f"{trial.runs:,}", f"{trial.false_share:.2%}", f"{trial.missed_share:.2%}", f"{fence.false_event_limit:.2%}")
    OUT.print(table)
    if trial.missed_share > _MANY_MISSED:
        OUT.print("It would miss many visits: make it larger, or let it wait for a shorter time.")
    if trial.false_share > fence.false_event_limit:
        OUT.print("It cannot be activated so. Make it larger, keep it clear of streets, or let it tell of dwelling only.")
    elif trial.missed_share > MOST_MISSED:
        OUT.print("It cannot be activated so: it would tell almost nobody.")
    if trial.false_share > fence.false_event_limit or trial.missed_share > MOST_MISSED:
        context.exit(ABOVE_LIMIT)


@fences.command("activate")
@click.argument("fence_ids", metavar="[ID…]", nargs=-1)
@click.option("--tenant", metavar="ID", help="With --all: whose drafts.")
@click.option("--all", "all_", is_flag=True, help="All drafts of a tenant.")
@click.pass_context
def activate(context: click.Context, fence_ids: tuple[str, ...], *, tenant: str | None, all_: bool) -> None:
    """Let visitors be told at each fence ID, if the law allows it still and its trial says that it works.

    Each is tried out now where it was not since it was changed: some seconds. Exit code 1 where any is not active then.
    """
    if all_ != (tenant is not None) or all_ == bool(fence_ids):
        raise click.UsageError("Name fences by their ids, or all drafts of a tenant: --tenant ID --all.")

    def one(desk: FenceDesk, fence_id: str) -> str:
        stored = desk.activate(fence_id, by=system_actor())
        rows = ", ".join(stored.judgement.rows)
        return f"Fence {stored.fence.id} “{escape(stored.fence.name)}” is active, by {rows} of the law."

    with _opened_desk() as desk:
        ids = desk.draft_ids(tenant) if tenant is not None else fence_ids
        if not ids:
            OUT.print(f"Tenant {tenant} has no drafts.")
        _each(context, desk, ids, one, "Asking the law, and visiting")


@fences.command("end")
@click.argument("fence_ids", metavar="ID…", nargs=-1, required=True)
@click.pass_context
def end(context: click.Context, fence_ids: tuple[str, ...]) -> None:
    """Tell nobody of each fence ID any more. They are kept for their logs. Exit code 1 where there is none of an ID."""

    def one(desk: FenceDesk, fence_id: str) -> str:
        ended = desk.end(fence_id, by=system_actor())
        name = "" if isinstance(ended, DamagedFence) else f" “{escape(ended.fence.name)}”"
        return f"Fence {escape(fence_id)}{name} has ended."

    with _opened_desk() as desk:
        _each(context, desk, fence_ids, one, "Ending")


@fences.command("preview")
@click.argument("fence_id", metavar="ID")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]), help="In UTC; default: now.")
def preview(fence_id: str, *, at: datetime | None) -> None:
    """Show what visitors will see of the fence ID, in both languages, and whether they would at a moment."""
    moment = at.replace(tzinfo=UTC) if at else datetime.now(UTC)
    with _opened_desk() as desk:
        shown = [desk.preview(fence_id, language=language, at=moment) for language in LANGUAGES]
    for one in shown:
        _show_preview(one)
    when = "open" if shown[0].listens else "closed"
    quiet = ", and it is quiet hours" if shown[0].is_quiet else ""
    OUT.print(f"{moment:%Y-%m-%d %H:%M} UTC: its windows are {when}{quiet}.")
    if shown[0].needs_floor:
        OUT.print(f"It is a zone on one floor. {_NEEDS_FLOOR}")


@fences.command("log")
@click.argument("fence_id", metavar="[ID]", required=False)
@click.option("--tenant", metavar="ID", help="Only of this tenant's fences.")
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True, help="How many days back.")
def log(fence_id: str | None, *, tenant: str | None, days: int) -> None:
    """Show how often on each day something was told at fences, or held back, and why. Of whom is kept nowhere.

    A day (UTC) shows once it is over: counts that go up while it lasts would say who it is that comes.
    """
    settings, now = current_settings(), datetime.now(UTC)
    with opened_store(settings), NoticeLog.open(settings.store_url) as opened:
        lines = opened.page(now=now, tenant=tenant, fence_id=fence_id, since=now - timedelta(days=days))
    if not lines:
        OUT.print(f"Nothing was noticed there in that time. {_TODAY}")
        return
    table = Table("Day (UTC)", "Fence", "Trigger", "Outcome", "Why", "How often", box=None, padding=(0, 2, 0, 0))
    for line in lines:
        trigger, why = line.trigger.replace("_", " "), line.reason.replace("_", " ")
        table.add_row(f"{line.day}", line.fence_id, trigger, line.outcome, why, f"{line.count:,}")
    OUT.print(table)
    OUT.print(_TODAY)


@fences.command("judge")
@click.option("--tenant", metavar="ID", help="Only of this tenant.")
@click.pass_context
def judge(context: click.Context, *, tenant: str | None) -> None:
    """Ask the law again about every fence that has not ended: after its table, the outlines or the facilities have changed.

    An active fence that it does not allow becomes a draft. Exit code 1 where it refuses any.
    """
    with _opened_desk() as desk, ERR.status("Asking the law…"):
        judged = desk.judge_all(by=system_actor(), tenant=tenant)
    for fence_id, why in judged.refused.items():
        OUT.print(f"{fence_id}: {escape(why)}")
    OUT.print(f"{_counted(len(judged.lawful))} lawful, {len(judged.refused):,} refused.")
    context.exit(1 if judged.refused else 0)


@contextmanager
def _opened_desk() -> Generator[FenceDesk]:
    """The desk over the store, with its tables made or brought up to date, and over what is published."""
    settings = current_settings()
    with (
        opened_store(settings),
        FenceStore.open(settings.store_url) as stored,
        TenantStore.open(settings.store_url) as tenants,
    ):
        directory = Directory(settings.snapshots_dir)
        sites = DirectorySites(directory, outlines_by_id(directory, RegionShelf(settings.regions_dir).packs))
        yield FenceDesk(stored, tenants, sites, installed_boundaries, lambda: datetime.now(UTC))


def _read(desk: FenceDesk, file: Path, tenant: str, *, dry_run: bool) -> Reading:
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=ERR) as bar:
        task = bar.add_task(f"Asking the law about {escape(file.name)}", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        return desk.read(file, file.name, tenant, by=system_actor(), dry_run=dry_run, progress=progress)


def _each(context: click.Context, desk: FenceDesk, ids: Sequence[str], do: Callable[[FenceDesk, str], str], doing: str) -> None:
    """Do it with each fence, and print a line of what came of it; then exit code 1 where something was refused."""
    refused = 0
    for number, fence_id in enumerate(ids, start=1):
        try:
            with ERR.status(f"{doing}… ({number:,} of {len(ids):,})"):
                told = do(desk, fence_id)
        except (BadInput, Conflict, NotFound, Unlawful) as error:
            refused += 1
            told = f"{escape(fence_id)}: {escape(str(error))}"
        OUT.print(told)
    if len(ids) > 1 and refused:
        OUT.print(f"{len(ids) - refused:,} of {len(ids):,} done, {refused:,} refused.")
    context.exit(1 if refused else 0)


def _show_not_read(columns: Sequence[str]) -> None:
    if columns:
        OUT.print(f"Kept with the fences, but not read: {escape(', '.join(columns))}. Is one of them misspelt?")


def _show_problems(problems: Sequence[RowProblem], *, is_cut: bool) -> None:
    table = Table("Row", "Column", "What is wrong, and what to do")
    for problem in problems[:_SHOWN_PROBLEMS]:
        table.add_row(f"{problem.row:,}", escape(problem.column), escape(problem.text))
    OUT.print(table)
    if len(problems) > _SHOWN_PROBLEMS:
        OUT.print(f"And {len(problems) - _SHOWN_PROBLEMS:,} more{', at least: it was read no further' if is_cut else ''}.")


def _show_preview(shown: Preview) -> None:
    table = Table("When", "What is read", title=f"{shown.language}: from {escape(shown.who)}", title_justify="left")
    for text in shown.texts:
        table.add_row(trigger_text(text.trigger, text.wish_s), f"[bold]{escape(text.text.title)}[/]\n{escape(text.text.body)}")
    OUT.print(table)


def _draw(fence: Fence, svg: Path) -> None:
    truth = visit(fence, "goes in", np.random.default_rng(1))
    drawn = picture([fence], truth, simulate([fence], truth, noise=Noise(), runs=1))
    try:
        svg.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{svg} cannot be written ({error.strerror}): choose another file for --picture.") from error


def _told(stored: StoredFence) -> dict[str, object]:
    """The fence as one JSON object: what the law said is with it, its hash is not."""
    judgement = {"at": stored.judgement.at, "rows": stored.judgement.rows}
    return {**msgspec.structs.asdict(stored.fence), "judgement": judgement, "trial": stored.trial}


def _counted(count: int) -> str:
    return f"{count:,} {'fence' if count == 1 else 'fences'}"


def _shape(fence: Fence) -> str:
    match fence.shape:
        case Circle(radius_m=radius_m):
            return f"circle, {radius_m:g} m"
        case Outline(level=None):
            return "outline"
        case Outline(level=level):
            return f"indoors, level {level:g}"


def _status(fence: Fence) -> str:
    return fence.status if fence.expires_on is None else f"{fence.status} until {fence.expires_on}"


def _trial(trial: Trial | None) -> str:
    return "none" if trial is None else f"false in {trial.false_share:.2%}"
