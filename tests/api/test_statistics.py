"""The statistics by API: the one release, told with its noise, to keys that may read it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from finder.domain.admin import Scope
from finder.domain.statistics import Release, SearchCount
from tests.api.admin_app import Admin

MONDAY = date(2026, 11, 16)
CELL = "8729a1000ffffff"


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(tmp_path)
    with made.client:
        yield made


def publish(admin: Admin, week: date, *counts: SearchCount) -> None:
    release = Release(
        week=week,
        released_at=datetime(2026, 11, 23, 0, 5, tzinfo=UTC),
        epsilon=1.0,
        delta=1e-6,
        least_persons=10,
        contribution=5,
        scale=5.0,
        threshold=85,
    )
    admin.services.counts.open_week(week)
    assert admin.services.counts.release(week, lambda _exact: (release, counts))


def test_a_week_is_told_with_what_its_figures_mean(admin: Admin) -> None:
    heart, any_care = (
        SearchCount(cell=CELL, specialty=care, persons=persons) for care, persons in (("cardiology", 97), ("any", 412))
    )
    publish(admin, MONDAY, heart, any_care)
    publish(admin, MONDAY + timedelta(days=7))
    token = admin.token(Scope.STATISTICS_READ)
    answer = admin("GET", "/statistics?week=2026-11-16", token=token).json()
    assert answer.pop("explained").startswith("About how many persons who agreed")
    assert answer == {
        "week": "2026-11-16",
        "released_at": "2026-11-23T00:05:00Z",
        "epsilon": 1.0,
        "delta": 1e-6,
        "noise": "discrete Laplace",
        "scale": 5.0,
        "margin": 15,
        "threshold": 85,
        "least_persons": 10,
        "contribution": 5,
        "counts": [
            {"cell": CELL, "specialty": "any", "persons": 412},
            {"cell": CELL, "specialty": "cardiology", "persons": 97},
        ],
        "weeks": ["2026-11-23", "2026-11-16"],
    }
    newest = admin("GET", "/statistics", token=token)
    assert (newest.json()["week"], newest.json()["counts"]) == ("2026-11-23", [])
    assert all(admin("GET", "/statistics", token=token).content == newest.content for _ in range(3))


def test_what_is_not_released_is_not_told(admin: Admin) -> None:
    token = admin.token(Scope.STATISTICS_READ)
    assert "No week" in admin("GET", "/statistics", token=token).json()["detail"]
    publish(admin, MONDAY)
    admin.services.counts.open_week(MONDAY + timedelta(days=7))
    for week, status in (("2026-11-23", 404), ("2026-11-17", 404), ("yesterday", 400)):
        assert admin("GET", f"/statistics?week={week}", token=token).status_code == status
    assert admin("GET", "/statistics?cell=8729a1000ffffff", token=token).status_code == 400


def test_it_takes_a_key_of_its_own(admin: Admin) -> None:
    publish(admin, MONDAY)
    others = [scope for scope in Scope if scope is not Scope.STATISTICS_READ]
    assert admin("GET", "/statistics").status_code == 401
    assert admin("GET", "/statistics", token=admin.token(*others)).status_code == 403
    assert admin("GET", "/loads", token=admin.token(Scope.STATISTICS_READ)).status_code == 403
