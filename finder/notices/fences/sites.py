"""Facilities as the law looks at them: with their grounds, who works there, and whose sites are near."""

from collections.abc import Callable
from typing import Protocol

from finder.directory.directory import Directory
from finder.directory.snapshot import Snapshot
from finder.domain.facility import Facility
from finder.domain.fence import Circle, Outline
from finder.notices.law.ground import centre_of
from finder.notices.law.verdict import Site, look_around_m

__all__ = ["DirectorySites", "Sites"]

_AT_ONCE = 256
"""Neighbours that are asked for first: few fences have more of them."""


class Sites(Protocol):
    """Where the sites come from that a fence is judged by."""

    def site(self, facility_id: str) -> Site:
        """The site of a facility. Raises :class:`NotFound` where none of this id is in service."""
        ...

    def others(self, shape: Circle | Outline, but: str) -> list[Site]:
        """All sites but that of the facility ``but`` that may be near enough to a fence of this shape to speak against it."""
        ...


class DirectorySites:
    """The sites of the snapshot in service, looked up anew for each question. Safe to ask from many threads.

    ``outline_of`` gives the grounds of a facility by its id, or ``None`` where nobody has drawn them. What is not published -
    facilities that are closed, for a while or for good - is no site.
    """

    def __init__(self, directory: Directory, outline_of: Callable[[str], Outline | None] = lambda _: None) -> None:
        self._directory = directory
        self._outline_of = outline_of

    def site(self, facility_id: str) -> Site:
        """As :meth:`Sites.site`. Raises :class:`NotReady` too, where nothing was ever published."""
        snapshot = self._directory.current()
        return self._site(snapshot, snapshot.facility(facility_id))

    def others(self, shape: Circle | Outline, but: str) -> list[Site]:
        """As :meth:`Sites.others`, nearest first: those within :func:`finder.notices.law.look_around_m` of the shape's middle.

        Raises :class:`NotReady` as :meth:`site`, and :class:`BadInput` for a shape without area or not on the Earth.
        """
        snapshot = self._directory.current()
        middle, radius_m, most = centre_of(shape), look_around_m(shape), _AT_ONCE
        near = snapshot.nearest(middle, most, radius_m=radius_m)
        while len(near) == most:
            most *= 4
            near = snapshot.nearest(middle, most, radius_m=radius_m)
        facilities = (snapshot.records.facility_at(one.slot) for one in near)
        return [self._site(snapshot, facility) for facility in facilities if facility.id != but]

    def _site(self, snapshot: Snapshot, facility: Facility) -> Site:
        return Site(facility=facility, perimeter=self._outline_of(facility.id), practised=_practised(snapshot, facility))


def _practised(snapshot: Snapshot, facility: Facility) -> tuple[str, ...]:
    """The specialties of who works at a facility, each once."""
    people = snapshot.people
    found: dict[str, None] = {}
    for number in people.listings_at_facility(snapshot.row_of(facility.id)).tolist():
        person = people.person_at(int(people.listings.person[number]))
        found |= dict.fromkeys(person.specialties_of(person.roles[int(people.listings.role[number])]))
    return tuple(found)
