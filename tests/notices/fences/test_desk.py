"""The desk of fences: the law is asked at every door, a file is taken whole or not at all, and what works goes live."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from finder.domain.facility import FacilityKind
from finder.domain.fence import MOST_FALSE, Circle, Fence, FenceStatus, Outline, Trigger, Wish, shape_sha256
from finder.domain.lawful import LawfulFence
from finder.errors import BadFile, BadInput, Conflict, NotFound, NotReady, Unlawful
from finder.geo.points import LonLat
from finder.notices.fences import desk as desk_module
from finder.notices.fences.reading import RowProblem
from finder.notices.fences.trial import tried
from finder.notices.law import Operator, Site
from finder.notices.law.ruled import current_law, law_sha256, ruled
from finder.notices.law.table import law_table, law_table_from
from finder.notices.simulate_noise import Noise
from finder.store import Store, fence_checks
from finder.store.admin_engine import short_write
from finder.store.audit import AuditLog
from finder.store.fence_tables import FENCE
from finder.store.fences import StoredFence
from tests.notices.fences.desks import ADMIN, HELSINKI, NOW, SEATTLE, TEXTS, TIJUANA, Office, clinic, fence_of, opened_office
from tests.notices.fences.phones import LEAPING, RARE
from tests.notices.law_shapes import LAW_TOML, away, holds, regular

FI, MX = clinic("fi", HELSINKI), clinic("mx", TIJUANA, "MX", names={"es": "Clínica mx"})
ENTER = (Wish(trigger=Trigger.ENTER, texts=TEXTS),)


@pytest.fixture
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[Office]:
    with opened_office(f"sqlite:///{tmp_path / 'finder.sqlite'}", FI, MX) as opened:
        yield opened


def csv_of(*fences: Fence) -> bytes:
    text = io.StringIO()
    columns = ["id", "facility", "name", "shape", "lat", "lon", "radius_m", "geojson", "triggers", "text_en", "text_es"]
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    for fence in fences:
        shape: dict[str, Any] = {"geojson": json.dumps(geometry_of(fence.shape))}
        if isinstance(fence.shape, Circle):
            shape = {"lat": fence.shape.centre.lat, "lon": fence.shape.centre.lon, "radius_m": fence.shape.radius_m}
        said = {"id": fence.id, "facility": fence.facility_id, "name": fence.name, "triggers": "dwell 10 min"}
        writer.writerow(said | shape | {f"text_{language}": text for language, text in TEXTS.items()})
    return text.getvalue().encode()


def geojson_of(*fences: Fence) -> bytes:
    features = [
        {
            "type": "Feature",
            "geometry": geometry_of(fence.shape),
            "properties": {
                "id": fence.id,
                "facility": fence.facility_id,
                "name": fence.name,
                "triggers": "dwell 10 min",
                **({"radius_m": fence.shape.radius_m} if isinstance(fence.shape, Circle) else {}),
                **{f"text_{language}": text for language, text in TEXTS.items()},
            },
        }
        for fence in fences
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def geometry_of(shape: Circle | Outline) -> dict[str, Any]:
    if isinstance(shape, Circle):
        return {"type": "Point", "coordinates": list(shape.centre)}
    return {"type": "MultiPolygon", "coordinates": msgspec.to_builtins(shape.polygons)}


# ---- Washington, in every way there is


@pytest.fixture(scope="module")
def far_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Its clinic ``fi`` has a draft, and ``moving`` is moved about by the property."""
    url = f"sqlite:///{tmp_path_factory.mktemp('washington') / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
    with opened_office(url, FI, clinic("moving", HELSINKI, "US")) as opened:
        opened.desk.save(fence_of(FI), by=ADMIN)
        yield opened


@st.composite
def in_washington(draw: st.DrawFn) -> LonLat:
    place = draw(st.tuples(st.floats(-124.7, -117.0), st.floats(45.6, 49.0)))
    assume(holds("us", "Washington", place))
    return LonLat(*place)


