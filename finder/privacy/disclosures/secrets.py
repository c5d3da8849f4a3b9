"""The secrets that applications hold. Their first letters say what they are, so that a leaked one is known for what it is."""

import re
import secrets
from base64 import b32encode
from hashlib import sha256
from typing import Final

from finder.domain.apps import TokenKind

__all__ = ["digest_of", "has_form_of", "new_secret"]

_BYTES: Final = 25
"""200 bits, which nobody guesses."""
_PREFIX: Final = {TokenKind.CODE: "fc", TokenKind.ACCESS: "fa", TokenKind.REFRESH: "fr"}
_FORM: Final = {kind: re.compile(rf"{prefix}_[a-z2-7]{{40}}") for kind, prefix in _PREFIX.items()}


def new_secret(kind: TokenKind) -> str:
    """A random one."""
    return f"{_PREFIX[kind]}_{b32encode(secrets.token_bytes(_BYTES)).decode().lower()}"


def has_form_of(kind: TokenKind, text: str) -> bool:
    """Whether it looks like one of a kind."""
    return _FORM[kind].fullmatch(text) is not None


def digest_of(secret: str) -> str:
    """What the store has of it."""
    return sha256(secret.encode()).hexdigest()
