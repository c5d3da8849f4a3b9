"""The same clinic through its day, by its own clock, which is not the server's."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from finder.api import ApiServices, api_routes
from finder.directory import Directory
from finder.domain.position import PositionFor, PositionSource
from tests.api.conftest import CLINICS
from tests.consenting import Unasked, unasked_desk


@contextmanager
def at_moment(data_dir: Path, now: datetime) -> Iterator[TestClient[Litestar]]:
    position = PositionFor(lon_lat=CLINICS[3].lon_lat, accuracy_m=0.0, source=PositionSource.DEFAULT)
    services = ApiServices(
        directory=Directory(data_dir / "snapshots"),
        locate_request=lambda _request, _language: position,
        consents=unasked_desk(),
        rights=Unasked(),  # type: ignore[arg-type]
        now=lambda: now,
    )
    with TestClient(Litestar(api_routes(services))) as client:
        yield client


@pytest.mark.parametrize(
    ("now", "state", "closes_soon", "closes_in_min", "until"),
    [
        # Tuesday; UTC is eight hours ahead of Tijuana.
        (datetime(2026, 11, 24, 18, 0, tzinfo=UTC), "open", False, 480, "2026-11-24T18:00:00-08:00"),
        (datetime(2026, 11, 25, 1, 30, tzinfo=UTC), "open", True, 30, "2026-11-24T18:00:00-08:00"),
        (datetime(2026, 11, 25, 2, 0, tzinfo=UTC), "closed", False, None, "2026-11-25T08:00:00-08:00"),
        (datetime(2026, 11, 24, 15, 59, tzinfo=UTC), "closed", False, None, "2026-11-24T08:00:00-08:00"),
        # Christmas, a Friday, of which "Mo-Fr" says nothing.
        (datetime(2026, 12, 25, 18, 0, tzinfo=UTC), "unknown", False, None, None),
    ],
)
def test_open_then_closes_soon_then_closed_and_unknown_on_a_holiday(
    data_dir: Path, now: datetime, state: str, *, closes_soon: bool, closes_in_min: int | None, until: str | None
) -> None:
    with at_moment(data_dir, now) as client:
        nearest = client.post("/api/v1/search", json={"limit": 1}).json()["results"][0]
        facility = client.get(f"/api/v1/facilities/{CLINICS[3].id}").json()
        open_now = client.post("/api/v1/search", json={"limit": 1, "open": "now"}).json()
    assert nearest["id"] == CLINICS[3].id
    hours = nearest["hours"]
    assert (hours["state"], hours["closes_soon"], hours["closes_in_min"]) == (state, closes_soon, closes_in_min)
    assert facility["hours"]["state"] == state
    if until is not None:
        assert hours["until"] == facility["hours"]["until"] == until
    assert bool(open_now["results"]) == (state == "open")
    assert open_now["facets"]["open_now"] == open_now["facets"]["counted"] == (40 if state == "open" else 0)
    if state != "open":
        assert "open_on_arrival" not in {reason["code"] for reason in nearest["reasons"]} or hours["on_arrival"] == "open"


def test_a_later_page_tells_how_things_are_now(data_dir: Path) -> None:
    """Its order is that of the first page; its hours are those of the moment at which it is asked for."""
    before, after = datetime(2026, 11, 25, 1, 50, tzinfo=UTC), datetime(2026, 11, 25, 2, 10, tzinfo=UTC)
    with at_moment(data_dir, before) as client:
        cursor = client.post("/api/v1/search", json={"limit": 1}).json()["next_cursor"]
        second = client.post("/api/v1/search", json={"limit": 1, "cursor": cursor}).json()["results"][0]
    with at_moment(data_dir, after) as client:
        later = client.post("/api/v1/search", json={"limit": 1, "cursor": cursor}).json()["results"][0]
    assert (second["id"], second["hours"]["state"]) == (later["id"], "open")
    assert later["hours"]["state"] == "closed"
    told = {reason["code"]: reason["minutes"] for reason in later["reasons"]}
    assert told["closed_on_arrival"] == 60
    assert later["score"] == pytest.approx(sum(told.values()), abs=0.11)


def test_what_is_asked_for_a_moment_is_told_for_it(data_dir: Path) -> None:
    with at_moment(data_dir, datetime(2026, 11, 25, 6, 0, tzinfo=UTC)) as client:  # ten in the evening
        asked = {"limit": 1, "open": "at", "open_at": "2026-11-25T10:00:00-08:00"}
        result = client.post("/api/v1/search", json=asked).json()["results"][0]
    assert (result["hours"]["state"], result["hours"]["on_arrival"]) == ("closed", "open")
    codes = {reason["code"] for reason in result["reasons"]}
    assert "open_on_arrival" in codes
    assert "closed_on_arrival" not in codes
