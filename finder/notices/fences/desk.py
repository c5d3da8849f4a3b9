"""The desk at which fences are entered, tried out, activated and ended: whoever comes, the law is asked here first.

The API, the command line and files of fences all come by here. The store takes nothing else than what the law allowed
(:class:`finder.domain.lawful.LawfulFence`), and asks no law itself.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from finder.domain.admin import Actor
from finder.domain.fence import Circle, Fence, FenceStatus, Outline, Trial, shape_sha256
from finder.domain.lawful import LawfulFence
from finder.domain.tenant import TenantId
from finder.errors import BadFile, BadInput, Conflict, NotFound, NotReady, Unlawful
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.notices.fences.checked import check
from finder.notices.fences.outlines import doubt_of
from finder.notices.fences.preview import Preview, previewed
from finder.notices.fences.reading import fences_of_rows
from finder.notices.fences.sites import Sites
from finder.notices.fences.tables import LARGEST_BYTES, MOST_ROWS, RawRow, RowProblem, rows_in
from finder.notices.fences.trial import TRIAL_RUNS, tried
from finder.notices.law import Boundaries, Operator, Site
from finder.notices.law.ground import centre_of
from finder.notices.law.ruled import ruled
from finder.store.apps import new_id
from finder.store.fences import MOST_FENCES_LISTED, DamagedFence, FenceChanges, FencePage, FenceStore, StoredFence
from finder.store.tenants import TenantStore

__all__ = ["FenceDesk", "Judged", "Reading"]

_MOST_PROBLEMS: Final = 1000
"""That many are told of a file; then it is read no further."""
_FAR_M: Final = 10_000.0
"""No fence of a facility is so far from it."""


class Reading(msgspec.Struct, frozen=True):
    """What came of a file: every fence of it, or what is wrong with it, and then none. In a dry run they are not in the store.

    ``changes``: what entering them did, or would do. ``is_cut``: more may be wrong, as the file was read no further.
    """

    saved: tuple[StoredFence, ...]
    errors: tuple[RowProblem, ...]
    not_read: tuple[str, ...]
    """The names of the columns that are kept with a fence and mean nothing: one of them may be misspelt."""
    changes: FenceChanges = FenceChanges(new=0, changed=0, unchanged=0)
    is_cut: bool = False


class Judged(msgspec.Struct, frozen=True):
    """What the law says now of the fences that are not ended: the ids of those it allows, and by id why not the others."""

    lawful: tuple[str, ...]
    refused: dict[str, str]


class FenceDesk:
    """Safe to ask from many threads.

    ``boundaries`` gives the outlines of countries, ``None`` where set-up did not bring them: then everything is refused.
    ``clock`` gives now, with its time zone.
    """

    def __init__(
        self,
        store: FenceStore,
        tenants: TenantStore,
        sites: Sites,
        boundaries: Callable[[], Boundaries | None],
        clock: Callable[[], datetime],
        *,
        trial_runs: int = TRIAL_RUNS,
    ) -> None:
        self._store, self._tenants, self._sites, self._boundaries, self._clock = store, tenants, sites, boundaries, clock
        self._trial_runs = trial_runs

    def save(self, fence: Fence, *, by: Actor) -> StoredFence:
        """Enter a fence as a draft, or change one, which makes it a draft again. An empty id is replaced by a random one.

        Raises :class:`BadInput` with all that it lacks, :class:`Unlawful` with all that the law has against it,
        :class:`NotFound` for a facility or tenant of none, and :class:`Conflict` for an id of another tenant's fence and where
        the tenant has no room for more.
        """
        site = self._sites.site(fence.facility_id)
        fence = check(msgspec.structs.replace(fence, id=fence.id or new_id()), site.facility, self._clock())
        return self._store.put(self._ruled(fence, site), by=by)

    def read(
        self,
        path_or_bytes: Path | bytes,
        name: str,
        tenant: TenantId,
        *,
        by: Actor,
        dry_run: bool = False,
        most_rows: int = MOST_ROWS,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Reading:
        """Enter all fences of a file (:mod:`finder.notices.fences.reading`) for a tenant, or none where anything is wrong.

        ``name`` is what the file is called when it is told of; ``progress`` is told how many rows have been looked at, of how
        many. Raises :class:`BadFile` for what is no such file, or has more rows, :class:`NotFound` for a tenant of none,
        :class:`Conflict` where it has no room for so many, and :class:`NotReady` where the store or the directory does not
        answer.
        """
        self._tenants.get(tenant)
        data = path_or_bytes if isinstance(path_or_bytes, bytes) else _read(path_or_bytes, name)
        lawful: list[tuple[int, LawfulFence]] = []
        errors: list[RowProblem] = []
        now = self._clock()
        # All before the first: who asks the law about each does not want to hear at the end that there are too many.
        rows = list(rows_in(data, name, most_rows))
        not_read = tuple(sorted({column for row in rows if isinstance(row, RawRow) for column in row.extras}))
        for found in fences_of_rows(_told(rows, progress), tenant, self._sites, now):
            if isinstance(found, RowProblem):
                errors.append(found)
            else:
                try:
                    lawful.append((found.row, self._ruled(found.fence, found.site)))
                except (Unlawful, BadInput) as error:
                    errors.append(RowProblem(found.row, "", str(error)))
            if len(errors) >= _MOST_PROBLEMS:
                break
        is_cut = len(errors) >= _MOST_PROBLEMS
        errors += self._taken(lawful, tenant)
        if errors:
            return Reading((), tuple(sorted(errors, key=lambda error: error.row)), not_read, is_cut=is_cut)
        ruled_ones = [one for _, one in lawful]
        fences = [one.fence for one in ruled_ones]
        changes = self._store.changes(fences)
        if dry_run:
            self._store.check_room(fences)
            return Reading(
                tuple(StoredFence(fence=one.fence, judgement=one.judgement) for one in ruled_ones), (), not_read, changes
            )
        return Reading(tuple(self._store.put_all(ruled_ones, by=by)), (), not_read, changes)

    def try_out(self, fence_id: str) -> Trial:
        """Return what simulated visits say of a fence, and keep it with the fence; it takes some seconds.

        Raises :class:`NotFound`, and :class:`Conflict` where the fence cannot be read, as all that follows but the end does.
        """
        trial = tried(self._store.get(fence_id).fence, at=self._clock(), runs=self._trial_runs)
        self._store.keep_trial(fence_id, trial)
        return trial

    def activate(self, fence_id: str, *, by: Actor) -> StoredFence:
        """Let a fence be told of, if the law allows it still and its trial says that it works; it is tried out where it was not.

        Raises :class:`NotFound`; :class:`Unlawful`; :class:`BadInput` where it lacks something, or has expired; and
        :class:`Conflict` where it tells too often what is not so, has ended, or was changed meanwhile.
        """
        stored = self._store.get(fence_id)
        fence, now = stored.fence, self._clock()
        if fence.status is FenceStatus.ENDED:
            raise Conflict(f"Fence {fence_id} has ended: save it anew, and activate that.")
        site = self._sites.site(fence.facility_id)
        lawful = self._ruled(check(fence, site.facility, now), site)
        trial = stored.trial
        if trial is None or trial.shape_sha256 != shape_sha256(fence):
            trial = tried(fence, at=now, runs=self._trial_runs)
            self._store.keep_trial(fence_id, trial)
        return self._store.activate(lawful, trial, by=by)

    def end(self, fence_id: str, *, by: Actor) -> StoredFence | DamagedFence:
        """End a fence, also one that cannot be read: nobody is told of it any more. Raises :class:`NotFound`."""
        return self._store.end(fence_id, at=self._clock(), by=by)

    def get(self, fence_id: str) -> StoredFence:
        """A fence, whatever its status. Raises :class:`NotFound`."""
        return self._store.get(fence_id)

    def tenant_of(self, fence_id: str) -> TenantId | None:
        """Whose fence has this id, also where it cannot be read; ``None`` where there is none."""
        return self._store.tenants_of([fence_id]).get(fence_id)

    def list(
        self,
        *,
        tenant: str | None = None,
        facility_id: str | None = None,
        status: FenceStatus | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> FencePage:
        """As :meth:`finder.store.fences.FenceStore.list`."""
        return self._store.list(tenant=tenant, facility_id=facility_id, status=status, limit=limit, offset=offset)

    def draft_ids(self, tenant: TenantId) -> Sequence[str]:
        """The ids of a tenant's drafts, in their order, also of those that cannot be read. Raises :class:`NotFound`."""
        self._tenants.get(tenant)
        found = [
            (one.id, one.status) if isinstance(one, DamagedFence) else (one.fence.id, one.fence.status)
            for one in self._all(tenant)
        ]
        return sorted(id_ for id_, status in found if status == FenceStatus.DRAFT)

    def preview(self, fence_id: str, *, language: str, at: datetime) -> Preview:
        """What a person will see of a fence in a language (BCP 47), and whether they would ``at`` a moment.

        Raises :class:`NotFound`, also where its facility is not in service, and :class:`BadInput` for a moment without a zone.
        """
        fence = self._store.get(fence_id).fence
        facility = self._sites.site(fence.facility_id).facility
        return previewed(fence, facility, self._tenants.get(fence.tenant).name, language=language, at=at)

    def judge_anew(self, stored: StoredFence) -> StoredFence:
        """Return a fence with what the law says of it now, its status as it is; the store is not written.

        Raises :class:`Unlawful`, and :class:`NotFound` where its facility is not in service.
        """
        fence = stored.fence
        lawful = self._ruled(fence, self._sites.site(fence.facility_id))
        return msgspec.structs.replace(stored, fence=lawful.fence, judgement=lawful.judgement)

    def judge_all(self, *, by: Actor, tenant: str | None = None) -> Judged:
        """Ask the law again about every fence that has not ended, and keep the new judgement of those that it allows.

        An active one that it does not allow becomes a draft; one whose facility is not in service stays as it is, and nobody is
        told of it as long as that is so. Raises :class:`NotReady` without the outlines of countries, as nothing is lawful then.
        """
        if self._boundaries() is None:
            raise NotReady(
                "The outlines of countries are not installed, so the law cannot be asked: make setup. Nothing was changed."
            )
        lawful: list[LawfulFence] = []
        refused: dict[str, str] = {}
        for stored in self._all(tenant):
            if isinstance(stored, DamagedFence):
                refused[stored.id] = stored.problem
                continue
            fence = stored.fence
            try:
                if isinstance(fence.shape, Outline) and (doubt := doubt_of(fence.shape)):
                    raise BadInput(doubt)  # as one that a former release let in
                lawful.append(self._ruled(fence, self._sites.site(fence.facility_id)))
            except NotFound as error:
                refused[fence.id] = str(error)
            except (Unlawful, BadInput) as error:
                refused[fence.id] = str(error)
                self._store.suspend(fence, by=by)
        self._store.keep_judgements(lawful, by=by)
        return Judged(tuple(one.fence.id for one in lawful), refused)

    def _all(self, tenant: str | None) -> Iterator[StoredFence | DamagedFence]:
        """All that have not ended."""
        offset = 0  # in the order of their ids, which suspending leaves as it is
        while True:
            page = self._store.list(tenant=tenant, limit=MOST_FENCES_LISTED, offset=offset)
            yield from (stored for stored in page.fences if stored.fence.status is not FenceStatus.ENDED)
            yield from (damaged for damaged in page.damaged if damaged.status != FenceStatus.ENDED)
            found = len(page.fences) + len(page.damaged)
            if found < MOST_FENCES_LISTED:
                return
            offset += found

    def _ruled(self, fence: Fence, site: Site) -> LawfulFence:
        runs = self._tenants.tenant_of(fence.facility_id) == fence.tenant
        try:
            return ruled(
                fence,
                site,
                others=self._sites.others(fence.shape, but=fence.facility_id),
                operator=Operator.RUNS_THE_FACILITY if runs else Operator.OTHER,
                boundaries=self._boundaries(),
                at=self._clock(),
            )
        except Unlawful as error:
            asked = ["Are lat and lon swapped?"] if _would_be_near_if_swapped(fence.shape, site.facility.lon_lat) else []
            if not runs:
                asked += [f"Tenant {fence.tenant} does not run this facility: who runs the finder enters who does."]
            raise Unlawful(" ".join([str(error), *asked])) from error

    def _taken(self, lawful: Sequence[tuple[int, LawfulFence]], tenant: str) -> Sequence[RowProblem]:
        """A problem for each row whose id another tenant's fence has."""
        owners = self._store.tenants_of([one.fence.id for _, one in lawful])
        text = "A fence of another tenant has this id: choose another."
        return [RowProblem(row, "id", text) for row, one in lawful if owners.get(one.fence.id, tenant) != tenant]


def _would_be_near_if_swapped(shape: Circle | Outline, facility: LonLat) -> bool:
    """Whether a shape is far from its facility, and would not be with latitude for longitude."""
    middle = centre_of(shape)
    if abs(middle.lon) > 90.0 or geodesic_m(middle, facility) <= _FAR_M:
        return False
    return geodesic_m(LonLat(middle.lat, middle.lon), facility) <= _FAR_M


def _told[R](rows: Sequence[R], progress: Callable[[int, int], None]) -> Iterator[R]:
    for done, row in enumerate(rows):
        progress(done, len(rows))
        yield row
    progress(len(rows), len(rows))


def _read(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise BadFile(f"{name} is larger than {LARGEST_BYTES // 1_000_000} MB: split it.")
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"{name} cannot be read ({error.strerror}).") from error
