"""What a facility is after a load: the new values laid over the old ones, field by field."""

from collections.abc import Set
from typing import Any

import msgspec

from finder.domain.facility import Facility, FacilityKind, Provenance
from finder.loading.facility_row import DERIVED

__all__ = ["merged"]

FIELDS = tuple(field for field in Facility.__struct_fields__ if field not in ("id", "provenance", "identifiers"))
DEFAULTS: dict[str, Any] = {
    field.name: {} if field.default is msgspec.NODEFAULT else field.default for field in msgspec.structs.fields(Facility)
} | {"kind": FacilityKind.OTHER}
"""What a field has when nobody has said anything of it."""


def merged(old: Facility, new: Facility, source: str, unreadable: Set[str] = frozenset()) -> Facility:
    """``old`` with what ``source`` now says in ``new``; both have the same id.

    A field that ``new`` fills wins. A field that it leaves empty is cleared when ``source`` filled it before, or another extract
    of the same, and kept when another source did. One of ``unreadable``, whose cell says something that cannot be used, is kept
    whoever filled it. An address is one field: parts of two sources are never mixed. Identifiers are gathered by scheme and
    never lost. A time zone that was looked up by the point gives way to one that any source wrote.
    """
    values: dict[str, Any] = {}
    provenance: dict[str, Provenance] = {}
    for field in FIELDS:
        before, after = old.provenance.get(field), new.provenance.get(field)
        filled = after is not None or getattr(new, field) != DEFAULTS[field]
        if filled and after is not None and after.source == DERIVED and before and before.source not in (DERIVED, source):
            filled = False
        if before and field in unreadable and (not filled or field == "address"):
            values[field], kept = getattr(old, field), before
        elif filled or (before and (before.source == DERIVED or _family(before.source) == _family(source))):
            values[field], kept = getattr(new, field), after
        else:
            values[field], kept = getattr(old, field), before
        if kept is not None:
            provenance[field] = kept
    values["identifiers"] = old.identifiers | new.identifiers
    if kept := new.provenance.get("identifiers") if _says_more(old, new) else old.provenance.get("identifiers"):
        provenance["identifiers"] = kept
    return Facility(id=old.id, provenance=provenance, **values)


def _family(source: str) -> str:
    """What the source is an extract of: two regions of OpenStreetMap (``osm:tijuana``, ``osm:san-diego``) tell of one map."""
    return source.partition(":")[0]


def _says_more(old: Facility, new: Facility) -> bool:
    """Whether the provenance of the identifiers is now the new source's: it gave one, or looked again at those it gave."""
    before, after = old.provenance.get("identifiers"), new.provenance.get("identifiers")
    return after is not None and (
        before is None or before.source == after.source or bool(new.identifiers.items() - old.identifiers.items())
    )
