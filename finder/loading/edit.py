"""What an admin corrects by hand: a load of one facility, which every file gives way to and which can be taken back like one."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from finder.domain.facility import Facility, FacilityStatus, Provenance
from finder.domain.load import Load
from finder.domain.statement import HAND
from finder.errors import BadInput, NotFound
from finder.geo.points import LonLat, checked_lon_lat
from finder.loading.merge import DERIVED
from finder.loading.settle import Said, believed
from finder.loading.zones import time_zone_at
from finder.store import Store

__all__ = ["EDITABLE", "edit_facility"]

FIXED: Final = frozenset({"id", "provenance", "identifiers", "position_accuracy_m"})
"""The finder's own, or what files find the facility by."""
EDITABLE: Final[Mapping[str, Any]] = {
    field.name: field.type for field in msgspec.structs.fields(Facility) if field.name not in FIXED
}
"""The fields that can be corrected, and their types."""


def edit_facility(store: Store, id_: str, changes: Mapping[str, Any], today: date) -> Load:
    """Let the facility have these values from now on; returns the ledger's row of the load that the edit is.

    ``changes`` are as in JSON: ``{"phones": ["+526641234567"], "lon_lat": [-117.03, 32.52]}``. An empty value says that there
    is none, whatever files say; what is not among ``changes`` stays theirs. Where the point moves, the time zone that was looked
    up moves with it. Raises :class:`NotFound` for an unknown facility and :class:`BadInput`, which names the field, for a value
    that cannot be its.
    """
    if not changes:
        raise BadInput(f"Nothing is changed: give at least one of {', '.join(EDITABLE)}.")
    values = {field: _converted(field, value) for field, value in changes.items()}
    provenance = dict.fromkeys(values, Provenance(HAND, today))
    with store.writing() as writing:
        stated = writing.stated(Facility, [id_]).get(id_)
        if stated is None or stated.before is None:
            raise NotFound(f"There is no facility {id_}.")
        before = stated.before
        if "lon_lat" in values:
            values["position_accuracy_m"] = None
            country = values.get("address", before.address).country
            if "time_zone" not in values and (zone := time_zone_at(values["lon_lat"], country)):
                values["time_zone"], provenance["time_zone"] = zone, Provenance(DERIVED)
        said = msgspec.structs.replace(before, **{**values, "identifiers": {}, "provenance": provenance})
        silent = frozenset(Facility.__struct_fields__) - provenance.keys() - {"id", "provenance"}
        load = Load(source=HAND, file_name="", started_at=datetime.now(UTC), read=1)
        load_id = writing.begin(load)
        row = Said(line=1, own_id=id_, said=said, silent=silent)
        stated = believed(stated, id_, row, load_id=load_id, source=HAND, ranks=writing.ranks())
        changed = int(stated.after != before)
        closed = before.status is FacilityStatus.OPEN and stated.after and stated.after.status is not FacilityStatus.OPEN
        load = msgspec.structs.replace(load, id=load_id, changed=changed, unchanged=1 - changed, closed=int(bool(closed)))
        writing.put(Facility, [stated])
        writing.finish(load)
        return load


def _converted(field: str, value: Any) -> Any:
    if field not in EDITABLE:
        known = "is not corrected by hand" if field in FIXED else "is no field of a facility"
        raise BadInput(f"“{field}” {known}: what can be is {', '.join(EDITABLE)}.")
    try:
        found = msgspec.convert(value, EDITABLE[field])
    except msgspec.ValidationError as error:
        if field == "lon_lat":
            # The library's words would do, but no message repeats a coordinate.
            raise BadInput("“lon_lat” cannot be read: give longitude and latitude as two numbers.") from None
        raise BadInput(f"“{field}” cannot have this value: {error}.") from error
    if isinstance(found, LonLat):
        return checked_lon_lat(*found)
    if field == "name" and not str(found).strip():
        raise BadInput("“name” cannot be empty.")
    return found
