"""Tokens of persons without names: 200 random bits, of which we keep the SHA-256."""

import re
from hashlib import sha256

import pytest

from finder.privacy.subjects import new_subject, subject_of


def test_a_token_leads_to_its_subject_and_the_subject_to_nothing() -> None:
    made = new_subject()
    assert re.fullmatch(r"fs_[a-z2-7]{40}", made.token)  # 40 letters of base32 are 200 bits
    assert subject_of(made.token) == made.subject == sha256(made.token.encode()).hexdigest()
    assert made.token not in f"{made!r}{made}"
    assert made.subject not in f"{made!r}{made}"


def test_no_two_are_alike() -> None:
    assert len({new_subject().subject for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text", ["", "fs_", "fs_" + "a" * 39, "fs_" + "a" * 41, "fs_" + "A" * 40, "fk_" + "a" * 40, "fs_" + "1" * 40]
)
def test_what_is_no_token_is_nobodys(text: str) -> None:
    assert subject_of(text) is None
    assert subject_of(f"fs_{'a' * 40}\n") is None
