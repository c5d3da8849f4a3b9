"""What a person typed and what a form states, made into one search."""

from pathlib import Path
from typing import Any

import pytest

from finder.directory import OpenWish, Snapshot, Stated, Wanted, What, answer, find, publish, understood_in
from finder.directory.understanding import PartKind
from finder.domain.facility import Facility, FacilityKind, facility_id
from finder.domain.place import Place, PlaceKind
from finder.domain.position import PositionFor, PositionSource
from finder.domain.practitioner import Gender, Practitioner, Role
from finder.geo.points import LonLat
from finder.locate.named_place import named_place
from finder.locate.place_files import write_places
from finder.store import Store
from tests.directory.finding.worlds import MONDAY_NOON, World

WEST, EAST = LonLat(-117.12, 32.52), LonLat(-116.96, 32.52)


def made(key: str, name: str, at: LonLat, kind: FacilityKind = FacilityKind.CLINIC, **fields: object) -> Facility:
    return Facility(id=facility_id("t", key), kind=kind, name=name, lon_lat=at, **fields)  # type: ignore[arg-type]


FACILITIES = [
    made("west", "Clínica del Sol", WEST, plans=("Seguro Ficticio",), opening_hours="24/7", time_zone="America/Tijuana"),
    made("east", "Clínica de la Luna", EAST, languages=("en",)),
    made("pharmacy", "Farmacia Mar", EAST, FacilityKind.PHARMACY, plans=("Plan Imaginario",)),
]
ANA = Practitioner(id="ana", name="Dra. Ana Ramírez", specialties=("207RC0000X",), gender=Gender.FEMALE, languages=("es",))
LUIS = Practitioner(id="luis", name="Dr. Luis Soto", specialties=("208000000X",), gender=Gender.MALE, languages=("en",))
ROLES = [
    Role(id="a", practitioner_id="ana", facility_id=FACILITIES[0].id, accepting_new_patients=True),
    Role(id="l", practitioner_id="luis", facility_id=FACILITIES[1].id),
]
PLACES = [
    Place(name=name, kind=PlaceKind.NEIGHBOURHOOD, lon_lat=at, radius_m=900.0, city="Tijuana", country="MX")
    for name, at in (("Playas de Tijuana", WEST), ("Mesa de Otay", EAST))
]
GUESS = PositionFor(lon_lat=LonLat(-117.04, 32.52), accuracy_m=12_000.0, source=PositionSource.IP)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("town")
    write_places(folder / "places.ndjson", PLACES)
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        World(facilities=FACILITIES, people=[ANA, LUIS], roles=ROLES).store_in(store)
        return publish(store, folder / "snapshots", [folder / "places.ndjson"])


def asked(town: Snapshot, text: str, stated: Stated | None = None, position: PositionFor[Any] = GUESS):
    return answer(town, understood_in(town, text), stated or Stated(), position, MONDAY_NOON)


def test_care_of_the_words_and_what_is_stated_are_added_together(town: Snapshot) -> None:
    stated = Stated(wanted=Wanted(wheelchair=True), care=("paediatrics",))
    found = asked(town, "cardióloga que hable inglés, abierto cuando llegue, con Seguro Ficticio", stated)
    search = found.search
    assert search.care == ("paediatrics", "cardiology")
    assert search.wanted.languages == {"en"}
    assert search.wanted.wheelchair
    assert search.wanted.plan == "seguro-ficticio"
    assert search.open is OpenWish.ON_ARRIVAL
    assert found.overruled == ()


@pytest.mark.parametrize(
    ("text", "stated", "kind"),
    [
        ("cardiología en inglés", Stated(wanted=Wanted(languages=frozenset({"fr"}))), PartKind.LANGUAGE),
        ("cardiología con Seguro Ficticio", Stated(wanted=Wanted(plan="plan-imaginario")), PartKind.PLAN),
        ("mujer cardióloga", Stated(wanted=Wanted(gender=Gender.MALE)), PartKind.GENDER),
        ("farmacia", Stated(wanted=Wanted(kinds=frozenset({FacilityKind.CLINIC}))), PartKind.KIND),
        ("cardiología abierto cuando llegue", Stated(open=OpenWish.NOW), PartKind.OPEN),
    ],
)
def test_a_field_of_the_form_overrules_the_words_of_its_sort(town: Snapshot, text: str, stated: Stated, kind: PartKind) -> None:
    found = asked(town, text, stated)
    assert {part.kind for part in found.overruled} == {kind}
    assert found.search.wanted == stated.wanted
    assert found.search.open is stated.open
    by_itself = asked(town, text)
    assert by_itself.overruled == ()
    assert (by_itself.search.wanted, by_itself.search.open) != (stated.wanted, stated.open)
    assert by_itself.search.care == found.search.care


