"""What an admin corrects by hand: a load of one facility, which every file gives way to and which can be taken back like one."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from finder.domain.facility import Address, Facility, FacilityStatus, Provenance
from finder.domain.load import Load
from finder.domain.statement import HAND
from finder.errors import BadInput, NotFound
from finder.geo.points import LonLat, checked_lon_lat
from finder.loading.check import check_time_zone
from finder.loading.clean import clean_country, clean_languages, clean_postcode
from finder.loading.clean_hours import clean_hours
from finder.loading.clean_phone import clean_phones
from finder.loading.clean_text import clean_text
from finder.loading.clean_website import clean_website
from finder.loading.merge import DERIVED
from finder.loading.row_error import CellProblem
from finder.loading.settle import Said, believed
from finder.loading.zones import country_at, time_zone_at
from finder.store import Store

__all__ = ["EDITABLE", "LONGEST_NAME", "edit_facility"]

LONGEST_NAME: Final = 200
"""Letters."""

FIXED: Final = frozenset({"id", "provenance", "identifiers", "position_accuracy_m", "entrances"})
"""The finder's own, or what files find the facility by."""
EDITABLE: Final[Mapping[str, Any]] = {
    field.name: field.type for field in msgspec.structs.fields(Facility) if field.name not in FIXED
}
"""The fields that can be corrected, and their types."""


def edit_facility(store: Store, id_: str, changes: Mapping[str, Any], today: date) -> Load:
    """Let the facility have these values from now on; returns the ledger's row of the load that the edit is.

    ``changes`` are as in JSON: ``{"phones": ["+526641234567"], "lon_lat": [-117.03, 32.52]}``, and are read as a file's cells
    are: ``664 123 4567`` in Mexico is ``+526641234567``. An empty value says that there is none, whatever files say; what is not
    among ``changes`` stays theirs. Where the point moves, the time zone that was looked up moves with it.

    Raises :class:`NotFound` for an unknown facility and :class:`BadInput`, which names the field, for a value that cannot be its.
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
        values = _cleaned(values, before)
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
    return checked_lon_lat(*found) if isinstance(found, LonLat) else found


def _cleaned(values: Mapping[str, Any], before: Facility) -> dict[str, Any]:
    """The values as a load would have them: what no file could bring in, such as a link that is a script, no hand can either."""
    found = dict(values)
    if "address" in found:
        found["address"] = _address(found["address"])
    address: Address = found.get("address", before.address)
    # As for a file's rows: where the address names no country, the one that is all around.
    country = address.country or country_at(found.get("lon_lat", before.lon_lat))

    def phones(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(phone for text in texts for phone in clean_phones(text, country)))

    cleaners: dict[str, Callable[[Any], Any]] = {
        "name": _name,
        "names": lambda names: {language: _name(name) for language, name in names.items()},
        "phones": phones,
        "website": _or_none(clean_website),
        "opening_hours": _or_none(clean_hours),
        "time_zone": _or_none(check_time_zone),
        "services": _texts,
        "languages": lambda texts: tuple(dict.fromkeys(tag for text in texts for tag in clean_languages(text))),
        "plans": _texts,
    }
    return {field: _clean(field, cleaners[field], value) if field in cleaners else value for field, value in found.items()}


def _address(address: Address) -> Address:
    parts = {part: clean_text(text) for part, text in msgspec.structs.asdict(address).items() if text}
    parts = {part: text for part, text in parts.items() if text}
    if country := parts.get("country"):
        parts["country"] = _clean("address.country", clean_country, country)
    if postcode := parts.get("postcode"):
        parts["postcode"] = _clean("address.postcode", lambda text: clean_postcode(text, parts.get("country")), postcode)
    return Address(**parts)


def _texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for each in texts if (text := clean_text(each))))


def _name(text: str) -> str:
    """A name as it was typed: who writes it by hand means the capitals."""
    name = clean_text(text)
    if not name:
        raise CellProblem("A name cannot be empty.", "Write the name that people know the facility by.")
    if len(name) > LONGEST_NAME:
        raise CellProblem(f"This is longer than {LONGEST_NAME} letters.", "Write the name alone.")
    return name


def _or_none(clean: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda text: clean(tidy) if (tidy := clean_text(text or "")) else None


def _clean[T](field: str, clean: Callable[[Any], T], value: Any) -> T:
    try:
        return clean(value)
    except CellProblem as problem:
        raise BadInput(f"“{field}” cannot have this value. {problem.problem} {problem.advice}") from None
