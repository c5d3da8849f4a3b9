"""``finder notices``: fences and what is told at them, for whoever runs the service."""

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from finder.cli.console import ERR, OUT
from finder.cli.fences import ABOVE_LIMIT, fences
from finder.domain.fence import HIGHEST_LEVEL, LOWEST_LEVEL, Fence, Trigger
from finder.errors import BadInput
from finder.notices.fences.reading import trigger_text
from finder.notices.simulate import REST_S, Tally, simulate
from finder.notices.simulate_files import WALKING_MPS, read_fences, read_track
from finder.notices.simulate_noise import Noise
from finder.notices.simulate_picture import picture

__all__ = ["notices"]

_SHOWN_NAMES = 5
_ELSEWHERE_M = 5000.0
"""Who never comes nearer than this was not on the way there."""


@click.group()
def notices() -> None:
    """Notices to a person who visits a facility."""


notices.add_command(fences)


@notices.command(name="simulate")
@click.argument("fence_file", metavar="FENCES", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("track", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--noise-m", type=click.FloatRange(0, 1000), default=30.0, show_default=True, help="The radius that holds 68 % of the errors."
)
@click.option("--runs", type=click.IntRange(1, 1_000_000), default=1000, show_default=True, help="How many noisy visits.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same runs.")
@click.option(
    "--level",
    type=click.FloatRange(LOWEST_LEVEL, HIGHEST_LEVEL),
    help="The floor that the walk went on, for zones: a track states none.",
)
@click.option("--picture", "svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw the first run into this SVG file.")
@click.pass_context
def simulate_command(
    context: click.Context,
    fence_file: Path,
    track: Path,
    *,
    noise_m: float,
    runs: int,
    seed: int,
    level: float | None,
    svg: Path | None,
) -> None:
    """Try fences on a true track (GPX) with noisy positions: what is told falsely, missed, or told twice.

    FENCES is CSV or GeoJSON as `finder notices fences import` takes it. Facilities, names and texts may be left out, and neither
    the law nor hours are asked. Ends with exit code 3 if a fence is false in more of the runs than its false_event_limit (0.01
    unless it says otherwise).
    """
    tried, read = read_fences(fence_file), read_track(track)
    truth = msgspec.structs.replace(read.truth, level=level)
    with ERR.status("Visiting…"):
        report = simulate(tried, truth, noise=Noise(noise_m=noise_m), runs=runs, seed=seed)
    if svg:
        try:
            svg.write_text(picture(tried, truth, report), encoding="utf-8")
        except OSError as error:
            raise BadInput(f"{svg} cannot be written ({error.strerror}): choose another file for --picture.") from error
    table = Table(
        "Fence", "Event", "Runs with one due", "Missed", "False", "Twice", title=f"{runs:,} visits, noise {noise_m:g} m"
    )
    names = {fence.id: fence.name for fence in tried}
    for tally in report.tallies:
        table.add_row(escape(names[tally.fence_id]), trigger_text(tally.trigger, tally.wish_s), f"{tally.due:,}", *_shares(tally))
    OUT.print(table)
    if not read.has_times:
        OUT.print(f"{escape(track.name)} has no times, so it was gone along at {WALKING_MPS:g} m/s without a stop.")
    if unread := sorted({name for fence in tried for name in fence.extras}):
        OUT.print(f"Not read: {escape(', '.join(unread))}.")
    if elsewhere := [fence for fence in tried if fence.level not in {None, level}]:
        OUT.print(_on_another_floor(elsewhere, level))
    if never := sorted((fence for fence in tried if report.nearest_m[fence.id] > 0.0), key=lambda one: report.nearest_m[one.id]):
        OUT.print(_never_inside([fence.name for fence in never], report.nearest_m[never[0].id]))
    entered = {fence.id for fence in tried if report.nearest_m[fence.id] <= 0.0 and fence.level in {None, level}}
    approaches = [tally for tally in report.tallies if tally.trigger is Trigger.APPROACH and tally.fence_id in entered]
    for tally in (one for one in approaches if not one.due):
        OUT.print(_begins_too_near(names[tally.fence_id], (tally.wish_s or 0.0) + REST_S))
    above = report.above_limit(tried)
    for fence in above:
        share = report.runs_with_false[fence.id] / runs
        OUT.print(
            f"{escape(fence.name)}: something false or doubled in {share:.2%} of the visits; its limit is "
            f"{fence.false_event_limit:.2%}. Make the fence larger, keep it clear of streets, or let it tell of dwelling only."
        )
    context.exit(ABOVE_LIMIT if above else 0)


def _on_another_floor(zones: Sequence[Fence], level: float | None) -> str:
    """Say that nobody enters these zones, and what to do."""
    floors = ", ".join(f"{one:g}" for one in sorted({zone.level for zone in zones if zone.level is not None}))
    entered = f"nobody enters {_listed([zone.name for zone in zones])}, on level {floors}."
    if level is None:
        return f"The track states no floor: {entered} Say with --level on which floor the walk went."
    return f"The walk went on level {level:g}: {entered}"


def _begins_too_near(name: str, needed_s: float) -> str:
    """Say why the track has no approach to a fence that it goes into: ``needed_s`` is how long before it has to begin."""
    return (
        f"No approach to {escape(name)} was due: the track would have to begin {needed_s / 60.0:g} min before it is there. "
        "Who starts nearer is told late or not at all."
    )


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(escape(name) for name in names[:_SHOWN_NAMES])
    return f"{listed} and {len(names) - _SHOWN_NAMES:,} more" if len(names) > _SHOWN_NAMES else listed


def _never_inside(names: Sequence[str], nearest_m: float) -> str:
    """``names`` are those of the fences that the track never goes into, the nearest first."""
    if nearest_m < _ELSEWHERE_M:
        return f"The track never goes into {_listed(names)}: it comes within {nearest_m:,.0f} m."
    return (
        f"The track never goes into {_listed(names)}: it comes no nearer than {nearest_m / 1000.0:,.0f} km. Are lat and lon "
        "swapped, or is it a track of another place?"
    )


def _shares(tally: Tally) -> tuple[str, str, str]:
    missed = f"{tally.missed:,} ({tally.missed_share:.2%})" if tally.due else "none due"
    return missed, f"{tally.false:,} ({tally.false_share:.2%})", f"{tally.doubled:,}"
