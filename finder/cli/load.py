"""``finder load``: facilities and doctors from a file."""

import sys
from pathlib import Path

import click
import msgspec
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from finder.cli.console import ERR, OUT, current_settings, opened_desk, publish_if_behind, record
from finder.cli.region import built_region
from finder.desk import Desk
from finder.directory.golden_diff import describe
from finder.domain.admin import Action
from finder.errors import BadInput
from finder.loading.error_log import Problem
from finder.loading.intake import As
from finder.loading.report import LoadReport
from finder.loading.row_error import Severity
from finder.loading.sources.sniff import FileKind, kind_of_file

__all__ = ["load"]

WHAT_HAPPENED = {Severity.ERROR: "refused", Severity.ASIDE: "kept aside", Severity.WARNING: "without this cell"}
OSM = "osm"
KINDS = [*(one.value for one in As), OSM]
SHOWN = 12
"""Kinds of row errors, and changes, that are printed; the file of errors has them all."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", metavar="NAME", help="Where the content comes from. Default: the file's name.")
@click.option(
    "--as", "as_", type=click.Choice([*(one.value for one in As), OSM]), help="What the file is, where it does not show."
)
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="A TOML file that says which column is what. See docs/mappings/."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, for patients too, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not show first what would change, and do not ask.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write what was done to this JSON file.")
def load(  # noqa: PLR0917 - click gives them by name
    file: Path, source: str | None, as_: str | None, mapping: Path | None, dry_run: bool, yes: bool, report: Path | None
) -> None:
    """Load the facilities or doctors of FILE, and publish them.

    CSV, TSV, Excel, GeoJSON, GeoParquet, FHIR R4 (a Bundle, NDJSON or a folder of it), CLUES, NPPES and a zip with one table are
    recognised by what is in them, columns by their English or Spanish headers. An OpenStreetMap extract becomes a region, called
    as --source says. On a terminal, what would change is shown and confirmed first. Good rows are kept; each refused one is told
    in FILE.errors.csv with its line, column and what to do. Loading a file again changes nothing, and finder loads undo takes a
    load back.
    """
    if report and not report.parent.is_dir():
        raise BadInput(f"The folder of the report, {report.parent}, is not there: make it, or name another one.")
    settings = current_settings()
    if as_ == OSM or (as_ is None and file.is_file() and kind_of_file(file) is FileKind.OSM_PBF):
        if dry_run or mapping:
            raise BadInput("An extract of OpenStreetMap becomes a region, map and all, without a mapping and without a dry run.")
        OUT.print(built_region(settings, file, source))
        return
    with opened_desk(settings) as desk:
        if dry_run:
            done = _run(desk, file, source, as_, mapping, dry_run=True)
            _print(done)
            _write_report(report, done)
            return
        if not yes and sys.stdin.isatty() and sys.stdout.isatty():
            _print(_run(desk, file, source, as_, mapping, dry_run=True))
            click.confirm("Do this?", abort=True)
        done = _run(desk, file, source, as_, mapping, dry_run=False)
        published = publish_if_behind(desk)
    record(settings, Action.LOAD_COMMIT, f"load {done.load.id}", f"{done.load.added} added, {done.load.changed} changed")
    _write_report(report, done)
    _print(done)
    if published:
        OUT.print(published)
    if done.load.id is not None and (done.load.added or done.load.changed):
        OUT.print(f"To take it back: finder loads undo {done.load.id}")


def _run(desk: Desk, file: Path, source: str | None, as_: str | None, mapping: Path | None, *, dry_run: bool) -> LoadReport:
    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=ERR) as bar:
        task = bar.add_task(f"{'Looking through' if dry_run else 'Loading'} {escape(file.name)}")

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        work = desk.preview if dry_run else desk.load
        return work(file, source=source, as_=as_, mapping=mapping, progress=progress)


def _write_report(path: Path | None, report: LoadReport) -> None:
    if path:
        try:
            path.write_bytes(msgspec.json.format(msgspec.json.encode(report, enc_hook=str)) + b"\n")
        except OSError as error:
            ERR.print(f"The report could not be written to {escape(str(path))}: {error.strerror}.")


def _print(report: LoadReport) -> None:
    done = report.load
    changes = done.added + done.changed
    verb = "would be " if report.dry_run else ""
    closed = f", {done.closed:,} of them {verb}closed" if done.closed else ""
    aside = f", {done.set_aside:,} {verb}kept aside" if done.set_aside else ""
    OUT.print(
        f"{escape(done.file_name)}: {done.read:,} {report.counted} read, {changes:,} changes "
        f"({done.added:,} {verb}added, {done.changed:,} {verb}changed{closed}), "
        f"{done.unchanged:,} unchanged, {done.refused:,} {verb}refused{aside}."
    )
    for name in report.added[:SHOWN] if report.dry_run else ():
        OUT.print(f"  + {escape(name)}")
    for name in report.closed[:SHOWN]:
        OUT.print(f"  - {escape(name)} (closed)")
    for change in report.changes[:SHOWN]:
        OUT.print(
            f"  ~ {escape(change.name)}: {change.field}: {escape(change.old) or '(empty)'} → {escape(change.new) or '(empty)'}"
        )
    if report.matched:
        OUT.print(f"{report.matched:,} rows are facilities that another source gave already, by name, place, phone and address.")
    if report.dry_run:
        _print_for_patients(report)
    for note in report.notes:
        OUT.print(f"Note: {escape(note)}")
    if done.set_aside:
        OUT.print("What is kept aside waits for a decision: finder review")
    if report.problems:
        _print_problems(report)


def _print_for_patients(report: LoadReport) -> None:
    if not report.searches:
        OUT.print("For patients: nothing is published yet, so there is nothing to compare with.")
        return
    if not report.patients:
        OUT.print("For patients: none of the golden searches would answer differently.")
        return
    OUT.print(f"For patients: {len(report.patients):,} golden searches would answer differently.")
    for difference in report.patients[:SHOWN]:
        OUT.print(f"  {escape(difference.name)}")
        for line in describe(difference):
            OUT.print(f"    {escape(line)}")
    if len(report.patients) > SHOWN:
        OUT.print(f"  … and {len(report.patients) - SHOWN} other searches.")


def _print_problems(report: LoadReport) -> None:
    """Rows with the same trouble together, most first: a thousand alike are one thing to mend."""
    for problem in report.problems[:SHOWN]:
        OUT.print(f"  {problem.count:,} {_what(problem)}")
    if len(report.problems) > SHOWN:
        OUT.print(f"  … and {len(report.problems) - SHOWN} other problems.")
    if report.errors_file:
        OUT.print(f"Each of them: {escape(str(report.errors_file))}")
    elif report.dry_run:
        OUT.print("A load writes each of them to a file beside this one.")


def _what(problem: Problem) -> str:
    what = WHAT_HAPPENED[problem.severity]
    lines = ", ".join(map(str, problem.lines)) + (", …" if problem.count > len(problem.lines) else "")
    where = f"{problem.column}: " if problem.column else ""
    return f"{what}: {escape(where)}{escape(problem.problem)} {escape(problem.advice)} (line {lines})"
