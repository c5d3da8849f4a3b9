"""Sealing what a person saved: only who holds the person's token, or an app that the person let in, opens it. We do not.

What the finder itself must use again, such as the secrets that it signs with, is sealed with a key of its own, which is no part
of the database: who has but the rows reads nothing.
"""

import hmac
import secrets
from pathlib import Path
from typing import Final, Never, Self, final, override

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import OctKey

from finder.domain.consent import Subject
from finder.errors import BadInput, Damaged
from finder.privacy.key_files import KeyFile

__all__ = ["PersonKey", "ServiceKey"]

_KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
"""Of the form: this byte, the nonce, then AES-256-GCM's ciphertext with its tag. It is signed with the rest."""
_NONCE_BYTES: Final = 12
"""Random: one key would have to seal 2³² things before two of them shared one with a chance of 2⁻³³."""
_TAG_BYTES: Final = 16
_FOR_PERSON: Final = b"finder person key 1"
_FOR_WRAPPING: Final = b"finder person key wrapping 1"
_FOR_HASHING: Final = b"finder service hash 1\0"
"""What a key is for is part of how it is made, so that one secret never makes the same key for two uses."""


@final
class PersonKey:
    """The key that a person's token makes, or that was unwrapped with an app's token. It shows itself to nobody.

    Make it with :meth:`of` or :meth:`unwrapped`.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError(f"A person's key has {_KEY_BYTES} bytes.")
        self._key = key

    @classmethod
    def of(cls, token: str) -> Self:
        """The key of a person's token (``fs_…``), by HKDF-SHA256: the same token makes the same key on every machine."""
        return cls(_derived(token, _FOR_PERSON))

    def seal(self, data: bytes, *, subject: Subject, name: str = "") -> bytes:
        """``data`` so that only this key opens it, and only as something of ``subject``; another result each time.

        ``name`` says which thing of theirs it is: then it is not opened in the place of another.
        """
        return _sealed(self._key, data, bound_to=_of_person(subject, name))

    def unseal(self, sealed: bytes, *, subject: Subject, name: str = "") -> bytes:
        """What :meth:`seal` sealed for the same subject, under the same name.

        Raises :class:`Damaged` when it was sealed with another key, for another subject or name, or has been changed since.
        """
        opened = _opened(self._key, sealed, bound_to=_of_person(subject, name))
        if opened is None:
            raise Damaged(
                "What was saved cannot be opened with this person's key: it was changed or is somebody else's. Delete it."
            )
        return opened

    def wrapped_for(self, secret: str) -> bytes:
        """This key, sealed so that who has ``secret``, a random token of 128 bits or more, gets it by :meth:`unwrapped`."""
        return _sealed(_derived(secret, _FOR_WRAPPING), self._key, bound_to=_FOR_WRAPPING)

    @classmethod
    def unwrapped(cls, wrapped: bytes, secret: str) -> Self:
        """The key that :meth:`wrapped_for` sealed for ``secret``.

        Raises :class:`BadInput` for another secret, or changed bytes.
        """
        key = _opened(_derived(secret, _FOR_WRAPPING), wrapped, bound_to=_FOR_WRAPPING)
        if key is None or len(key) != _KEY_BYTES:
            raise BadInput("This token does not open what it was to open. Ask the person for access anew.")
        return cls(key)

    @override
    def __repr__(self) -> str:
        return "PersonKey(…)"

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, PersonKey) and secrets.compare_digest(self._key, other._key)

    __hash__: None = None  # pyright: ignore[reportIncompatibleMethodOverride] - nothing is looked up by it

    @override
    def __reduce__(self) -> Never:
        raise TypeError("A person's key is written nowhere: wrapped_for() seals it for an app.")


@final
class ServiceKey:
    """The finder's own key, in a folder of keys. It is made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._file = KeyFile(folder, "service", OctKey, "oct", lambda: OctKey.generate_key(_KEY_BYTES * 8))

    def seal(self, data: bytes, *, bound_to: str) -> bytes:
        """``data`` so that only this key opens it, and only as what it is ``bound_to``; another result each time.

        Raises :class:`NotReady` where no key can be kept, :class:`Damaged` for a file of none.
        """
        return _sealed(self._key(), data, bound_to=bound_to.encode())

    def open(self, sealed: bytes, *, bound_to: str) -> bytes:
        """What :meth:`seal` sealed, bound to the same. Raises :class:`Damaged` when it was not, and what :meth:`seal` raises."""
        opened = _opened(self._key(), sealed, bound_to=bound_to.encode())
        if opened is None:
            raise Damaged("What was sealed with the service's key cannot be opened: put the right service.jwk.json back.")
        return opened

    def hashed(self, text: str, *, purpose: str) -> str:
        """A hash of a text, in hex, that only this key makes: who has but the hash cannot try texts out.

        Raises what :meth:`seal` raises.
        """
        return hmac.digest(self._key(), _FOR_HASHING + f"{purpose}\0{text}".encode(), "sha256").hex()

    def _key(self) -> bytes:
        key = self._file.get().raw_value
        if len(key) != _KEY_BYTES:
            raise Damaged(f"service.jwk.json in the folder of keys is no key of {_KEY_BYTES * 8} bits: put the right one back.")
        return key


def _of_person(subject: Subject, name: str) -> bytes:
    # A subject has no space in it, so that none with a name is another without.
    return (f"{subject} {name}" if name else subject).encode()


def _derived(secret: str, purpose: bytes) -> bytes:
    # No salt and no slowness: the secrets are random, so there is nothing to be guessed.
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(secret.encode())


def _sealed(key: bytes, data: bytes, *, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, data, _VERSION + bound_to)


def _opened(key: bytes, sealed: bytes, *, bound_to: bytes) -> bytes | None:
    """``None`` when the key, what it is bound to or a single bit is another."""
    if not sealed.startswith(_VERSION) or len(sealed) < len(_VERSION) + _NONCE_BYTES + _TAG_BYTES:
        return None
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _VERSION + bound_to)
    except InvalidTag:
        return None
