"""What a thing is, out of all that is said of it: one pure function of its statements.

So taking a load back is easy to say: leave out its statements and merge the others again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from finder.domain.facility import Facility, FacilityKind, Provenance
from finder.domain.practitioner import Practitioner, Role
from finder.domain.statement import HAND, Statement
from finder.geo.distance import geodesic_m

__all__ = ["DERIVED", "RANKS", "family_of", "merged", "rank_of"]

DERIVED = "tzfpy"
"""The source of a time zone that was looked up by the point: it gives way to one that any source wrote."""
RANKS: Mapping[str, int] = {HAND: 100, "osm": 20}
"""How far a family of sources is believed where an operator has said nothing else."""
DEFAULT_RANK = 50
ENTRANCE_REACH_M = 100.0
"""A source that has the facility further than this from where it is taken to be speaks of other doors."""
FOLLOWING = ("id", "identifiers", "provenance", "position_accuracy_m")
"""What is not chosen by itself: the accuracy is that of the position that was chosen."""

_FIELDS: dict[Any, tuple[str, ...]] = {
    thing: tuple(field for field in thing.__struct_fields__ if field not in FOLLOWING) for thing in (Facility, Practitioner, Role)
}
_DEFAULTS: dict[Any, dict[str, Any]] = {
    thing: {
        field.name: field.default_factory() if field.default is msgspec.NODEFAULT else field.default
        for field in msgspec.structs.fields(thing)
        if not field.required
    }
    for thing in _FIELDS
}
_DEFAULTS[Facility] |= {"kind": FacilityKind.OTHER}


def family_of(source: str) -> str:
    """What the source is an extract of: two regions of OpenStreetMap (``osm:tijuana``, ``osm:san-diego``) tell of one map."""
    return source.partition(":")[0]


def rank_of(source: str, ranks: Mapping[str, int]) -> int:
    """How far a source is believed: as ``ranks`` say of it or its family, else as :data:`RANKS` do."""
    family = family_of(source)
    return ranks.get(source, ranks.get(family, RANKS.get(family, DEFAULT_RANK)))


def merged[T: (Facility, Practitioner, Role)](id_: str, statements: Sequence[Statement[T]], ranks: Mapping[str, int]) -> T | None:
    """The thing that ``statements``, in the order of their loads, are about; ``None`` where they lack what it cannot be without.

    Field by field, a source of higher rank wins, and of the same rank the later load. Of one source the latest load that
    says anything of a field counts: filled it is the value, empty it takes back what the source said before. An address is one
    field: parts of two sources are never mixed. Entrances are left out where their source has the place elsewhere. Identifiers
    are gathered by scheme and never lost.
    """
    if all(statement.source == HAND for statement in statements):
        return None  # a correction of what nobody tells waits
    if len(statements) == 1 and not statements[0].silent:
        said = statements[0].said
        return said if said.id == id_ else msgspec.structs.replace(said, id=id_)
    thing = type(statements[0].said)
    by_family: dict[str, list[Statement[T]]] = {}
    for statement in reversed(statements):
        by_family.setdefault(family_of(statement.source), []).append(statement)
    values: dict[str, Any] = {}
    provenance: dict[str, Provenance] = {}
    chosen: dict[str, Statement[T]] = {}
    for field in _FIELDS[thing]:
        told = [found for newest_first in by_family.values() if (found := _teller(newest_first, field))]
        if not told and field in _DEFAULTS[thing]:
            told = [found for newest_first in by_family.values() if (found := _teller_of_a_part(newest_first, field))]
        if told:
            best = max(told, key=lambda statement: _weight(statement, field, ranks))
            chosen[field], values[field] = best, getattr(best.said, field)
            if field == "lon_lat":
                values["position_accuracy_m"] = cast("Facility", best.said).position_accuracy_m
            if field in best.said.provenance:
                provenance[field] = best.said.provenance[field]
        elif field in _DEFAULTS[thing]:
            values[field] = _DEFAULTS[thing][field]
        else:
            return None
    _leave_out_other_doors(values, provenance, chosen.get("entrances"))
    in_order = [statement for statement in statements if "identifiers" not in statement.silent]
    in_order.sort(key=lambda statement: (rank_of(statement.source, ranks), statement.load_id))
    values["identifiers"] = {
        scheme: value for statement in in_order for scheme, value in sorted(statement.said.identifiers.items())
    }
    for statement in in_order:
        if (given := statement.said.provenance.get("identifiers")) is not None:
            provenance["identifiers"] = given
    return thing(id=id_, provenance=provenance, **values)


def _leave_out_other_doors(values: dict[str, Any], provenance: dict[str, Provenance], told_by: Statement[Any] | None) -> None:
    if told_by and values["entrances"] and geodesic_m(told_by.said.lon_lat, values["lon_lat"]) > ENTRANCE_REACH_M:
        values["entrances"] = ()
        provenance.pop("entrances", None)


def _teller[T: (Facility, Practitioner, Role)](newest_first: Sequence[Statement[T]], field: str) -> Statement[T] | None:
    """Of one source's statements the one that says what ``field`` is; ``None`` when the latest word is that it is empty."""
    for statement in newest_first:
        if field in statement.silent:
            continue
        filled = field in statement.said.provenance or getattr(statement.said, field) != _DEFAULTS[type(statement.said)].get(
            field
        )
        return statement if filled else None
    return None


def _teller_of_a_part[T: (Facility, Practitioner, Role)](newest_first: Sequence[Statement[T]], field: str) -> Statement[T] | None:
    """The one that had a cell which cannot be used, and others: an address without its postcode is better than none."""
    for statement in newest_first:
        if field not in statement.silent:
            return None
        if field in statement.said.provenance:
            return statement
    return None


def _weight(statement: Statement[Any], field: str, ranks: Mapping[str, int]) -> tuple[bool, int, int]:
    said, given = statement.said, statement.said.provenance.get(field)
    # What the finder worked out gives way to what anybody wrote: a time zone by the point, a point by the address.
    worked_out = (given is not None and given.source == DERIVED) or (
        field == "lon_lat" and isinstance(said, Facility) and said.position_accuracy_m is not None
    )
    return not worked_out, rank_of(statement.source, ranks), statement.load_id
