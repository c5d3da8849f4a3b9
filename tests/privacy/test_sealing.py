"""What is sealed under a person's key opens with it and with nothing else, and the key shows itself nowhere."""

import copy
import hmac
import pickle
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.consent import Subject
from finder.errors import BadInput, Damaged
from finder.privacy.sealing import PersonKey

TOKENS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=40, max_size=40).map(lambda text: f"fs_{text}")
SUBJECTS = st.binary().map(lambda data: Subject(sha256(data).hexdigest()))
TOKEN = f"fs_{'a' * 40}"
ME, OTHER = Subject(sha256(b"me").hexdigest()), Subject(sha256(b"other").hexdigest())


@given(TOKENS, st.binary(max_size=2000), SUBJECTS)
def test_what_is_sealed_opens_with_the_same_token_and_holds_none_of_the_text(token: str, data: bytes, subject: Subject) -> None:
    sealed = PersonKey.of(token).seal(data, subject=subject)
    assert PersonKey.of(token).unseal(sealed, subject=subject) == data
    assert len(sealed) == 1 + 12 + len(data) + 16
    assert len(data) < 4 or data not in sealed


@given(st.binary(max_size=60), st.data())
def test_one_changed_bit_and_it_does_not_open(data: bytes, draw: st.DataObject) -> None:
    key = PersonKey.of(TOKEN)
    sealed = bytearray(key.seal(data, subject=ME))
    bit = draw.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Damaged, match="cannot be opened"):
        key.unseal(bytes(sealed), subject=ME)


@given(st.binary(max_size=80))
def test_bytes_of_anything_else_do_not_open(data: bytes) -> None:
    with pytest.raises(Damaged):
        PersonKey.of(TOKEN).unseal(data, subject=ME)
    with pytest.raises(BadInput):
        PersonKey.unwrapped(data, "secret")


@given(TOKENS.filter(lambda token: token != TOKEN))
def test_nobody_elses_key_opens_it_nor_is_it_anybody_elses(token: str) -> None:
    sealed = PersonKey.of(TOKEN).seal(b"Home", subject=ME)
    with pytest.raises(Damaged):
        PersonKey.of(token).unseal(sealed, subject=ME)
    with pytest.raises(Damaged):
        PersonKey.of(TOKEN).unseal(sealed, subject=OTHER)


def test_the_same_sealed_twice_looks_different() -> None:
    key = PersonKey.of(TOKEN)
    assert len({key.seal(b"Home", subject=ME) for _ in range(100)}) == 100


@given(TOKENS, st.text(min_size=1), st.text(min_size=1))
def test_a_wrapped_key_opens_with_its_secret_only(token: str, secret: str, another: str) -> None:
    key = PersonKey.of(token)
    wrapped = key.wrapped_for(secret)
    assert PersonKey.unwrapped(wrapped, secret) == key
    sealed = key.seal(b"Home", subject=ME)
    assert PersonKey.unwrapped(wrapped, secret).unseal(sealed, subject=ME) == b"Home"
    if another != secret:
        with pytest.raises(BadInput, match="anew"):
            PersonKey.unwrapped(wrapped, another)


def test_what_is_wrapped_is_not_taken_for_what_is_sealed() -> None:
    """One secret used for both makes two keys."""
    key = PersonKey.of(TOKEN)
    with pytest.raises(Damaged):
        PersonKey.of(TOKEN).unseal(key.wrapped_for(TOKEN), subject=ME)


def test_the_form_is_the_one_that_is_written_down() -> None:
    """By RFC 5869 done with the standard library, so that what is stored opens in ten years too."""
    prk = hmac.digest(bytes(32), TOKEN.encode(), "sha256")
    key = hmac.digest(prk, b"finder person key 1\x01", "sha256")
    sealed = PersonKey.of(TOKEN).seal(b"Home", subject=ME)
    assert sealed[0] == 1
    assert AESGCM(key).decrypt(sealed[1:13], sealed[13:], b"\x01" + ME.encode()) == b"Home"


def test_the_key_shows_itself_nowhere() -> None:
    key = PersonKey.of(TOKEN)
    assert repr(key) == str(key) == f"{key}" == "PersonKey(…)"
    for written in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="nowhere"):
            written(key)
    with pytest.raises(TypeError):
        hash(key)
    with pytest.raises(ValueError, match="32 bytes"):
        PersonKey(b"short")


def test_what_is_sealed_under_a_name_is_opened_under_no_other() -> None:
    key = PersonKey.of(TOKEN)
    for sealed_as in ("", "visit 1", "visit 2", "notice 1"):
        sealed = key.seal(b"Home", subject=ME, name=sealed_as)
        for name in ("", "visit 1", "visit 2", "notice 1"):
            if name == sealed_as:
                assert key.unseal(sealed, subject=ME, name=name) == b"Home"
            else:
                with pytest.raises(Damaged):
                    key.unseal(sealed, subject=ME, name=name)
