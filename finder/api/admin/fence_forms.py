"""Fences as the admin API takes and gives them."""

from collections.abc import Sequence
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from finder.api.problems import Problem
from finder.domain.fence import (
    HIGHEST_LEVEL,
    LOWEST_LEVEL,
    MOST_FALSE,
    MOST_MISSED,
    Circle,
    Fence,
    FenceStatus,
    Outline,
    Trial,
    Trigger,
    Wish,
)
from finder.domain.tenant import TenantId
from finder.domain.visit import NoticeLogEntry, Outcome
from finder.errors import BadInput
from finder.geo.points import LonLat, checked_lon_lat
from finder.notices.fences.desk import Reading
from finder.store.fences import DamagedFence, FencePage, StoredFence

__all__ = [
    "CircleForm",
    "DamagedFenceAnswer",
    "FenceAnswer",
    "FenceForm",
    "FenceRequest",
    "FencesAnswer",
    "LogAnswer",
    "OutlineForm",
    "ReadingAnswer",
    "RefusedFile",
    "TrialAnswer",
    "WishForm",
]

type _Line = Annotated[str, msgspec.Meta(max_length=300)]


class CircleForm(msgspec.Struct, frozen=True, kw_only=True, tag="circle", forbid_unknown_fields=True):
    """A circle around a point, in WGS84 degrees."""

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    radius_m: Annotated[float, msgspec.Meta(ge=1, le=20_000)]


class OutlineForm(msgspec.Struct, frozen=True, kw_only=True, tag="outline", forbid_unknown_fields=True):
    """Polygons as the ``coordinates`` of a GeoJSON MultiPolygon: longitude first, each ring closed, the outer one first."""

    coordinates: list[list[list[list[float]]]]
    level: Annotated[float, msgspec.Meta(ge=LOWEST_LEVEL, le=HIGHEST_LEVEL)] | None = None
    """The floor of a zone inside a building; ``null``: on whichever floor a person is."""


class WishForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is listened for, and what the person is told then, by language (``en``, ``es``).

    ``{facility}`` and ``{entrance}`` are filled in. ``approach`` needs ``eta_s``, ``dwell`` needs ``dwell_s``: seconds.
    """

    trigger: Trigger
    texts: dict[str, str]
    eta_s: float | None = None
    dwell_s: float | None = None


class FenceForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an admin says of a fence. Times of day are the facility's own."""

    facility: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    """Its id."""
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    shape: CircleForm | OutlineForm
    wishes: Annotated[list[WishForm], msgspec.Meta(min_length=1, max_length=20)]
    windows: _Line = ""
    """When it listens, as ``opening_hours`` of OpenStreetMap; empty: always."""
    quiet_hours: _Line = ""
    """When it says nothing, in the same form."""
    once_per_visit: bool = True
    most_per_day: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    false_event_limit: Annotated[float, msgspec.Meta(ge=0, le=MOST_FALSE)] = 0.01
    expires_on: date | None = None
    extras: dict[str, Any] = {}


_ALIKE = tuple(name for name in FenceForm.__struct_fields__ if name not in {"facility", "shape", "wishes"})
"""What a form has as :class:`Fence` does."""


