"""The one release of each week."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from finder.domain.statistics import Release, SearchCount, week_of
from finder.privacy.statistics.noise import with_noise
from finder.privacy.statistics.terms import Terms, terms
from finder.store.search_counts import SearchCounts

__all__ = ["release_due"]


def release_due(counts: SearchCounts, now: datetime, under: Terms | None = None) -> list[Release]:
    """Release every week that has ended by ``now`` and is not released; what this call, and no other, has released.

    Weeks in which nobody has searched are released too, as no counts: else a release would tell that somebody has. The week that
    ``now`` is in gets its key, so that it will be released whether or not somebody searches. May be called as often as one likes,
    by several at once.

    Raises :class:`NotReady` when the store cannot be written now: then what is not released waits for the next call.
    """
    under = under or terms()
    counts.open_week(week_of(now))
    made = (_released(counts, week, now, under) for week in counts.due(now))
    return [release for release in made if release is not None]


def _released(counts: SearchCounts, week: date, now: datetime, under: Terms) -> Release | None:
    release = Release(
        week=week,
        released_at=now,
        epsilon=under.epsilon,
        delta=under.delta,
        least_persons=under.least_persons,
        contribution=under.contribution,
        scale=under.scale,
        threshold=under.threshold,
    )

    def publish(exact: Mapping[tuple[str, str], int]) -> tuple[Release, Sequence[SearchCount]]:
        return release, with_noise(exact, under)

    return counts.release(week, publish)
