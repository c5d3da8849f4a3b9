"""``finder load``: facilities from a CSV file."""

import re
from pathlib import Path

import click
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from finder.cli.console import ERR, OUT, current_settings, opened_store, publish_if_behind
from finder.loading.load import load_file
from finder.loading.report import LoadReport
from finder.loading.row_error import RowError, Severity

__all__ = ["load"]

SHOWN = 12
"""Kinds of row errors, and changes, that are printed; the file of errors has them all."""
LINES_SHOWN = 5
EARLIER_LINE = re.compile(r"on line \d+")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", metavar="NAME", help="Where the facilities come from. Default: the file's name.")
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="A TOML file that says which column is what. See docs/mappings/."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def load(file: Path, source: str | None, mapping: Path | None, dry_run: bool) -> None:
    """Load the facilities of a CSV FILE, and publish them.

    Columns are recognised by their English or Spanish headers; UTF-8 or Latin-1; comma, semicolon or tab. Good rows are
    kept; each refused one is told in FILE.errors.csv with its line, column and what to do. Loading a file again changes
    nothing.
    """
    settings = current_settings()
    with opened_store(settings) as store:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=ERR
        ) as bar:
            task = bar.add_task(f"Reading {escape(file.name)}")
            report = load_file(
                file,
                store,
                source=source,
                mapping=mapping,
                dry_run=dry_run,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        published = "" if dry_run else publish_if_behind(settings, store)
    _print(report)
    if published:
        OUT.print(published)


def _print(report: LoadReport) -> None:
    done = report.load
    changes = done.added + done.changed
    verb = "would be " if report.dry_run else ""
    OUT.print(
        f"{escape(done.file_name)}: {done.read:,} rows read, {changes:,} changes "
        f"({done.added:,} {verb}added, {done.changed:,} {verb}changed), "
        f"{done.unchanged:,} unchanged, {done.refused:,} {verb}refused."
    )
    for name in report.added[:SHOWN] if report.dry_run else ():
        OUT.print(f"  + {escape(name)}")
    for change in report.changes[:SHOWN]:
        OUT.print(
            f"  ~ {escape(change.name)}: {change.field}: {escape(change.old) or '(empty)'} → {escape(change.new) or '(empty)'}"
        )
    for note in report.notes:
        OUT.print(f"Note: {escape(note)}")
    if report.errors:
        _print_errors(report)


def _print_errors(report: LoadReport) -> None:
    """Rows with the same trouble together, most first: a thousand alike are one thing to mend."""
    alike: dict[tuple[Severity, str, str], list[RowError]] = {}
    for error in report.errors:
        alike.setdefault((error.severity, error.column, error.advice), []).append(error)
    for (severity, column, advice), errors in sorted(alike.items(), key=lambda item: (item[0][0], -len(item[1])))[:SHOWN]:
        what = "refused" if severity is Severity.ERROR else "without this cell"
        lines = ", ".join(str(error.line) for error in errors[:LINES_SHOWN]) + (", …" if len(errors) > LINES_SHOWN else "")
        where = f"{column}: " if column else ""
        problem = errors[0].problem if len(errors) == 1 else EARLIER_LINE.sub("on an earlier line", errors[0].problem)
        OUT.print(f"  {len(errors):,} {what}: {escape(where)}{escape(problem)} {escape(advice)} (line {lines})")
    if len(alike) > SHOWN:
        OUT.print(f"  … and {len(alike) - SHOWN} other problems.")
    if report.errors_file:
        OUT.print(f"Each of them: {escape(str(report.errors_file))}")
    elif report.dry_run:
        OUT.print("A load writes each of them to a file beside this one.")
