"""Receipts that a person can keep and prove: what was agreed to, signed with a key of this finder's.

A JWS in compact form (RFC 7515), Ed25519 (RFC 9864). The fields are named after the Kantara Initiative's consent receipt 1.1,
from which ISO/IEC TS 27560 came.
"""

import os
import secrets
import threading
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from finder.errors import Damaged, NotReady

__all__ = ["ReceiptKey", "ReceiptType"]

_ALGORITHM: Final = "Ed25519"
_FILE: Final = "receipts.jwk.json"


class ReceiptType(StrEnum):
    """What a receipt is of, as its header's ``typ`` says it (RFC 8725, 3.11): one never passes for the other."""

    CONSENT = "consent-receipt+jws"
    ERASURE = "erasure-receipt+jws"


class ReceiptKey:
    """The key in a folder. It is made when it is first needed; whichever process comes first makes it for all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key: OKPKey | None = None
        self._lock = threading.Lock()

    def sign(self, claims: Mapping[str, Any], kind: ReceiptType) -> str:
        """Return the claims signed. Who signs is the issuer, ``iss``, named by the key (RFC 9278) where they name no other.

        Raises :class:`NotReady` where no key can be kept, :class:`Damaged` for a file of none.
        """
        key = self._loaded()
        header = {"alg": _ALGORITHM, "kid": key.thumbprint(), "typ": kind.value}
        told = {"iss": key.thumbprint_uri(), **claims}
        return jws.serialize_compact(header, msgspec.json.encode(told), key, algorithms=[_ALGORITHM])

    def public_keys(self) -> dict[str, Any]:
        """Return the JWK set with which receipts are verified. Raises what :meth:`sign` raises."""
        key = self._loaded()
        told = key.as_dict(private=False)
        return {"keys": [told | {"kid": key.thumbprint(), "alg": _ALGORITHM, "use": "sig"}]}

    def _loaded(self) -> OKPKey:
        with self._lock:
            if self._key is None:
                self._key = _read(self._folder / _FILE) or _made(self._folder / _FILE)
            return self._key


def _read(path: Path) -> OKPKey | None:
    try:
        told = msgspec.json.decode(path.read_bytes(), type=dict[str, str | list[str]])
        key = OKPKey.import_key(told)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, JoseError, ValueError) as error:
        raise Damaged(f"The key of receipts, {path.name} in the folder of keys, cannot be read: put a copy back.") from error
    if told.get("crv") != _ALGORITHM or not key.is_private:
        raise Damaged(f"{path.name} in the folder of keys is no private Ed25519 key: put a copy of the right one back.")
    return key


def _made(path: Path) -> OKPKey:
    """A new key in a file that only its owner reads; the one of whoever was quicker, where somebody was."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - with its mode
            file.write(msgspec.json.encode(OKPKey.generate_key(_ALGORITHM).as_dict(private=True)))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename it puts nothing in the place of a file that is there
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise NotReady(f"No key can be kept for receipts ({error.strerror}): mend the rights of the data folder.") from error
    key = _read(path)
    if key is None:
        raise NotReady("The key of receipts was taken away while it was made: try again.")
    return key
