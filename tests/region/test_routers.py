"""Road engines of the packs in service: kept while they are good, taken up again once they are put right."""

import shutil
import threading
from pathlib import Path

import msgspec
import pytest

from finder.directions.estimate import TravelMode
from finder.directions.router import RouteRequest
from finder.geo.points import LonLat
from finder.region.pack import MANIFEST, RegionPack
from finder.region.routers import RETRY_S, RegionRouters
from finder.region.shelf import RegionShelf


class Clock:
    """Seconds that only the test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def pack(helsinki: RegionPack, tmp_path: Path) -> RegionPack:
    """A copy to break."""
    shutil.copytree(helsinki.folder, tmp_path / "regions" / "helsinki")
    return RegionPack.open(tmp_path / "regions" / "helsinki")


def roads_of(pack: RegionPack) -> Path:
    assert pack.roads_path is not None
    return pack.roads_path


def test_an_engine_is_made_once(pack: RegionPack) -> None:
    routers = RegionRouters(lambda: [pack])
    (first,), (second,) = routers(), routers()
    assert first.router is second.router
    assert (first.name, first.bounds) == ("helsinki", tuple(pack.bounds))


def test_barriers_that_are_lost_are_looked_for_on_each_way(pack: RegionPack, caplog: pytest.LogCaptureFixture) -> None:
    assert pack.barriers_path is not None
    way = RouteRequest(origin=LonLat(24.9414, 60.1710), target=LonLat(24.9480, 60.1675), mode=TravelMode.WHEELCHAIR)
    (known,) = RegionRouters(lambda: [pack])()
    assert caplog.records == []
    pack.barriers_path.write_bytes(pack.barriers_path.read_bytes()[:-1])
    routers = RegionRouters(lambda: [pack])
    (cut,) = routers()
    assert routers() == [cut]
    (warning,) = (record.getMessage() for record in caplog.records)
    assert "region helsinki take longer" in warning
    assert "finder region build" in warning
    manifest = msgspec.structs.replace(
        pack.manifest, files={what: name for what, name in pack.manifest.files.items() if what != "barriers"}
    )
    (before,) = RegionRouters(lambda: [RegionPack(pack.folder, manifest)])()
    assert len(caplog.records) == 1, "a build of before there were such files is as good as it was"
    assert known.router.route(way) == cut.router.route(way) == before.router.route(way)


def test_roads_that_are_put_right_are_taken_up(pack: RegionPack, caplog: pytest.LogCaptureFixture) -> None:
    whole, clock = roads_of(pack).read_bytes(), Clock()
    roads_of(pack).write_bytes(whole[: len(whole) // 2])
    routers = RegionRouters(lambda: [pack], clock=clock)
    assert routers() == routers() == []
    assert len(caplog.records) == 1, "said once"
    roads_of(pack).write_bytes(whole)
    clock.now_s = RETRY_S - 1
    assert routers() == [], "not looked at with each question"
    clock.now_s = RETRY_S
    (found,) = routers()
    assert found.router.status().ready
    assert routers.faults() == []


def test_a_region_that_lost_its_roads_is_a_map_still(pack: RegionPack, caplog: pytest.LogCaptureFixture) -> None:
    whole, clock = roads_of(pack).read_bytes(), Clock()
    roads_of(pack).unlink()
    shelf = RegionShelf(pack.folder.parent, clock=clock)
    assert shelf.packs() == (pack,)
    pack.verify()
    routers = RegionRouters(shelf.packs, clock=clock)
    for minute in range(3):
        clock.now_s = minute * RETRY_S
        assert routers() == []
    [fault] = routers.faults()
    assert "region helsinki" in fault
    assert "finder region build" in fault
    assert [record.getMessage() for record in caplog.records] == [fault], "said once"
    roads_of(pack).write_bytes(whole)
    clock.now_s = 3 * RETRY_S
    assert routers()[0].router.status().ready
    assert routers.faults() == []


def test_a_build_is_never_taken_back(pack: RegionPack, tmp_path: Path) -> None:
    """One thread reads the packs of before a build, and is late: the engine after the build must stay."""
    shutil.copytree(pack.folder, tmp_path / "after" / "helsinki")
    after = RegionPack.open(tmp_path / "after" / "helsinki")
    in_service, late, go_on = [pack], threading.Event(), threading.Event()

    def packs() -> list[RegionPack]:
        now = list(in_service)
        if threading.current_thread() is slow:
            late.set()
            go_on.wait(30)
        return now

    routers = RegionRouters(packs)
    slow = threading.Thread(target=routers)
    slow.start()
    assert late.wait(30)
    in_service[:] = [after]
    found: list[object] = []
    quick = threading.Thread(target=lambda: found.append(routers()[0].router))
    quick.start()
    quick.join(0.5)
    go_on.set()
    slow.join(30)
    quick.join(30)
    assert found == [routers()[0].router], "one engine for the build after"


def test_a_pack_that_is_put_right_is_taken_up(pack: RegionPack) -> None:
    clock, places = Clock(), pack.places_path
    aside = places.with_suffix(".aside")
    places.rename(aside)
    shelf = RegionShelf(pack.folder.parent, clock=clock)
    assert shelf.packs() == ()
    aside.rename(places)
    assert shelf.packs() == ()
    clock.now_s = RETRY_S
    assert shelf.packs() == (pack,)
    clock.now_s = 10 * RETRY_S
    assert shelf.packs()[0] is shelf.packs()[0], "read no more than once"
    (pack.folder / MANIFEST).unlink()
    assert shelf.packs() == ()
