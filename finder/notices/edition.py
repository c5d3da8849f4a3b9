"""The fences in service at one time, with all that telling of them needs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from finder.domain.facility import Facility
from finder.domain.fence import Fence
from finder.errors import NotFound, NotReady
from finder.geo.fence_index import FenceIndex
from finder.geo.points import LonLat
from finder.notices.listening import expires_at

__all__ = ["Edition"]

_MOST_WANTED: Final = 200


class Edition:
    """Fences with their facilities, as they were when they were read. Immutable, and safe to read from many threads.

    Some may be ``awaited``: the law is still being asked about them. Of a facility with such a one, and near one, nothing is
    said at all, as whoever watches a part of the fences would miss the rest without knowing it.
    """

    __slots__ = (
        "_awaited",
        "_awaited_at",
        "_awaited_index",
        "_by_facility",
        "_by_id",
        "_facilities",
        "_tenants",
        "_want",
        "expires_at",
        "fences",
        "index",
    )
    fences: tuple[Fence, ...]
    index: FenceIndex
    """Of the shapes of ``fences``, by their place there."""
    expires_at: datetime | None
    """When the first of them expires."""

    def __init__(
        self,
        fences: Sequence[Fence],
        facilities: Mapping[str, Facility],
        tenants: Mapping[str, str],
        *,
        awaited: Sequence[Fence] = (),
        want: Callable[[Collection[str]], None] = lambda _facility_ids: None,
    ) -> None:
        """``facilities`` are by id and hold that of each fence; ``tenants`` are names by id.

        ``want`` is told of which facilities an awaited fence was asked for.
        """
        self.fences = tuple(fences)
        self.index = FenceIndex([fence.shape for fence in self.fences])
        self._facilities, self._tenants = dict(facilities), dict(tenants)
        self._by_id = {fence.id: fence for fence in self.fences}
        by_facility: dict[str, list[Fence]] = {}
        for fence in self.fences:
            by_facility.setdefault(fence.facility_id, []).append(fence)
        self._by_facility = {id_: tuple(there) for id_, there in by_facility.items()}
        self._awaited, self._want = tuple(awaited), want
        self._awaited_at = frozenset(fence.facility_id for fence in awaited)
        self._awaited_index: FenceIndex | None = None
        ends = (expires_at(fence, self._facilities[fence.facility_id]) for fence in self.fences if fence.expires_on)
        self.expires_at = min((end for end in ends if end is not None), default=None)

    def __len__(self) -> int:
        return len(self.fences)

    def of_facility(self, facility_id: str) -> tuple[Fence, ...]:
        """Return the fences of a facility, by id; none for one that has none. Raises :class:`NotReady` where one is awaited."""
        if facility_id in self._awaited_at:
            raise self._not_yet({facility_id})
        return self._by_facility.get(facility_id, ())

    def get(self, fence_id: str) -> Fence:
        """Return a fence. Raises :class:`NotFound` when none in service has this id."""
        fence = self._by_id.get(fence_id)
        if fence is None:
            raise NotFound("No fence in service has this id: it ended, expired, or is not lawful any more.")
        return fence

    def around(self, lon_lat: LonLat, limit: int) -> list[Fence]:
        """Return the fences whose edges are nearest to a point, those that hold it first. Raises :class:`BadInput`."""
        return [self.fences[number] for number in self.index.nearest(lon_lat, limit).fences.tolist()]

    def check_around(self, lon_lat: LonLat, radius_m: float) -> None:
        """Raise :class:`NotReady` where the edge of an awaited fence is that near."""
        if not self._awaited:
            return
        if self._awaited_index is None:  # few editions are asked
            self._awaited_index = FenceIndex([fence.shape for fence in self._awaited])
        near = self._awaited_index.nearest(lon_lat, _MOST_WANTED, most_m=radius_m).fences.tolist()
        if near:
            raise self._not_yet({self._awaited[number].facility_id for number in near})

    def facility(self, id_: str) -> Facility:
        """Return the facility of a fence in service. Raises :class:`NotFound` for one without a fence."""
        facility = self._facilities.get(id_)
        if facility is None:
            raise NotFound("No facility of this id has a fence in service.")
        return facility

    def tenant_name(self, id_: str) -> str:
        """Return a tenant's name as people are shown it. Raises :class:`NotFound`."""
        name = self._tenants.get(id_)
        if name is None:
            raise NotFound("There is no tenant of this id.")
        return name

    def _not_yet(self, facility_ids: Collection[str]) -> NotReady:
        self._want(facility_ids)
        return NotReady("This service has just begun to look after notices there. Send it again in a few seconds.")
