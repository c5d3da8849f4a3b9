"""What a thing is, out of what is said of it: ranks, silence, what is taken back, what was only worked out."""

from datetime import date
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.facility import Address, Entrance, Facility, FacilityKind, FacilityStatus, Provenance, facility_id
from finder.domain.statement import HAND, Statement
from finder.geo.points import LonLat
from finder.loading.merge import DERIVED, merged, rank_of
from tests.facilities import facilities

ID = facility_id("clues", "1")
FIELDS = [
    field for field in Facility.__struct_fields__ if field not in {"id", "identifiers", "provenance", "position_accuracy_m"}
]
RANKS = {"low": 1, "middle": 2, "high": 3}


def said(source: str, verified_at: date | None = None, **fields: Any) -> Facility:
    """A facility of which ``source`` says ``fields`` besides name and point."""
    fields = {"name": "Uno", "lon_lat": LonLat(-117.03, 32.52), **fields}
    return Facility(
        id=ID, provenance=dict.fromkeys(fields, Provenance(source, verified_at)), **{"kind": FacilityKind.OTHER, **fields}
    )


def of(*whole: Facility, silent: frozenset[str] = frozenset()) -> list[Statement[Facility]]:
    """Statements of loads 1, 2, …, each of the source of its name; only the last is ``silent`` about anything."""
    return [
        Statement(
            load_id=number,
            source=one.provenance["name"].source,
            own_id=ID,
            said=one,
            silent=silent if number == len(whole) else frozenset(),
        )
        for number, one in enumerate(whole, 1)
    ]


def told(*whole: Facility, silent: frozenset[str] = frozenset()) -> Facility:
    after = merged(ID, of(*whole, silent=silent), RANKS)
    assert after is not None
    return after


@st.composite
def statements(draw: st.DrawFn, load_id: int, source: str) -> Statement[Facility]:
    whole = draw(facilities())
    empty = Facility(id=whole.id, kind=FacilityKind.OTHER, name=whole.name, lon_lat=whole.lon_lat)
    filled = {"name", "lon_lat", "kind", *draw(st.sets(st.sampled_from(FIELDS)))}
    day = draw(st.none() | st.dates(date(2020, 1, 1), date(2026, 1, 1)))
    provenance = dict.fromkeys(sorted(filled), Provenance(source, day))
    values = {field: getattr(whole, field) for field in (*filled, "identifiers")}
    said = msgspec.structs.replace(empty, **values, provenance=provenance)
    silent = frozenset(draw(st.sets(st.sampled_from(FIELDS))) - filled) if draw(st.booleans()) else frozenset[str]()
    return Statement(load_id=load_id, source=source, own_id=whole.id, said=said, silent=silent)


@given(facilities())
def test_one_statement_is_the_thing(whole: Facility) -> None:
    assert merged(whole.id, [Statement(load_id=1, source="a", own_id=whole.id, said=whole)], {}) == whole
    other = msgspec.structs.replace(whole, id="other")
    assert merged("other", [Statement(load_id=1, source="a", own_id=whole.id, said=whole)], {}) == other


def test_nothing_said_is_nothing() -> None:
    assert merged(ID, [], {}) is None


@given(statements(1, "low"))
def test_who_is_silent_of_the_name_or_the_point_makes_nothing_whole(statement: Statement[Facility]) -> None:
    assert merged(ID, [msgspec.structs.replace(statement, silent=statement.silent | {"lon_lat"})], {}) is None
    for field in ("name", "lon_lat"):
        bare = msgspec.structs.replace(statement.said, provenance={})
        assert merged(ID, [msgspec.structs.replace(statement, said=bare, silent=frozenset({field}))], {}) is None


@given(st.permutations(["low", "middle", "high"]), st.data())
@settings(max_examples=50)
def test_the_order_of_loads_does_not_matter_between_sources_of_different_rank(sources: list[str], data: st.DataObject) -> None:
    drawn = {source: data.draw(statements(1, source)) for source in sorted(sources)}
    one = [msgspec.structs.replace(drawn[source], load_id=number) for number, source in enumerate(sources, 1)]
    other = [msgspec.structs.replace(drawn[source], load_id=number) for number, source in enumerate(reversed(sources), 1)]
    after = merged(ID, one, RANKS)
    assert after == merged(ID, other, RANKS)
    assert after is not None
    for field in FIELDS:
        best = next((drawn[source] for source in ("high", "middle", "low") if field in drawn[source].said.provenance), None)
        if best:
            assert getattr(after, field) == getattr(best.said, field)
            assert after.provenance[field] == best.said.provenance[field]
    assert after.identifiers == {k: v for source in ("low", "middle", "high") for k, v in drawn[source].said.identifiers.items()}


@given(statements(1, "low"), statements(2, "middle"), statements(3, "low"))
@settings(max_examples=50)
def test_saying_the_same_again_changes_nothing(
    first: Statement[Facility], second: Statement[Facility], third: Statement[Facility]
) -> None:
    after = merged(ID, [first, second, third], RANKS)
    assert merged(ID, [first, second, third, msgspec.structs.replace(third, load_id=4)], RANKS) == after


