"""Tokens of persons without names: 200 random bits, of which we keep the SHA-256."""

import copy
import pickle
import re
from hashlib import sha256

import msgspec
import pytest

from finder.errors import Damaged
from finder.privacy.subjects import new_person, person_of


def test_a_token_leads_to_its_subject_and_the_subject_to_nothing() -> None:
    made = new_person()
    assert re.fullmatch(r"fs_[a-z2-7]{40}", made.token)  # 40 letters of base32 are 200 bits
    again = person_of(made.token)
    assert again is not None
    assert again.subject == made.subject == sha256(made.token.encode()).hexdigest()
    assert again.token == made.token
    assert made.token not in f"{made!r}{made}"
    assert made.subject not in f"{made!r}{made}"


def test_no_two_are_alike() -> None:
    assert len({new_person().subject for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text", ["", "fs_", "fs_" + "a" * 39, "fs_" + "a" * 41, "fs_" + "A" * 40, "fk_" + "a" * 40, "fs_" + "1" * 40]
)
def test_what_is_no_token_is_nobodys(text: str) -> None:
    assert person_of(text) is None
    assert person_of(f"fs_{'a' * 40}\n") is None


def test_what_a_person_sealed_the_person_opens_and_nobody_else() -> None:
    person, other = new_person(), new_person()
    sealed = person.key.seal(b"home", subject=person.subject)
    again = person_of(person.token)
    assert again is not None
    assert again.key.unseal(sealed, subject=again.subject) == b"home"
    with pytest.raises(Damaged):
        other.key.unseal(sealed, subject=person.subject)


def test_a_person_is_written_nowhere() -> None:
    person = new_person()
    for write in (pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode):
        with pytest.raises(TypeError):
            write(person)
