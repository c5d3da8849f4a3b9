"""Typing ahead: care, doctors and places of care in one list."""

from pathlib import Path

import pytest

from finder.directory import Snapshot, publish
from finder.directory.suggest import SuggestionKind, suggest
from finder.domain.facility import Address, Facility, FacilityKind, facility_id
from finder.domain.practitioner import Practitioner
from finder.geo.points import LonLat
from finder.store import Store
from tests.directory.finding.worlds import World


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("town")
    facilities = [
        Facility(
            id=facility_id("t", str(number)),
            kind=FacilityKind.CLINIC,
            name=f"Cardona {number}",
            lon_lat=LonLat(-117.0, 32.5),
            address=Address(city="Tijuana"),
        )
        for number in range(6)
    ]
    people = [Practitioner(id=f"p{number}", name=f"Dra. Carla {number}", specialties=("207RC0000X",)) for number in range(6)]
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        World(facilities=facilities, people=people, roles=[]).store_in(store)
        return publish(store, folder / "snapshots")


@pytest.mark.parametrize("limit", range(1, 13))
def test_kinds_are_mixed_within_the_limit(town: Snapshot, limit: int) -> None:
    found = suggest(town, "car", "es", limit)
    assert len(found) == limit
    assert len({(one.kind, one.id) for one in found}) == limit
    kinds = [one.kind for one in found]
    assert kinds[0] is SuggestionKind.SPECIALTY
    if limit >= 6:
        assert {SuggestionKind.SPECIALTY, SuggestionKind.PRACTITIONER, SuggestionKind.FACILITY} <= set(kinds)


@pytest.mark.parametrize(
    ("language", "name", "person"), [("es-MX", "Cardiología", "cardiólogo/a"), ("en", "Cardiology", "cardiologist")]
)
def test_texts_are_in_the_language_asked_for(town: Snapshot, language: str, name: str, person: str) -> None:
    found = {(one.kind, one.id): one for one in suggest(town, "cardi", language, 12)}
    assert (found[SuggestionKind.SPECIALTY, "cardiology"].text, found[SuggestionKind.SPECIALTY, "cardiology"].detail) == (
        name,
        person,
    )
    doctors = [one for one in suggest(town, "Carla", language, 12) if one.kind is SuggestionKind.PRACTITIONER]
    assert {one.detail for one in doctors} == {name}
    places = [one for one in suggest(town, "Cardona", language, 12) if one.kind is SuggestionKind.FACILITY]
    assert all("Tijuana" in one.detail for one in places)


@pytest.mark.parametrize("text", ["", " ", "c", "¿?", "zzzzqqqq"])
def test_too_little_or_nothing_like_it_suggests_nothing(town: Snapshot, text: str) -> None:
    assert suggest(town, text, "en", 8) == []