@given(statements(1, "low"), statements(2, "middle"))
@settings(max_examples=50)
def test_who_is_silent_of_everything_changes_nothing(first: Statement[Facility], second: Statement[Facility]) -> None:
    quiet = Statement(
        load_id=3,
        source="high",
        own_id="x",
        said=msgspec.structs.replace(first.said, identifiers={"high": "1"}, provenance={}),
        silent=frozenset(Facility.__struct_fields__) - {"id", "provenance"},
    )
    assert merged(ID, [first, second, quiet], RANKS) == merged(ID, [first, second], RANKS)


def test_of_the_same_rank_the_later_wins_with_its_provenance() -> None:
    old = said("a", phones=("+16195550101",), website="https://a.example")
    after = told(old, said("b", date(2026, 11, 1), phones=("+16195550102",)))
    assert after.phones == ("+16195550102",)
    assert after.provenance["phones"] == Provenance("b", date(2026, 11, 1))
    assert after.website == "https://a.example"
    assert after.provenance["website"] == Provenance("a")


def test_a_map_gives_way_to_a_file_and_a_file_to_the_hand() -> None:
    assert rank_of("osm:tijuana", {}) < rank_of("a", {}) < rank_of(HAND, {})
    assert rank_of("osm:tijuana", {"osm": 70}) == 70
    assert rank_of("osm:tijuana", {"osm": 70, "osm:tijuana": 80}) == 80
    file, street_map = said("a", phones=("+16195550101",)), said("osm:tijuana", phones=("+16195550102",))
    assert told(file, street_map).phones == told(street_map, file).phones == ("+16195550101",)
    assert told(said(HAND, phones=()), file).phones == ()


def test_what_the_same_source_no_longer_says_is_taken_back() -> None:
    old = said("a", website="https://a.example", kind=FacilityKind.CLINIC, status=FacilityStatus.CLOSED)
    assert told(old, said("a")) == said("a")
    # Two regions tell of one map.
    one, other = said("osm:one", website="https://a.example"), said("osm:other")
    assert told(one, other).website is None


def test_what_another_source_said_shows_again() -> None:
    """So it does when a load is taken back."""
    a, b = said("a", website="https://a.example"), said("b", website="https://b.example")
    assert told(a, b, said("b")).website == "https://a.example"


def test_what_cannot_be_read_keeps_what_was_known() -> None:
    old = said("a", website="https://a.example", phones=("+16195550101",))
    after = told(old, said("a"), silent=frozenset({"website"}))
    assert (after.website, after.phones) == ("https://a.example", ())


def test_parts_of_two_addresses_are_never_mixed() -> None:
    old = said("a", address=Address(street="Calle Uno", postcode="22000"))
    assert told(old, said("b", address=Address(street="Calle Dos"))).address == Address(street="Calle Dos")


def test_a_part_that_could_be_read_is_better_than_nothing_but_not_than_the_whole() -> None:
    whole, part = said("a", address=Address(street="Calle Uno", postcode="22000")), said("a", address=Address(street="Calle Uno"))
    assert told(part, silent=frozenset({"address"})).address == part.address
    assert told(whole, part, silent=frozenset({"address"})).address == whole.address
    assert told(said("a"), part, silent=frozenset({"address"})).address == part.address
    other = said("low", address=Address(street="Calle Dos"))
    assert told(other, part, silent=frozenset({"address"})).address == other.address


def test_identifiers_are_gathered() -> None:
    after = told(said("a", identifiers={"clues": "1", "a": "7"}), said("b", identifiers={"clues": "1", "npi": "2"}), said("a"))
    assert after.identifiers == {"clues": "1", "a": "7", "npi": "2"}
    assert after.provenance["identifiers"] == Provenance("b")


def test_a_time_zone_that_was_looked_up_gives_way_to_one_that_was_written() -> None:
    looked_up = said("high", time_zone="America/Los_Angeles")
    looked_up.provenance["time_zone"] = Provenance(DERIVED)
    written = said("low", time_zone="America/Tijuana")
    assert told(written, looked_up).time_zone == told(looked_up, written).time_zone == "America/Tijuana"
    assert told(written, looked_up, said("low")).time_zone == "America/Los_Angeles"


def test_a_point_found_by_the_address_gives_way_to_one_that_was_given() -> None:
    found = msgspec.structs.replace(said("high", lon_lat=LonLat(-117.0, 32.0)), position_accuracy_m=500.0)
    given_point = said("low")
    for after in (told(found, given_point), told(given_point, found)):
        assert (after.lon_lat, after.position_accuracy_m) == (LonLat(-117.03, 32.52), None)
        assert after.provenance["lon_lat"] == Provenance("low")
    assert told(found, said("middle"), silent=frozenset({"lon_lat"})).lon_lat == LonLat(-117.0, 32.0)
    assert told(found).position_accuracy_m == 500.0


def test_doors_go_with_the_place_that_their_source_has() -> None:
    doors = (Entrance(LonLat(-117.0301, 32.52), "main"),)
    mapped = said("low", lon_lat=LonLat(-117.03, 32.52), entrances=doors)
    beside = told(mapped, said("high", lon_lat=LonLat(-117.0305, 32.52)))  # 47 m
    assert (beside.lon_lat.lon, beside.entrances, beside.provenance["entrances"]) == (-117.0305, doors, Provenance("low"))
    moved = told(mapped, said("high", lon_lat=LonLat(-117.04, 32.52)))  # 940 m: another building
    assert (moved.lon_lat.lon, moved.entrances) == (-117.04, ())
    assert "entrances" not in moved.provenance