@given(in_washington(), st.floats(1.0, 5_000.0), st.integers(0, 12), st.one_of(st.none(), st.floats(5.0, 400.0)))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_washington_there_is_no_way(
    far_office: Office, place: LonLat, radius_m: float, corners: int, site_m: float | None
) -> None:
    office = far_office
    shape = Circle(centre=place, radius_m=radius_m) if corners < 3 else regular(place, radius_m, corners)
    there = fence_of(clinic("moving", place), shape=shape)

    # A draft from when the facility was in Helsinki, then moved; and one whose shape was moved in the database.
    office.sites.move("moving", HELSINKI)
    office.desk.save(fence_of(clinic("moving", HELSINKI), id="before", name=f"{radius_m}"), by=ADMIN)
    before = office.store.get("before")
    office.sites.move("moving", place)
    if site_m is not None:
        office.sites.draw("moving", regular(place, site_m))
    for stored, says in ((before, "Not allowed"), (moved(office, before, shape), "Washington")):
        with pytest.raises(Unlawful, match=says):
            office.desk.activate("before", by=ADMIN)
        with pytest.raises(Unlawful, match=says):
            office.desk.judge_anew(stored)
    # By the desk, as the API and the command line do, also under the id of a fence that was lawful.
    for id_ in ("", "there", "before", "at-fi"):
        with pytest.raises(Unlawful, match="Washington"):
            office.desk.save(msgspec.structs.replace(there, id=id_), by=ADMIN)
    # By a file, alone and among others, in earnest and in a dry run.
    for data in (
        csv_of(there),
        geojson_of(there),
        csv_of(fence_of(FI, id="new"), there),
        geojson_of(fence_of(FI, id="new"), there),
    ):
        for dry_run in (True, False):
            reading = office.desk.read(data, "fences", "norte", by=ADMIN, dry_run=dry_run)
            assert reading.saved == ()
            assert ["Washington" in problem.text for problem in reading.errors] == [True]
            assert not any(str(degrees) in reading.errors[0].text for degrees in place)
    # By the law's own door and by the store's.
    judged = before.judgement
    runs = Operator.RUNS_THE_FACILITY
    with pytest.raises(Unlawful, match="Washington"):
        ruled(there, office.sites.site("moving"), others=[], operator=runs, boundaries=office.boundaries, at=NOW)
    with pytest.raises(TypeError):
        LawfulFence(cast("Any", object()), there, judged)
    for fake in (there, SimpleNamespace(fence=there, judgement=judged)):
        with pytest.raises(TypeError):
            office.store.put(cast("Any", fake), by=ADMIN)
        with pytest.raises(TypeError):
            office.store.activate(cast("Any", fake), cast("Any", None), by=ADMIN)
    assert office.stored_ids() == ["at-fi", "before"]
    assert office.store.active() == []


def moved(office: Office, stored: Any, shape: Circle | Outline) -> Any:
    """The draft after somebody wrote another shape into the database."""
    fence = msgspec.structs.replace(stored.fence, shape=shape)
    engine = office.store._engine  # pyright: ignore[reportPrivateUsage] - somebody who is no program of ours
    with short_write(engine) as connection:
        connection.execute(update(FENCE).where(FENCE.c.id == fence.id).values(doc=msgspec.to_builtins(fence)))
    return msgspec.structs.replace(stored, fence=fence)


def test_an_active_fence_whose_facility_moves_there_is_a_draft_when_the_law_is_asked(office: Office) -> None:
    for facility in (FI, MX):
        office.desk.save(fence_of(facility), by=ADMIN)
        office.desk.activate(f"at-{facility.id}", by=ADMIN)
    office.sites.move("mx", SEATTLE)
    judged = office.desk.judge_all(by=ADMIN)
    assert judged.lawful == ("at-fi",)
    assert list(judged.refused) == ["at-mx"]
    assert "beyond the perimeter of the own site" in judged.refused["at-mx"]
    assert [stored.fence.id for stored in office.store.active()] == ["at-fi"]
    office.sites.sites.clear()
    assert list(office.desk.judge_all(by=ADMIN).refused) == ["at-fi", "at-mx"]
    assert [stored.fence.id for stored in office.store.active()] == ["at-fi"], "the facility may be back tomorrow"


def test_an_active_outline_that_crosses_itself_as_another_release_let_in_is_a_draft(office: Office) -> None:
    active = {f"at-{facility.id}": office.desk.save(fence_of(facility), by=ADMIN) for facility in (FI, MX)}
    for fence_id in active:
        office.desk.activate(fence_id, by=ADMIN)
    corners = [away(HELSINKI, bearing, 100.0) for bearing in (0.0, 144.0, 288.0, 72.0, 216.0, 0.0)]
    moved(office, active["at-fi"], Outline(polygons=((tuple(corners),),)))
    judged = office.desk.judge_all(by=ADMIN)
    assert "crosses itself" in judged.refused["at-fi"]
    assert [stored.fence.id for stored in office.store.active()] == ["at-mx"]


