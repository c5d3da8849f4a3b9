"""What is written as a document is read as it was."""

from collections.abc import Mapping

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.documents import Thing, decode, decode_said, encode, encode_parts, told_of
from finder.domain.facility import Facility, Provenance
from finder.domain.practitioner import Practitioner, Role
from tests.facilities import facilities, practitioners, provenances, roles, words

silences = st.frozensets(words, max_size=4)


@given(st.one_of(facilities(), practitioners, roles), silences)
def test_a_thing_and_a_statement_come_back(thing: Thing, silent: frozenset[str]) -> None:
    of: type[Facility] = type(thing)  # pyright: ignore[reportAssignmentType]
    assert decode(of, encode(thing)) == thing
    assert decode_said(of, encode(thing, silent)) == (thing, silent)
    assert decode_said(of, encode(thing, silent).encode()) == (thing, silent)


@given(facilities())
@settings(max_examples=30)
def test_a_document_is_json_that_says_each_source_once(facility: Facility) -> None:
    document = msgspec.json.decode(encode(facility))
    assert document["name"] == facility.name
    pairs = [(source, *day) for source, _, *day in document["told"]]
    assert len(pairs) == len({(source, *day) for source, *day in pairs})
    assert sorted(field for _, fields, *_ in document["told"] for field in fields) == sorted(facility.provenance)


@given(st.dictionaries(words, provenances), st.randoms())
@settings(max_examples=30)
def test_the_order_of_the_provenance_does_not_matter(provenance: Mapping[str, Provenance], chance: st.DataObject) -> None:
    pairs = list(provenance.items())
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    assert told_of(dict(pairs)) == told_of(dict(provenance))


@given(practitioners)
@settings(max_examples=30)
def test_who_writes_many_with_one_provenance_writes_the_same(practitioner: Practitioner) -> None:
    bare = msgspec.structs.replace(practitioner, provenance={})
    assert encode_parts(bare, told_of(practitioner.provenance)).decode() == encode(practitioner)


def test_what_nobody_said_takes_no_room() -> None:
    assert encode(Role(id="r", practitioner_id="p")) == '{"id":"r","practitioner_id":"p","told":[]}'
