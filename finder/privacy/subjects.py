"""Persons without names: a token that only the person's browser or app holds, and its hash, which is all that we keep."""

import re
import secrets
from base64 import b32encode
from hashlib import sha256
from typing import Final, Never, final, override

from finder.domain.consent import Subject
from finder.privacy.sealing import PersonKey

__all__ = ["Person", "new_person", "person_of"]

_TOKEN: Final = re.compile(r"fs_[a-z2-7]{40}")
_TOKEN_BYTES: Final = 25
"""200 bits, which nobody guesses: the hash needs no salt and no slowness, unlike a password's."""


@final
class Person:
    """Whoever holds a token, for as long as a request lasts. Made by :func:`new_person` and :func:`person_of`.

    ``subject`` is what the finder writes down. The token is written nowhere, and so what is sealed with ``key`` is opened by
    nobody who has but our files.
    """

    __slots__ = ("_key", "subject", "token")

    def __init__(self, token: str) -> None:
        self.token: Final = token
        self.subject: Final = Subject(sha256(token.encode()).hexdigest())
        self._key: PersonKey | None = None

    @property
    def key(self) -> PersonKey:
        """What seals and opens the person's saved things. Not made before it is asked for, as most requests need none."""
        if self._key is None:
            self._key = PersonKey.of(self.token)
        return self._key

    @override
    def __repr__(self) -> str:
        return "Person(…)"

    @override
    def __reduce__(self) -> Never:
        raise TypeError("A person's token is written nowhere.")


def new_person() -> Person:
    """A person who was not here before, or does not want to be known as one who was."""
    return Person(f"fs_{b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode().lower()}")


def person_of(token: str) -> Person | None:
    """Whose token it is; ``None`` for what has not the form of one."""
    return Person(token) if _TOKEN.fullmatch(token) else None