def test_without_outlines_judging_all_changes_nothing(office: Office) -> None:
    office.desk.save(fence_of(FI), by=ADMIN)
    office.desk.activate("at-fi", by=ADMIN)
    before, office.boundaries = office.store.get("at-fi"), None
    with pytest.raises(NotReady, match="make setup"):
        office.desk.judge_all(by=ADMIN)
    assert office.store.active() == [before]


# ---- where it is lawful


def test_in_helsinki_and_tijuana_fences_go_live(store: Store, store_url: str) -> None:
    with opened_office(store_url, FI, MX) as office:
        outline = regular(TIJUANA, 130.0, 7)
        saved = office.desk.save(fence_of(FI), by=ADMIN)
        reading = office.desk.read(csv_of(fence_of(MX, shape=outline)), "fences.csv", "norte", by=ADMIN)
        assert (saved.fence.status, saved.judgement.rows) == (FenceStatus.DRAFT, ("fi-own-notices",))
        assert (reading.errors, [one.judgement.rows for one in reading.saved]) == ((), [("mx-own-notices",)])
        assert office.store.active() == []
        trial = office.desk.try_out("at-mx")
        assert office.desk.get("at-mx").trial == trial
        for id_ in ("at-fi", "at-mx"):
            office.desk.activate(id_, by=ADMIN)
        active = office.store.active()
        assert [one.fence.id for one in active] == ["at-fi", "at-mx"]
        assert office.desk.list(tenant="norte").fences == tuple(active)
        assert active[1].fence.shape == outline
        for one in active:
            assert one.trial is not None
            assert (one.trial.runs, one.trial.shape_sha256) == (20, shape_sha256(one.fence))
            assert (one.judgement.law, one.judgement.at) == (current_law(), NOW)
        for language, title, body in (
            ("en", "Clinic mx", "You are at Clinic mx."),
            ("es-MX", "Clínica mx", "Está en Clínica mx."),
        ):
            preview = office.desk.preview("at-mx", language=language, at=NOW)
            assert (preview.who, preview.facility_name, preview.listens, preview.is_quiet) == (
                "Clínicas del Norte",
                title,
                True,
                False,
            )
            assert [(one.trigger, one.wish_s, one.text.title, one.text.body) for one in preview.texts] == [
                ("dwell", 600.0, title, body)
            ]
        ended = office.desk.end("at-fi", by=ADMIN)
        assert isinstance(ended, StoredFence)
        assert ended.fence.status is FenceStatus.ENDED
        assert [one.fence.id for one in office.store.active()] == ["at-mx"]
        with AuditLog.open(store_url) as log:
            told = [(entry.action.value, entry.subject) for entry in reversed(log.page()) if "fence" in entry.subject]
    assert told == [
        ("fence.save", "fence at-fi"),
        ("fence.save", "fence at-mx"),
        ("fence.activate", "fence at-fi"),
        ("fence.activate", "fence at-mx"),
        ("fence.end", "fence at-fi"),
    ]


def test_a_fence_belongs_to_who_runs_the_facility(office: Office) -> None:
    with pytest.raises(Unlawful, match=r"fi-other.*Tenant sur does not run this facility"):
        office.desk.save(fence_of(FI, tenant="sur"), by=ADMIN)
    (problem,) = office.desk.read(geojson_of(fence_of(FI)), "fences", "sur", by=ADMIN).errors
    assert (problem.row, problem.column) == (1, "")
    assert "does not run" in problem.text
    office.desk.save(fence_of(FI), by=ADMIN)
    office.tenants.take(["fi"], ADMIN)
    with pytest.raises(Unlawful, match="does not run"):
        office.desk.activate("at-fi", by=ADMIN)
    office.tenants.give("sur", ["fi"], ADMIN)
    with pytest.raises(Unlawful, match="Tenant norte does not run"):
        office.desk.activate("at-fi", by=ADMIN)
    theirs = office.desk.save(fence_of(FI, tenant="sur", id=""), by=ADMIN)
    assert len(theirs.fence.id) == 16
    with pytest.raises(Conflict, match="Another tenant"):
        office.desk.save(fence_of(FI, tenant="sur"), by=ADMIN)
    taken = office.desk.read(csv_of(fence_of(FI)), "fences", "sur", by=ADMIN, dry_run=True).errors
    assert taken == (RowProblem(2, "id", "A fence of another tenant has this id: choose another."),)


