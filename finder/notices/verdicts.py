"""What the law says of the fences in service, asked by this process itself, by the facilities and outlines that it serves.

A judgement in the store says that somebody asked once: about other neighbours, on a machine with another clock, or about a site
that was made up. So it opens no door here. Each fence is asked about when a process begins, and again when what it is judged by
has changed: no moments are compared, and no clock can be wrong.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

from finder.domain.fence import Fence, FenceStatus
from finder.errors import Damaged, FinderError, NotReady
from finder.store.fences import StoredFence

__all__ = ["GRACE_S", "Verdicts"]

GRACE_S: Final = 60.0
"""So long what was allowed by the facilities or the law before stays in service, until it was asked about again."""

_log = logging.getLogger(__name__)


class _Verdict(NamedTuple):
    """About which fence, of a facility that which tenant runs, and what it says."""

    fence: Fence
    runs: str | None
    is_allowed: bool
    good_until_s: float
    """For want of a newer one."""


class Verdicts:
    """Verdicts by id of fence. For one thread at a time.

    ``judge`` asks the law about a fence and raises :class:`FinderError` where it is not allowed. ``monotonic_s`` never goes back.
    """

    def __init__(self, judge: Callable[[StoredFence], StoredFence], monotonic_s: Callable[[], float]) -> None:
        self._judge, self._monotonic_s = judge, monotonic_s
        self._basis: object = None
        self._known: dict[str, _Verdict] = {}
        self._before: dict[str, _Verdict] = {}
        """Those that were allowed by another basis, and have not been asked about again."""

    def begin(self, basis: object, fence_ids: Collection[str]) -> None:
        """Say what is judged by from now on - equal where nothing has changed - and which fences there are."""
        if basis != self._basis:
            until_s = self._monotonic_s() + GRACE_S
            allowed = {id_: one._replace(good_until_s=until_s) for id_, one in self._known.items() if one.is_allowed}
            self._known, self._before, self._basis = {}, self._before | allowed, basis
        now_s = self._monotonic_s()
        self._known = {id_: one for id_, one in self._known.items() if id_ in fence_ids}
        self._before = {id_: one for id_, one in self._before.items() if id_ in fence_ids and one.good_until_s > now_s}

    def ask(
        self,
        fences: Sequence[tuple[StoredFence, str | None]],
        goes_on: Callable[[], bool],
        wanted: Collection[str] = (),
    ) -> int:
        """Ask about those that are not known, each with who runs its facility, while ``goes_on``; return how many are left.

        First about those of the facilities that are ``wanted``, then those of which nobody is told until they were asked about.
        Raises :class:`NotReady` and :class:`Damaged` where nothing is known against a fence, but somebody else does not answer.
        """
        due = [(stored, runs) for stored, runs in fences if _about(self._known, stored, runs) is None]
        due.sort(key=lambda one: (one[0].fence.facility_id not in wanted, one[0].fence.id in self._before))
        for asked, (stored, runs) in enumerate(due):
            if not goes_on():
                return len(due) - asked
            fence = stored.fence
            self._known[fence.id] = _Verdict(fence, runs, self._is_allowed(stored), 0.0)
            self._before.pop(fence.id, None)
        return 0

    def allows(self, stored: StoredFence, runs: str | None) -> bool | None:
        """Whether a fence is allowed; ``None`` where that is not known yet."""
        verdict = _about(self._known, stored, runs) or _about(self._before, stored, runs)
        return None if verdict is None else verdict.is_allowed

    def _is_allowed(self, stored: StoredFence) -> bool:
        try:
            return self._judge(stored).fence.status is FenceStatus.ACTIVE
        except (NotReady, Damaged):
            raise
        except FinderError:
            return False
        except Exception as error:
            # Whatever is wrong with one fence, the others are told of.
            _log.error("Fence %s could not be judged (%s), and is out of service.", stored.fence.id, type(error).__name__)
            return False


def _about(known: dict[str, _Verdict], stored: StoredFence, runs: str | None) -> _Verdict | None:
    """The verdict about this very fence."""
    verdict = known.get(stored.fence.id)
    return verdict if verdict is not None and (verdict.fence, verdict.runs) == (stored.fence, runs) else None