@pytest.mark.parametrize(
    ("text", "kept", "left"),
    [
        ("cardióloga con Seguro Ficticio y Plan Imaginario", "seguro-ficticio", "plan-imaginario"),
        ("cardióloga con Plan Imaginario y Seguro Ficticio", "plan-imaginario", "seguro-ficticio"),
    ],
)
def test_of_several_plans_in_the_words_the_first_counts(town: Snapshot, text: str, kept: str, left: str) -> None:
    found = asked(town, text)
    assert found.search.wanted.plan == kept
    assert [part.value for part in found.overruled] == [left]


def test_of_several_moments_in_the_words_the_first_counts(town: Snapshot) -> None:
    found = asked(town, "farmacia abierto ahora abierto cuando llegue")
    assert found.search.open is OpenWish.NOW
    assert [part.value for part in found.overruled] == ["on_arrival"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", What.FACILITIES),
        ("farmacia", What.FACILITIES),
        ("cardiología", What.EITHER),
        ("Dra. Ramírez", What.PRACTITIONERS),
        ("mujer cardióloga", What.PRACTITIONERS),
        ("rayos x", What.FACILITIES),
        ("Ramírez", What.EITHER),
    ],
)
def test_the_words_decide_what_is_looked_for(town: Snapshot, text: str, what: What) -> None:
    assert asked(town, text).search.what is what
    assert asked(town, text, Stated(what=What.FACILITIES)).search.what is What.FACILITIES


def test_names_that_nobody_has_are_told_and_narrow_nothing_down(town: Snapshot) -> None:
    found = asked(town, "cardiología xyzzyq")
    assert [part.value for part in found.ignored] == ["xyzzyq"]
    assert found.search.name == ""
    assert found.page.hits == asked(town, "cardiología").page.hits
    assert found.page.hits


def test_a_name_that_does_not_go_with_the_care_is_told_on_every_page(town: Snapshot) -> None:
    """Luis Soto is no cardiologist: what is shown are the cardiologists, and their next page goes on with them."""
    stated = Stated(what=What.EITHER, limit=1)
    first = asked(town, "cardiología Luis Soto", stated)
    assert [part.value for part in first.ignored] == ["Luis Soto"]
    assert first.page.next_cursor is not None
    second = asked(town, "cardiología Luis Soto", Stated(what=What.EITHER, limit=1, cursor=first.page.next_cursor))
    assert second.ignored == first.ignored
    whole = asked(town, "cardiología", Stated(what=What.EITHER)).page.hits
    assert [*first.page.hits, *second.page.hits] == list(whole)


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("cardiología Ana Ramírez", Stated(radius_m=1.0)),
        ("cardiología Ana Ramírez", Stated(wanted=Wanted(plan="plan-imaginario"))),
        ("cardiología Ana Ramírez", Stated(wanted=Wanted(languages=frozenset({"en"})))),
        ("cardiología Ana Ramírez", Stated(open=OpenWish.NOW)),
        ("clínica del sol", Stated(radius_m=1.0, what=What.FACILITIES)),
    ],
)
def test_a_name_is_kept_where_only_another_wish_finds_nobody(town: Snapshot, text: str, stated: Stated) -> None:
    """Who is sought by name is not answered with strangers because she is far, or has no hours."""
    found = asked(town, text, stated)
    assert found.search.name
    assert found.ignored == ()
    assert found.page.hits == ()
    assert asked(town, text).page.hits


def test_the_question_is_asked_only_of_a_guess_and_only_where_it_matters(town: Snapshot) -> None:
    question = asked(town, "clínica").page.nearer_to
    assert question is not None
    assert question == asked(town, "clínica").page.nearer_to
    assert {option.label for option in question} == {"Playas de Tijuana", "Mesa de Otay"}
    for option in question:
        position = named_place(town.places, option.place, GUESS).position
        assert position is not None
        search = asked(town, "clínica", position=position)
        assert search.page.hits[0].facility().id == option.first_id  # type: ignore[union-attr]
        assert search.page.nearer_to is None
    assert len({option.first_id for option in question}) == 2
    assert asked(town, "farmacia").page.nearer_to is None  # there is one only
    for source in set(PositionSource) - {PositionSource.IP}:
        sure = PositionFor(lon_lat=GUESS.lon_lat, accuracy_m=GUESS.accuracy_m, source=source)
        assert asked(town, "clínica", position=sure).page.nearer_to is None
    later = find(town, asked(town, "", Stated(limit=1)).search, MONDAY_NOON)
    assert asked(town, "", Stated(limit=1, cursor=later.next_cursor)).page.nearer_to is None
    assert asked(town, "clínica", Stated(question=False)).page.nearer_to is None


def test_facets_are_counted_for_the_first_page_alone(town: Snapshot) -> None:
    first = asked(town, "", Stated(limit=1, facets=True)).page
    assert first.facets is not None
    assert first.facets.counted == len(FACILITIES)
    assert first.next_cursor is not None
    assert asked(town, "", Stated(limit=1, facets=True, cursor=first.next_cursor)).page.facets is None
    assert asked(town, "", Stated(limit=1)).page.facets is None
