"""Receipts: anybody verifies them with the public key, and the private one is in one file that only its owner reads."""

import base64
import json
import stat
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from finder.errors import Damaged, NotReady
from finder.privacy.receipts import ReceiptKey, ReceiptType

AT_ONCE = 8
CLAIMS = {"iss": "https://finder.example", "consentReceiptID": "a", "language": "es", "services": [{"service": "Médico amigo"}]}


def bytes_of(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verified(receipt: str, key_set: dict[str, Any], kind: str = "consent-receipt+jws") -> dict[str, Any]:
    """The claims, by RFC 7515 and RFC 8032 alone, without the library that signed them."""
    header, payload, signature = receipt.split(".")
    told = json.loads(bytes_of(header))
    [key] = [key for key in key_set["keys"] if key["kid"] == told["kid"]]
    assert (told["alg"], told["typ"], key["alg"], key["use"]) == ("Ed25519", kind, "Ed25519", "sig")
    Ed25519PublicKey.from_public_bytes(bytes_of(key["x"])).verify(bytes_of(signature), f"{header}.{payload}".encode())
    return json.loads(bytes_of(payload))


def thumb_of_new_key(folder: Path) -> str:
    return ReceiptKey(folder).public_keys()["keys"][0]["kid"]


def test_a_receipt_is_verified_with_the_public_key(tmp_path: Path) -> None:
    receipt = ReceiptKey(tmp_path / "keys").sign(CLAIMS, ReceiptType.CONSENT)
    later = ReceiptKey(tmp_path / "keys").public_keys()  # after a restart
    assert verified(receipt, later) == CLAIMS
    assert set(later["keys"][0]) == {"kty", "crv", "x", "kid", "alg", "use"}  # no "d", which is the private half


def test_a_receipt_of_one_kind_does_not_pass_for_another_and_says_who_signed(tmp_path: Path) -> None:
    key = ReceiptKey(tmp_path / "keys")
    receipt = key.sign({"erasure": 7}, ReceiptType.ERASURE)
    with pytest.raises(AssertionError):
        verified(receipt, key.public_keys())
    [told] = key.public_keys()["keys"]
    assert verified(receipt, key.public_keys(), "erasure-receipt+jws") == {
        "iss": f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{told['kid']}",
        "erasure": 7,
    }


def test_a_changed_receipt_is_found_out(tmp_path: Path) -> None:
    key = ReceiptKey(tmp_path / "keys")
    header, _, signature = key.sign(CLAIMS, ReceiptType.CONSENT).split(".")
    forged = base64.urlsafe_b64encode(json.dumps(CLAIMS | {"language": "en"}).encode()).decode().rstrip("=")
    with pytest.raises(InvalidSignature):
        verified(f"{header}.{forged}.{signature}", key.public_keys())


def test_only_the_owner_reads_the_key(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "keys"
    ReceiptKey(folder).public_keys()
    [file] = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "pool",
    [lambda: ThreadPoolExecutor(AT_ONCE), lambda: ProcessPoolExecutor(3, mp_context=get_context("spawn"))],
    ids=["threads", "processes"],
)
def test_whoever_comes_first_makes_the_one_key(tmp_path: Path, pool: Callable[[], Executor]) -> None:
    with pool() as workers:
        thumbs = set(workers.map(thumb_of_new_key, [tmp_path / "keys"] * AT_ONCE))
    assert len(thumbs) == 1
    assert len(list((tmp_path / "keys").iterdir())) == 1


@pytest.mark.parametrize("content", ["", "{}", '{"kty":"oct","k":"AAAA"}', '{"kty":"OKP","crv":"X25519","x":"AA"}', "public"])
def test_no_receipt_is_signed_with_what_is_no_key(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "keys"
    told = ReceiptKey(folder).public_keys()["keys"][0]
    [file] = folder.iterdir()
    file.write_text(json.dumps(told) if content == "public" else content)
    before = file.read_text()
    with pytest.raises(Damaged, match=r"receipts\.jwk\.json"):
        ReceiptKey(folder).sign(CLAIMS, ReceiptType.CONSENT)
    assert file.read_text() == before  # it may be all that is left of the right one


def test_where_no_key_can_be_kept_no_receipt_is_signed(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where the folder should be")
    with pytest.raises((NotReady, Damaged)):
        ReceiptKey(tmp_path / "keys").sign(CLAIMS, ReceiptType.CONSENT)
