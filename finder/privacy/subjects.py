"""Persons without names: a token that only the person's browser or app holds, and its hash, which is all that we keep."""

import re
import secrets
from base64 import b32encode
from hashlib import sha256

import msgspec

from finder.domain.consent import Subject

__all__ = ["NewSubject", "new_subject", "subject_of"]

_TOKEN = re.compile(r"fs_[a-z2-7]{40}")
_TOKEN_BYTES = 25
"""200 bits, which nobody guesses: the hash needs no salt and no slowness, unlike a password's."""


class NewSubject(msgspec.Struct, frozen=True):
    """A subject just made. ``token`` is handed out this once and stored nowhere."""

    subject: Subject
    token: str

    def __repr__(self) -> str:
        return "NewSubject(…)"


def new_subject() -> NewSubject:
    """A person who was not here before, or does not want to be known as one who was."""
    token = f"fs_{b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode().lower()}"
    return NewSubject(Subject(_digest(token)), token)


def subject_of(token: str) -> Subject | None:
    """Whose token it is; ``None`` for what has not the form of one."""
    return Subject(_digest(token)) if _TOKEN.fullmatch(token) else None


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