class FenceRequest(FenceForm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fence to be entered, or changed as a whole. ``tenant`` may be left out with a tenant's own key."""

    tenant: TenantId | None = None

    def fence(self, id_: str, tenant: str) -> Fence:
        """Return it as a draft. Raises :class:`BadInput` for what is no fence."""
        said = {name: getattr(self, name) for name in _ALIKE}
        wishes = tuple(Wish(**msgspec.structs.asdict(wish)) for wish in self.wishes)
        return Fence(id=id_, tenant=tenant, facility_id=self.facility, shape=_shape(self.shape), wishes=wishes, **said)


class JudgementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """By which rows of the law's table the fence is lawful, and when that was asked: see docs/notices-law.md."""

    at: datetime
    rows: tuple[str, ...]


class TrialAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What simulated visits said. Shares are of the visits; with a greater ``false_share`` than its limit it is not activated.

    Nor with a ``missed_share`` of more than half of the visits on which something was due.
    """

    at: datetime
    runs: int
    false_share: float
    missed_share: float
    may_be_activated: bool

    @classmethod
    def of(cls, trial: Trial, false_event_limit: float) -> "TrialAnswer":
        """Return a trial as the API gives it."""
        return cls(
            at=trial.at,
            runs=trial.runs,
            false_share=trial.false_share,
            missed_share=trial.missed_share,
            may_be_activated=trial.false_share <= false_event_limit and trial.missed_share <= MOST_MISSED,
        )


class FenceAnswer(FenceForm, frozen=True, kw_only=True):
    """A fence, why it is lawful, and what the trial said, if there was one."""

    id: str
    tenant: str
    status: FenceStatus
    changed_at: datetime | None
    judgement: JudgementAnswer
    trial: TrialAnswer | None

    @classmethod
    def of(cls, stored: StoredFence) -> "FenceAnswer":
        """Return a fence as the API gives it."""
        fence, judgement = stored.fence, stored.judgement
        return cls(
            **{name: getattr(fence, name) for name in _ALIKE},
            id=fence.id,
            tenant=fence.tenant,
            facility=fence.facility_id,
            status=fence.status,
            changed_at=fence.changed_at,
            shape=_form_of(fence.shape),
            wishes=[WishForm(**msgspec.structs.asdict(wish)) for wish in fence.wishes],
            judgement=JudgementAnswer(at=judgement.at, rows=judgement.rows),
            trial=TrialAnswer.of(stored.trial, fence.false_event_limit) if stored.trial else None,
        )


class DamagedFenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A fence that cannot be read, and what to do. It may be entered again (``PUT``) or ended, and nobody is told of it."""

    id: str
    tenant: str
    facility: str
    status: str
    problem: str

    @classmethod
    def of(cls, damaged: DamagedFence) -> "DamagedFenceAnswer":
        """Return it as the API gives it."""
        return cls(
            id=damaged.id,
            tenant=damaged.tenant,
            facility=damaged.facility_id,
            status=damaged.status,
            problem=damaged.problem,
        )


class FencesAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """In the order of their ids; those that cannot be read beside the others, where there are any."""

    fences: list[FenceAnswer]
    damaged: list[DamagedFenceAnswer] = []

    @classmethod
    def of(cls, page: FencePage) -> "FencesAnswer":
        """Return a page of fences as the API gives it."""
        damaged = [DamagedFenceAnswer.of(one) for one in page.damaged]
        return cls(fences=[FenceAnswer.of(one) for one in page.fences], damaged=damaged)


class RowProblemAnswer(msgspec.Struct, frozen=True):
    """What is wrong with a row of the file (the header is 1) or with a feature (from 1), and what to do."""

    row: int
    column: str
    text: str


class ReadingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file. Where there are ``errors``, and in a dry run, nothing of it was entered: ``entered`` says so.

    ``not_read``: the columns that are kept with a fence and mean nothing; one of them may be misspelt. ``is_cut``: there may be
    more errors, as so many are told of a file and it is read no further.
    """

    entered: bool
    fences: list[FenceAnswer]
    errors: list[RowProblemAnswer]
    is_cut: bool
    not_read: tuple[str, ...]

    @classmethod
    def of(cls, reading: Reading, *, dry_run: bool) -> "ReadingAnswer":
        """Return what came of a file as the API gives it."""
        return cls(
            entered=not dry_run and not reading.errors,
            fences=[FenceAnswer.of(one) for one in reading.saved],
            errors=[RowProblemAnswer(row=error.row, column=error.column, text=error.text) for error in reading.errors],
            is_cut=reading.is_cut,
            not_read=reading.not_read,
        )


class RefusedFile(Problem, frozen=True, kw_only=True):
    """A problem whose ``report`` says of each row what is wrong: nothing of the file was entered."""

    report: ReadingAnswer

    @classmethod
    def of(cls, reading: Reading) -> "RefusedFile":
        """Return what is wrong with a file as the API tells it."""
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return cls(
            type="about:blank",
            title=status.phrase,
            status=status,
            detail="Nothing was entered: report.errors says of each row what is wrong. Put these right, and send the file again.",
            code="rows_refused",
            report=ReadingAnswer.of(reading, dry_run=False),
        )


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """How often on a day (UTC) something was told (``sent``) or not (``held``) at a trigger, and why."""

    day: date
    fence_id: str
    trigger: Trigger
    outcome: Outcome
    reason: str
    count: int


class LogAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. Of nobody: no line tells of persons, or where they were.

    ``until``: the last day (UTC) that is over. A day shows once it is over, so that of today there is nothing.
    """

    entries: list[LogLine]
    until: date

    @classmethod
    def of(cls, entries: Sequence[NoticeLogEntry], until: date) -> "LogAnswer":
        """Return the log as the API gives it."""
        lines = [LogLine(**{name: getattr(one, name) for name in LogLine.__struct_fields__}) for one in entries]
        return cls(entries=lines, until=until)


def _shape(form: CircleForm | OutlineForm) -> Circle | Outline:
    if isinstance(form, CircleForm):
        return Circle(centre=LonLat(form.lon, form.lat), radius_m=form.radius_m)
    rings = [[[_point(point) for point in ring] for ring in polygon] for polygon in form.coordinates]
    return Outline(polygons=tuple(tuple(map(tuple, polygon)) for polygon in rings), level=form.level)


def _point(numbers: list[float]) -> LonLat:
    if len(numbers) not in {2, 3}:
        raise BadInput("A corner of an outline is [longitude, latitude].")
    return checked_lon_lat(numbers[0], numbers[1])


def _form_of(shape: Circle | Outline) -> CircleForm | OutlineForm:
    if isinstance(shape, Circle):
        return CircleForm(lat=shape.centre.lat, lon=shape.centre.lon, radius_m=shape.radius_m)
    return OutlineForm(coordinates=[[[[*point] for point in ring] for ring in one] for one in shape.polygons], level=shape.level)
