"""How many searched for what, where: the counts that were released."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from finder.api.admin.services import AdminServices
from finder.domain.admin import Scope
from finder.domain.statistics import Release, SearchCount
from finder.errors import NotFound
from finder.privacy.statistics import explained, margin

__all__ = ["statistics_handler"]

_Week = Annotated[date | None, QueryParameter(description="The Monday, in UTC, of a week that was released; else the newest.")]


class CountAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """About how many persons, each a key. ``cell``: H3, resolution 7, or ``unknown``; ``specialty``: id, or ``any``."""

    cell: str
    specialty: str
    persons: int


class StatisticsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One release. ``explained`` says in words what its figures mean; ``weeks`` are all that were released, newest first."""

    week: date
    released_at: datetime
    explained: str
    epsilon: float
    delta: float
    noise: Annotated[str, msgspec.Meta(description="The distribution of the random numbers that were added.")]
    scale: float
    margin: Annotated[int, msgspec.Meta(description="So far is a number from the true one at most, in 95 of 100 cases.")]
    threshold: Annotated[int, msgspec.Meta(description="The smallest number that is shown.")]
    least_persons: Annotated[int, msgspec.Meta(description="Fewer are never shown, whatever the noise.")]
    contribution: Annotated[int, msgspec.Meta(description="As many counts at most does one person have a part in.")]
    counts: list[CountAnswer]
    weeks: list[date]

    @classmethod
    def of(cls, release: Release, counts: list[SearchCount], weeks: list[date]) -> "StatisticsAnswer":
        """Return a release as the API gives it."""
        return cls(
            **msgspec.structs.asdict(release),
            explained=explained(release),
            noise="discrete Laplace",
            margin=margin(release.scale),
            counts=[CountAnswer(**msgspec.structs.asdict(count)) for count in counts],
            weeks=weeks,
        )


def statistics_handler(services: AdminServices) -> Any:
    """Return the handler of ``GET /statistics``."""

    @get("/statistics", opt={"scope": Scope.STATISTICS_READ}, sync_to_thread=True, summary="How many searched for what, where")
    def statistics(week: _Week = None) -> StatisticsAnswer:
        """Answer the counts of a week, with noise, as they were released once: asking again gives the same."""
        weeks = [release.week for release in services.counts.releases()]
        if not weeks:
            raise NotFound("No week is released yet: the first is on the Monday after it began.")
        return StatisticsAnswer.of(*services.counts.released(week or weeks[0]), weeks)

    return statistics