def test_the_law_is_asked_again_before_a_fence_goes_live(office: Office) -> None:
    fence = fence_of(FI)
    office.desk.save(fence, by=ADMIN)
    beside = LonLat(*away(HELSINKI, 90.0, 150.0))
    office.sites.sites["new"] = Site(facility=clinic("new", beside, kind=FacilityKind.ADDICTION_TREATMENT))
    with pytest.raises(Unlawful, match="addiction"):
        office.desk.activate(fence.id, by=ADMIN)
    del office.sites.sites["new"]
    office.boundaries = None
    with pytest.raises(Unlawful, match="not installed"):
        office.desk.activate(fence.id, by=ADMIN)
    assert office.store.active() == []


def test_a_fence_that_tells_what_is_not_so_does_not_go_live(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def bad(fence: Fence, **how: Any) -> Any:
        asked.append(fence.id)
        return msgspec.structs.replace(real(fence, at=how["at"], runs=1), runs=200, false_share=0.03)

    real = desk_module.tried
    monkeypatch.setattr(desk_module, "tried", bad)
    office.desk.save(fence_of(FI), by=ADMIN)
    for _ in range(2):
        with pytest.raises(Conflict, match=r"3\.00% of 200 simulated visits .* limit is 1\.00%"):
            office.desk.activate("at-fi", by=ADMIN)
    assert asked == ["at-fi"], "what the trial said is kept"
    trial = office.desk.get("at-fi").trial
    assert trial is not None
    assert trial.false_share == 0.03
    assert office.store.active() == []
    office.desk.save(fence_of(FI, wishes=ENTER), by=ADMIN)
    assert office.desk.get("at-fi").trial is None
    with pytest.raises(Conflict):
        office.desk.activate("at-fi", by=ADMIN)
    assert asked == ["at-fi", "at-fi"]


def test_a_fence_that_would_tell_almost_nobody_does_not_go_live(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def bad(fence: Fence, **how: Any) -> Any:
        return msgspec.structs.replace(real(fence, at=how["at"], runs=1), runs=200, false_share=0.0, missed_share=0.51)

    real = desk_module.tried
    monkeypatch.setattr(desk_module, "tried", bad)
    office.desk.save(fence_of(FI, false_event_limit=MOST_FALSE), by=ADMIN)
    with pytest.raises(Conflict, match=r"51\.00% .* would tell almost nobody\. Make it larger"):
        office.desk.activate("at-fi", by=ADMIN)
    assert office.store.active() == []


@pytest.mark.parametrize(
    ("noise", "radius_m", "says"),
    [
        (
            LEAPING,
            150.0,
            r"in \d\d\.00% of 20 simulated visits something was told that was not so.* Make it larger",
        ),
        (RARE, 120.0, r"in \d\d\.00% of the simulated visits .* would tell almost nobody\. Make it larger"),
    ],
    ids=["false", "missed"],
)
def test_what_real_visits_say_decides(
    office: Office, monkeypatch: pytest.MonkeyPatch, noise: Noise, radius_m: float, says: str
) -> None:
    shape = Circle(centre=HELSINKI, radius_m=radius_m)
    office.desk.save(fence_of(FI, wishes=ENTER, shape=shape, false_event_limit=MOST_FALSE), by=ADMIN)
    with monkeypatch.context() as with_such_phones:
        with_such_phones.setattr(desk_module, "tried", partial(tried, noise=noise))
        with pytest.raises(Conflict, match=says):
            office.desk.activate("at-fi", by=ADMIN)
    assert office.store.active() == []
    office.desk.try_out("at-fi")  # with phones as they are
    assert office.desk.activate("at-fi", by=ADMIN).fence.status is FenceStatus.ACTIVE


def test_one_that_has_expired_or_ended_does_not_go_live(office: Office) -> None:
    office.desk.save(fence_of(FI, expires_on=NOW.date()), by=ADMIN)
    office.now = NOW + timedelta(hours=13)  # midnight in Helsinki is at 22:00 in UTC
    with pytest.raises(BadInput, match="over"):
        office.desk.activate("at-fi", by=ADMIN)
    office.desk.end("at-fi", by=ADMIN)
    with pytest.raises(Conflict, match="ended"):
        office.desk.activate("at-fi", by=ADMIN)


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"facility_id": "none"}, NotFound, "facility"),
        ({"tenant": "este"}, Unlawful, "Tenant este does not run"),
        ({"wishes": ()}, BadInput, "triggers"),
        ({"wishes": (Wish(trigger=Trigger.ENTER, texts={"en": "Hi"}),)}, BadInput, "text_es"),
        ({"wishes": (Wish(trigger=Trigger.ENTER, texts=TEXTS, dwell_s=60.0),)}, BadInput, "no such time"),
        ({"wishes": (Wish(trigger=Trigger.DWELL, texts=TEXTS, dwell_s=float("nan")),)}, BadInput, "time of dwell"),
        ({"wishes": (Wish(trigger=Trigger.ENTER, texts={**TEXTS, "x y": "z"}),)}, BadInput, "language"),
        ({"most_per_day": 21}, BadInput, "most_per_day"),
        ({"false_event_limit": float("nan")}, BadInput, "false_event_limit"),
        ({"false_event_limit": 0.051}, BadInput, "false_event_limit"),
        ({"windows": "never on Sunday"}, BadInput, "windows"),
        ({"shape": Circle(centre=HELSINKI, radius_m=0.0)}, BadInput, "radius_m"),
        ({"shape": Circle(centre=LonLat(24.94, 96.17), radius_m=10.0)}, BadInput, "on the Earth"),
        ({"shape": Outline(polygons=((regular(HELSINKI, 50.0).polygons[0][0][:-1],),))}, BadInput, "ends where it begins"),
        ({"shape": Outline(polygons=(((HELSINKI,) * 4,),))}, BadInput, "area|corners"),
        ({"shape": Circle(centre=HELSINKI, radius_m=505.0)}, Unlawful, "500 m beyond"),
        ({"shape": Circle(centre=TIJUANA, radius_m=50.0)}, Unlawful, "Not allowed"),
    ],
)
def test_what_is_no_fence_is_refused(office: Office, fields: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        office.desk.save(fence_of(FI, **fields), by=ADMIN)
    assert not any(number in str(caught.value) for number in ("24.9", "60.1", "96.1"))
    assert office.stored_ids() == []


# ---- files


@pytest.mark.parametrize("written", [csv_of, geojson_of])
def test_a_file_is_taken_whole(office: Office, tmp_path: Path, written: Any) -> None:
    fences = [fence_of(FI, id=f"fi-{number}") for number in range(3)] + [fence_of(MX, shape=regular(TIJUANA, 90.0))]
    file = tmp_path / "fences"
    file.write_bytes(written(*fences))
    dry = office.desk.read(file, "fences", "norte", by=ADMIN, dry_run=True)
    assert ([one.fence.id for one in dry.saved], dry.errors, office.stored_ids()) == (["fi-0", "fi-1", "fi-2", "at-mx"], (), [])
    reading = office.desk.read(file, "fences", "norte", by=ADMIN)
    assert [msgspec.structs.replace(one.fence, changed_at=None) for one in reading.saved] == fences
    assert office.stored_ids() == ["at-mx", "fi-0", "fi-1", "fi-2"]
    office.desk.activate("at-mx", by=ADMIN)
    again = office.desk.read(file, "fences", "norte", by=ADMIN)
    assert [one.fence.status for one in again.saved] == ["draft", "draft", "draft", "active"]
    with pytest.raises(BadFile, match="cannot be read"):
        office.desk.read(tmp_path / "none", "none", "norte", by=ADMIN)
    with pytest.raises(NotFound, match="no tenant este"):
        office.desk.read(file, "fences", "este", by=ADMIN)


def test_of_a_file_with_errors_nothing_is_taken_and_all_of_them_are_told(office: Office) -> None:
    large = fence_of(FI, id="large", shape=Circle(centre=HELSINKI, radius_m=600.0))
    nameless = fence_of(FI, id="nameless", name="")
    reading = office.desk.read(csv_of(large, fence_of(FI), nameless), "fences", "norte", by=ADMIN)
    assert [(one.row, one.column) for one in reading.errors] == [(2, ""), (4, "name")]
    assert "500 m beyond" in reading.errors[0].text
    assert (reading.saved, office.stored_ids()) == ((), [])
    many = office.desk.read(
        csv_of(*[msgspec.structs.replace(nameless, id=f"n{number}") for number in range(1500)]), "x", "norte", by=ADMIN
    )
    assert len(many.errors) == 1000
    assert many.is_cut


def test_a_file_of_too_many_rows_is_not_begun(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def watched(fence: Fence, *given: Any, **how: Any) -> LawfulFence:
        asked.append(fence.id)
        return ruled(fence, *given, **how)

    monkeypatch.setattr(desk_module, "ruled", watched)
    fences = [fence_of(FI, id=f"fi-{number}") for number in range(4)]
    for written, what in ((csv_of, "rows"), (geojson_of, "features")):
        with pytest.raises(BadFile, match=f"more than the 3 {what} that fit at once: split it"):
            office.desk.read(written(*fences), "fences", "norte", by=ADMIN, most_rows=3)
        assert asked == []
        assert len(office.desk.read(written(*fences[:3]), "fences", "norte", by=ADMIN, dry_run=True, most_rows=3).saved) == 3
        asked.clear()


def test_a_tenant_has_room_for_so_many_fences(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence_checks, "MOST_OF_TENANT", 2)
    fences = [fence_of(FI, id=f"fi-{number}") for number in range(3)]
    for dry_run in (True, False):
        with pytest.raises(Conflict, match="room for 2: end those that are not needed, then enter these 3"):
            office.desk.read(csv_of(*fences), "fences", "norte", by=ADMIN, dry_run=dry_run)
    assert office.stored_ids() == []
    assert len(office.desk.read(csv_of(*fences[:2]), "fences", "norte", by=ADMIN).saved) == 2
    with pytest.raises(Conflict, match="Tenant norte has 2 fences that have not ended"):
        office.desk.save(fences[2], by=ADMIN)
    assert len(office.desk.read(csv_of(*fences[:2]), "fences", "norte", by=ADMIN, dry_run=True).saved) == 2, "they are there"


def test_where_latitude_and_longitude_are_swapped_it_is_asked(office: Office) -> None:
    swapped = Circle(centre=LonLat(HELSINKI.lat, HELSINKI.lon), radius_m=120.0)
    with pytest.raises(Unlawful, match=r"Are lat and lon swapped\?"):
        office.desk.save(fence_of(FI, shape=swapped), by=ADMIN)
    (problem,) = office.desk.read(csv_of(fence_of(FI, shape=swapped)), "fences", "norte", by=ADMIN).errors
    assert "Are lat and lon swapped?" in problem.text
    for shape in (Circle(centre=HELSINKI, radius_m=600.0), Circle(centre=SEATTLE, radius_m=120.0)):
        with pytest.raises(Unlawful) as refused:
            office.desk.save(fence_of(FI, shape=shape), by=ADMIN)
        assert "swapped" not in str(refused.value)


def test_how_far_a_file_is_read_is_told(office: Office) -> None:
    told: list[tuple[int, int]] = []
    content = csv_of(*[fence_of(FI, id=f"fi-{number}") for number in range(3)])
    read = office.desk.read(content, "fences", "norte", by=ADMIN, progress=lambda done, total: told.append((done, total)))
    assert (len(read.saved), told) == (3, [(0, 3), (1, 3), (2, 3), (3, 3)])


# ---- another law


def test_a_judgement_is_of_one_law(office: Office) -> None:
    stored = office.desk.save(fence_of(FI), by=ADMIN)
    law = current_law()
    assert law is not None
    assert stored.judgement.law == law == law_sha256(office.boundaries)
    other = law_table_from(LAW_TOML + "\n# changed\n")
    assert law_sha256(office.boundaries, other) != law
    assert law_sha256(None) is None
    assert law_sha256(office.boundaries, law_table_from(LAW_TOML)) == law_sha256(office.boundaries, law_table())
    office.now = NOW + timedelta(days=1)
    anew = office.desk.judge_anew(stored)
    assert (anew.fence, anew.judgement.at) == (stored.fence, office.now)
    assert office.store.get("at-fi") == stored, "the store is not written"
    assert office.desk.judge_all(by=ADMIN).lawful == ("at-fi",)
    assert office.store.get("at-fi") == anew


def test_a_fence_is_judged_by_its_own_site() -> None:
    with pytest.raises(BadInput, match="own facility"):
        ruled(fence_of(FI), Site(facility=MX), others=[], operator=Operator.RUNS_THE_FACILITY, boundaries=None, at=NOW)
