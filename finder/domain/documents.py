"""The nouns as documents, in which the store keeps them, and back."""

from datetime import date
from typing import Any

import msgspec

from finder.domain.facility import Facility, Provenance
from finder.domain.practitioner import Practitioner, Role

__all__ = ["Thing", "decode", "decode_said", "encode", "encode_parts", "told_of"]

type Thing = Facility | Practitioner | Role


class _Told(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Fields that share a source and a day: one group instead of an entry for each field."""

    source: str
    fields: tuple[str, ...]
    verified_at: date | None = None


class _FacilityDocument(Facility, frozen=True, kw_only=True, omit_defaults=True):
    told: tuple[_Told, ...] = ()
    silent: frozenset[str] = frozenset()


class _PractitionerDocument(Practitioner, frozen=True, kw_only=True, omit_defaults=True):
    told: tuple[_Told, ...] = ()
    silent: frozenset[str] = frozenset()


class _RoleDocument(Role, frozen=True, kw_only=True, omit_defaults=True):
    told: tuple[_Told, ...] = ()
    silent: frozenset[str] = frozenset()


_DECODERS: dict[Any, Any] = {
    thing: (msgspec.json.Decoder(document), tuple(field for field in thing.__struct_fields__ if field != "provenance"))
    for thing, document in ((Facility, _FacilityDocument), (Practitioner, _PractitionerDocument), (Role, _RoleDocument))
}
_ENCODER = msgspec.json.Encoder()


def encode(thing: Thing, silent: frozenset[str] = frozenset()) -> str:
    """The document of a thing, or of a statement with the fields of which it says nothing."""
    bare = msgspec.structs.replace(thing, provenance={}) if thing.provenance else thing
    return encode_parts(bare, told_of(thing.provenance), silent).decode()


def encode_parts(bare: Thing, told: bytes, silent: frozenset[str] = frozenset()) -> bytes:
    """:func:`encode` for who writes many with the same provenance: ``bare`` is without any, ``told`` is of :func:`told_of`."""
    silence = b',"silent":' + _ENCODER.encode(sorted(silent)) if silent else b""
    return b'%b,"told":%b%b}' % (_ENCODER.encode(bare)[:-1], told, silence)


def told_of(provenance: dict[str, Provenance]) -> bytes:
    """The provenance in its short form, as JSON. The same provenance gives the same bytes, in whatever order it was made."""
    groups: dict[tuple[str, date | None], list[str]] = {}
    for field in sorted(provenance):
        given = provenance[field]
        groups.setdefault((given.source, given.verified_at), []).append(field)
    return _ENCODER.encode([_Told(source, tuple(fields), day) for (source, day), fields in groups.items()])


def decode[T: (Facility, Practitioner, Role)](thing: type[T], document: str | bytes) -> T:
    """The thing of a document."""
    return decode_said(thing, document)[0]


def decode_said[T: (Facility, Practitioner, Role)](thing: type[T], document: str | bytes) -> tuple[T, frozenset[str]]:
    """The thing of a statement's document, and the fields of which the statement says nothing."""
    decoder, fields = _DECODERS[thing]
    found = decoder.decode(document)
    provenance = {field: Provenance(told.source, told.verified_at) for told in found.told for field in told.fields}
    return thing(**{field: getattr(found, field) for field in fields}, provenance=provenance), found.silent
