"""``finder near``: the nearest facilities to a point, for whoever runs the service."""

import click
from rich.markup import escape

from finder.cli.console import OUT, current_settings
from finder.directory import Directory, Search
from finder.domain.facility import FacilityKind
from finder.geo.points import LonLat
from finder.locate.position import stated_position

__all__ = ["near"]


# A longitude of the Americas begins with a minus sign, which click would take for an option.
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("lat", type=float)
@click.argument("lon", type=float)
@click.option(
    "--kind",
    type=click.Choice([one.value for one in FacilityKind]),
    multiple=True,
    help="Only of this kind; may be given several times.",
)
@click.option("--radius-m", type=click.FloatRange(min=0, min_open=True), help="At most this far, in metres.")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many.")
def near(lat: float, lon: float, kind: tuple[str, ...], radius_m: float | None, limit: int) -> None:
    """List the facilities nearest to a point, given as LAT LON in degrees: finder near 32.7157 -117.1611"""
    point = stated_position(LonLat(lon, lat))
    search = Search(position=point, kinds=frozenset(map(FacilityKind, kind)), radius_m=radius_m, limit=limit)
    page = Directory(current_settings().snapshots_dir).current().nearest(search)
    for hit in page.hits:
        one = hit.facility()
        distance = f"{hit.distance_m / 1000:,.1f} km" if hit.distance_m >= 1000 else f"{hit.distance_m:,.0f} m"
        details = " · ".join(filter(None, (one.address.line(), *one.phones[:1], one.id)))
        OUT.print(f"{distance:>10}  [bold]{escape(one.name)}[/], {one.kind.replace('_', ' ')}\n            {escape(details)}")
    if not page.hits:
        OUT.print("Nothing there. Widen --radius-m, leave out --kind, or load facilities.")
