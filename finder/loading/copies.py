"""A first look at whether what a load adds is there already, under another source. Matching proper is for a later stage."""

from collections import Counter
from collections.abc import Sequence

from finder.domain.facility import Facility
from finder.geo.distance import geodesic_m
from finder.loading.fold import folded
from finder.store import Store

__all__ = ["notes_on_copies"]

NEAR_M = 100.0
"""Two points of one name at most this far apart are likely one place, looked up twice."""
WORTH_A_NOTE = 3
"""One or two may be chance, or two sources that know the same place."""


def notes_on_copies(store: Store, added: Sequence[Facility], source: str) -> list[str]:
    """What an admin should know of ``added`` that have the name and place of stored facilities of another source."""
    by_name: dict[str, list[Facility]] = {}
    for new in added:
        by_name.setdefault(folded(new.name), []).append(new)
    ids = {new.id for new in added}
    if len(ids) < WORTH_A_NOTE:
        return []
    pairs: set[tuple[str, str]] = set()
    for old in store.facilities():
        given = old.provenance.get("name")
        if old.id in ids or given is None or given.source == source:
            continue
        near = (new for new in by_name.get(folded(old.name), ()) if geodesic_m(new.lon_lat, old.lon_lat) <= NEAR_M)
        pairs.update((given.source, new.id) for new in near)
    counts = Counter(other for other, _ in pairs).most_common()
    return [_note(count, other) for other, count in counts if count >= WORTH_A_NOTE]


def _note(count: int, other: str) -> str:
    found = f"{count:,} of the new facilities have the name and place of ones that came from source “{other}”"
    if ":" in other:  # a region, not a file
        return f"{found}: people see both, unless the file has a column osm with the numbers of those, such as node/25."
    return f"{found}: if this is a newer file of that source, load it with --source {other}, or people see both."
