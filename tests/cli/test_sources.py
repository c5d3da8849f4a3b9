"""``finder sources``: what an operator sees of the sources, and how a rank changes what people find."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finder.cli.sources import sources
from finder.directory import Directory
from finder.loading.load import load_file
from finder.store import Store

HEADER = "clues,name,lat,lon,kind\n"


class Sources:
    """``finder sources …`` over a data folder of its own."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store

    def __call__(self, *arguments: str, fails: bool = False) -> Result:
        environment = {"FINDER_DATA_DIR": str(self.folder), "COLUMNS": "200"}
        result = CliRunner().invoke(sources, arguments, env=environment)
        assert (result.exit_code != 0) is fails, result.output
        return result

    def load(self, source: str, rows: str) -> None:
        path = self.folder / f"{source}.csv"
        path.write_text(HEADER + rows, "utf-8")
        load_file(path, self.store, source=source)


@pytest.fixture
def run(tmp_path: Path, sqlite_store: Store) -> Sources:
    return Sources(tmp_path, sqlite_store)


def test_nothing_was_loaded_yet(run: Sources) -> None:
    assert "No source yet: finder load FILE" in run().output


def test_a_rank_changes_what_people_find_and_says_whose_word_it_is(run: Sources) -> None:
    run.load("registry", "BCIMB000001,Clínica Uno,32.52,-117.03,clinic\nBCIMB000002,Clínica Dos,32.53,-117.02,clinic\n")
    run.load("insurer", "BCIMB000001,Clinic One,32.52,-117.03,clinic\n")
    [head, insurer, registry] = run().output.splitlines()
    assert head.split() == ["Source", "Rank", "Rank", "by", "Last", "load", "Facilities", "Columns"]
    assert insurer.split()[:3] == ["insurer", "50", "default"]
    assert registry.split()[:3] == ["registry", "50", "default"]
    assert registry.split()[-1] == "2"
    assert {facility.name for facility in run.store.facilities()} == {"Clinic One", "Clínica Dos"}
    output = run("rank", "registry", "80").output
    assert "registry has rank 80 from now on. Merged what is stored again: 1 changed." in output
    assert "Published snapshot 1: 2 facilities" in output
    assert {facility.name for facility in run.store.facilities()} == {"Clínica Uno", "Clínica Dos"}
    assert len(Directory(run.folder / "snapshots").current()) == 2
    assert run().output.splitlines()[2].split()[:3] == ["registry", "80", "you"]
    again = run("rank", "registry", "90").output
    assert "0 changed" in again
    assert "Published" not in again


def test_a_family_can_be_ranked_before_anything_of_it_was_loaded(run: Sources) -> None:
    run("rank", "osm", "60")
    assert run().output.splitlines()[1].split()[:4] == ["osm", "60", "you", "none"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rank", "registri", "80"), "There is no source registri. There are hand, osm, registry."),
        (("rank", "registry", "101"), "101 is not in the range 0<=x<=100"),
        (("forget", "registry"), "No columns are remembered of registry"),
    ],
)
def test_slips(run: Sources, arguments: tuple[str, ...], says: str) -> None:
    run.load("registry", "BCIMB000001,Clínica Uno,32.52,-117.03,clinic\n")
    run.store.forget_source("registry")
    assert says in run(*arguments, fails=True).output


def test_what_is_remembered_is_shown_and_forgotten(run: Sources) -> None:
    run.store.remember_source("registry", '[columns]\nname = "N"\n')
    assert run().output.splitlines()[1].split()[-1] == "remembered"
    assert "The columns of registry are forgotten." in run("forget", "registry").output
    assert run.store.columns_of_source("registry") is None
