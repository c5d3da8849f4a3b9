"""``finder statistics``: the release of what has ended, and reading it."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finder.cli import main
from finder.domain.statistics import NO_CELL, Release, SearchCount, week_of
from finder.privacy.statistics import release_due
from finder.store import Store
from finder.store.search_counts import SearchCounts

LAST_WEEK = week_of(datetime.now(UTC) - timedelta(days=7))
CELL = "8729a1000ffffff"


class Finder:
    """``finder statistics …`` over a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.url = f"sqlite:///{data_dir / 'finder.sqlite'}"
        with Store.open(self.url) as store:
            store.migrate()

    def __call__(self, *arguments: str, fails: bool = False) -> Result:
        environment = {"FINDER_DATA_DIR": str(self.data_dir), "COLUMNS": "200"}
        result = CliRunner().invoke(main, ["statistics", *arguments], env=environment)
        assert (result.exit_code != 0) is fails, result.output
        return result


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    return Finder(tmp_path / "data")


def test_what_has_ended_is_released_once(finder: Finder) -> None:
    assert "No week is released yet" in finder("show", fails=True).output
    assert "No week has ended" in finder("release").output
    with SearchCounts.open(finder.url) as counts:
        counts.open_week(LAST_WEEK)
    assert f"The week of {LAST_WEEK} is released, with 0 counts" in finder("release").output
    assert "No week has ended" in finder("release").output
    shown = finder("show", "--week", f"{LAST_WEEK}").output
    assert "0 counts" in shown
    assert "what is not here is few, not none" in shown.replace("\n", " ")
    assert "Monday" in finder("show", "--week", f"{LAST_WEEK + timedelta(days=7)}", fails=True).output
    with SearchCounts.open(finder.url) as counts:  # this week is open since the first call: it will be released whoever searches
        assert [release.week for release in release_due(counts, datetime.now(UTC) + timedelta(days=7))] == [
            LAST_WEEK + timedelta(days=7)
        ]


def test_the_table_and_the_csv_tell_the_same(finder: Finder) -> None:
    release = Release(
        week=LAST_WEEK,
        released_at=datetime.now(UTC),
        epsilon=1.0,
        delta=1e-6,
        least_persons=10,
        contribution=5,
        scale=5.0,
        threshold=85,
    )
    found = [
        SearchCount(cell=CELL, specialty="cardiology", persons=1097),
        SearchCount(cell=NO_CELL, specialty="dentistry", persons=86),
    ]
    with SearchCounts.open(finder.url) as counts:
        counts.open_week(LAST_WEEK)
        counts.release(LAST_WEEK, lambda _exact: (release, found))
    table = finder("show").output
    for told in ("1,097", "cardiology", CELL, "2 counts", "within 15"):
        assert told in table
    rows = list(csv.DictReader(finder("show", "--csv").stdout.splitlines()))
    assert [(row["week"], row["cell"], row["specialty"], row["persons"]) for row in rows] == [
        (f"{LAST_WEEK}", count.cell, count.specialty, f"{count.persons}") for count in found
    ]
    assert float(rows[0]["lat"]) == pytest.approx(27.8, abs=30)
    assert rows[1]["lat"] == rows[1]["lon"] == ""
