"""``finder near``: what is nearest to a point, for whoever runs the service."""

import click
from rich.markup import escape

from finder.care.specialties import specialties
from finder.cli.console import OUT, current_settings
from finder.directory import Directory, FacilityHit, PractitionerHit, Stated, Wanted, answer, understood_in
from finder.directory.cares import cares_of_role
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
@click.option("--words", default="", help='What is looked for in a person\'s own words: "cardiologist", "abierto ahora".')
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many.")
def near(lat: float, lon: float, *, kind: tuple[str, ...], radius_m: float | None, words: str, limit: int) -> None:
    """List what is nearest to a point, given as LAT LON in degrees: finder near 32.7157 -117.1611"""
    point = stated_position(LonLat(lon, lat))
    snapshot = Directory(current_settings().snapshots_dir).current()
    stated = Stated(wanted=Wanted(kinds=frozenset(map(FacilityKind, kind))), radius_m=radius_m, limit=limit)
    found = answer(snapshot, understood_in(snapshot, words), stated, point)
    if found.ignored:
        OUT.print(f"Nothing is known by the name of {escape(', '.join(part.text for part in found.ignored))}: left out.")
    for hit in found.page.hits:
        distance = f"{hit.distance_m / 1000:,.1f} km" if hit.distance_m >= 1000 else f"{hit.distance_m:,.0f} m"
        name, what, details = _told(hit)
        OUT.print(
            f"{distance:>10}  [bold]{escape(name)}[/], {escape(what)}\n            {escape(' · '.join(filter(None, details)))}"
        )
    if not found.page.hits:
        OUT.print("Nothing there. Widen --radius-m, leave out --kind or --words, or load facilities.")


def _told(hit: FacilityHit | PractitionerHit) -> tuple[str, str, tuple[str, ...]]:
    """The name, what it is, and details of an answer."""
    facility = hit.facility() if isinstance(hit, FacilityHit) else hit.facility
    if isinstance(hit, FacilityHit):
        return facility.name, facility.kind.replace("_", " "), (facility.address.line(), *facility.phones[:1], facility.id)
    one = hit.person.practitioner
    cares = [specialties().get(id_).person_en for id_ in cares_of_role(hit.person, hit.role, specialties())]
    phones = (*hit.role.phones, *facility.phones)[:1]
    return one.name, ", ".join(filter(None, cares)) or "practitioner", (facility.name, facility.address.line(), *phones, one.id)
