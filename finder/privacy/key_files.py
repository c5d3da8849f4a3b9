"""Keys of the finder's own, each in a file that only its owner reads. Whichever process needs one first makes it for all."""

import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey

from finder.errors import Damaged, NotReady

__all__ = ["KeyFile"]


class KeyFile[K: (OKPKey, ECKey, OctKey)]:
    """A private key as a JWK (RFC 7517) in the file ``name``.jwk.json of a folder, made when it is first needed.

    ``form`` is the curve, or ``oct`` of a symmetric key. All machines of one service need the same folder, or copies of it.
    """

    def __init__(self, folder: Path, name: str, kind: type[K], form: str, fresh: Callable[[], K]) -> None:
        self._path: Final = folder / f"{name}.jwk.json"
        self._name: Final = name
        self._kind: Final = kind
        self._form: Final = form
        self._fresh: Final = fresh
        self._key: K | None = None
        self._lock: Final = threading.Lock()

    def get(self) -> K:
        """Return the key. Raises :class:`NotReady` where none can be kept, :class:`Damaged` for a file of anything else."""
        with self._lock:
            if self._key is None:
                self._key = self._read() or self._made()
            return self._key

    def _read(self) -> K | None:
        name = self._path.name
        try:
            told = msgspec.json.decode(self._path.read_bytes(), type=dict[str, str | list[str]])
            key = self._kind.import_key(told)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, JoseError, ValueError) as error:
            raise Damaged(f"The key of {self._name}, {name} in the folder of keys, cannot be read: put a copy back.") from error
        if told.get("crv", told.get("kty")) != self._form or not key.is_private:
            raise Damaged(f"{name} in the folder of keys is no private {self._form} key: put a copy of the right one back.")
        return key

    def _made(self) -> K:
        """A new key; the one of whoever was quicker, where somebody was."""
        draft = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - with its mode
                file.write(msgspec.json.encode(self._fresh().as_dict(private=True)))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, self._path)  # unlike a rename it puts nothing in the place of a file that is there
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        except OSError as error:
            raise NotReady(
                f"No key can be kept for {self._name} ({error.strerror}): mend the rights of the data folder."
            ) from error
        key = self._read()
        if key is None:
            raise NotReady(f"The key of {self._name} was taken away while it was made: try again.")
        return key
