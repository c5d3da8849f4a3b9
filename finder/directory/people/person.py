"""A practitioner with all roles, and its record: one JSON object that holds their documents."""

from collections.abc import Iterable

import msgspec

from finder.domain.documents import decode, encode
from finder.domain.practitioner import Practitioner, Role

__all__ = ["Person", "decode_person", "encode_person", "encode_role"]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An active practitioner with the active roles. Their ``practitioner_id`` and ``facility_id`` are ids, not keys.

    A role whose facility is not published has no ``facility_id``: only its own address and phones are left of it.
    """

    practitioner: Practitioner
    roles: tuple[Role, ...] = ()

    def specialties_of(self, role: Role) -> tuple[str, ...]:
        """What the practitioner does in ``role``: what the role says itself, else all that the practitioner is."""
        return role.specialties or self.practitioner.specialties


class _Record(msgspec.Struct, frozen=True):
    practitioner: msgspec.Raw
    roles: tuple[msgspec.Raw, ...]


_DECODER = msgspec.json.Decoder(_Record)


def encode_role(role: Role) -> bytes:
    """The document of a role, for :func:`encode_person`."""
    return encode(role).encode()


def encode_person(practitioner: Practitioner, roles: Iterable[bytes]) -> bytes:
    """The record of a practitioner and the documents of the roles."""
    return b'{"practitioner":%b,"roles":[%b]}' % (encode(practitioner).encode(), b",".join(roles))


def decode_person(record: bytes) -> Person:
    """The person of a record. Raises :class:`msgspec.DecodeError` for what is none."""
    found = _DECODER.decode(record)
    return Person(
        practitioner=decode(Practitioner, bytes(found.practitioner)),
        roles=tuple(decode(Role, bytes(role)) for role in found.roles),
    )
