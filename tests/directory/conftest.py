from datetime import UTC, datetime

import pytest

from finder.domain.facility import Facility, FacilityKind, facility_id
from finder.domain.load import Load
from finder.geo.points import LonLat
from finder.store import Store
from tests.facilities import stored


@pytest.fixture
def load() -> Load:
    return Load(source="t", file_name="t.csv", started_at=datetime.now(UTC), read=0, added=0, changed=0, unchanged=0, refused=0)


def facility(key: str, lon: float, lat: float, kind: FacilityKind = FacilityKind.CLINIC, **fields: object) -> Facility:
    return Facility(id=facility_id("t", key), kind=kind, name=f"Place {key}", lon_lat=LonLat(lon, lat), **fields)  # type: ignore[arg-type]


def fill(store: Store, facilities: list[Facility], load: Load) -> None:
    stored(store, facilities, load)
