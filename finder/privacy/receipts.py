"""Receipts that a person can keep and prove: what was agreed to, signed with a key of this finder's. Packs of fences too.

A JWS (RFC 7515), receipts in compact form; Ed25519 (RFC 9864). The fields of receipts are named after the Kantara Initiative's
consent receipt 1.1, from which ISO/IEC TS 27560 came.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
from joserfc import jws
from joserfc.jwk import OKPKey

from finder.privacy.key_files import KeyFile

__all__ = ["ReceiptKey", "ReceiptType"]

_ALGORITHM: Final = "Ed25519"


class ReceiptType(StrEnum):
    """What a receipt is of, as its header's ``typ`` says it (RFC 8725, 3.11): one never passes for the other."""

    CONSENT = "consent-receipt+jws"
    ERASURE = "erasure-receipt+jws"
    FENCES = "fence-pack+jws"
    """No receipt, but what a device is given to watch by itself."""


class ReceiptKey:
    """The key in a folder. It is made when it is first needed; whichever process comes first makes it for all."""

    def __init__(self, folder: Path) -> None:
        self._key = KeyFile(folder, "receipts", OKPKey, _ALGORITHM, lambda: OKPKey.generate_key(_ALGORITHM))

    def sign(self, claims: Mapping[str, Any], kind: ReceiptType) -> str:
        """Return the claims signed. Who signs is the issuer, ``iss``, named by the key (RFC 9278) where they name no other.

        Raises :class:`NotReady` where no key can be kept, :class:`Damaged` for a file of none.
        """
        key = self._key.get()
        return jws.serialize_compact(_header(key, kind), _payload(key, claims), key, algorithms=[_ALGORITHM])

    def sign_as_json(self, claims: Mapping[str, Any], kind: ReceiptType) -> bytes:
        """Return what :meth:`sign` returns in the flattened JSON form (RFC 7515, 7.2.2), ``application/jose+json``."""
        key = self._key.get()
        member: jws.HeaderDict = {"protected": _header(key, kind)}
        return msgspec.json.encode(jws.serialize_json(member, _payload(key, claims), key, algorithms=[_ALGORITHM]))

    def public_keys(self) -> dict[str, Any]:
        """Return the JWK set with which receipts are verified. Raises what :meth:`sign` raises."""
        key = self._key.get()
        told = key.as_dict(private=False)
        return {"keys": [told | {"kid": key.thumbprint(), "alg": _ALGORITHM, "use": "sig"}]}


def _header(key: OKPKey, kind: ReceiptType) -> dict[str, Any]:
    return {"alg": _ALGORITHM, "kid": key.thumbprint(), "typ": kind.value}


def _payload(key: OKPKey, claims: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"iss": key.thumbprint_uri(), **claims})
