"""The one way out: only to where anybody may go, and to the very address that was looked at."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.notices.delivery.addresses import is_in, is_public
from finder.notices.delivery.outgoing import Answered, NotAllowed, NotReached, Outgoing
from tests.conftest import REPOSITORY
from tests.notices.delivery.receivers import NAME, Receiver, Said, certificate, receiver

CASES: dict[str, Any] = json.loads((REPOSITORY / "tests/cases/outgoing.json").read_text(encoding="utf-8"))
LOOPBACK = [ip_network("127.0.0.0/8")]
NEVER = [case["address"] for case in CASES["never"]]


@pytest.fixture
def other() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.mark.parametrize("address", NEVER)
def test_what_is_not_public_is_never_called(address: str) -> None:
    outgoing = Outgoing(resolve=lambda _host, _port: [address])
    assert not is_public(ip_address(address))
    with pytest.raises(NotAllowed, match="not the public Internet") as refused:
        outgoing.post("https://push.example/", {}, b"")
    assert address not in str(refused.value)


@pytest.mark.parametrize("address", CASES["public"])
def test_what_is_public_is_called(address: str) -> None:
    assert is_public(ip_address(address))
    Outgoing(resolve=lambda _host, _port: [address]).check("https://push.example/")


@pytest.mark.parametrize("address", NEVER)
def test_one_address_that_is_not_public_is_enough(address: str) -> None:
    outgoing = Outgoing(resolve=lambda _host, _port: ["8.8.8.8", address, "1.1.1.1"])
    with pytest.raises(NotAllowed):
        outgoing.check("https://push.example/")


@pytest.mark.parametrize("url", CASES["urls_never"])
def test_what_is_no_address_for_us_is_not_even_resolved(url: str) -> None:
    def resolve(_host: str, _port: int) -> list[str]:
        raise AssertionError("resolved")

    outgoing = Outgoing(resolve=resolve)
    with pytest.raises(NotAllowed):
        outgoing.check_form(url)
    with pytest.raises(NotAllowed):
        outgoing.post(url, {}, b"")


@pytest.mark.parametrize("url", CASES["urls_like_it"])
def test_public_addresses_may_be_called(url: str) -> None:
    Outgoing(resolve=lambda _host, _port: ["8.8.8.8"]).check(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "10.0.0.1.",
        "[::1]",
        "[::ffff:7f00:1]",
        "[fd00::1]",
        "localhost",
        "a.localhost",
        "printer.local",
        "vm",
        "db.internal",
        "nas.HOME.arpa.",
    ],
)
def test_what_is_inside_is_refused_however_it_is_written_and_without_a_look(host: str) -> None:
    def never(host: str, _port: int) -> list[str]:
        raise AssertionError(host)

    outgoing = Outgoing(resolve=never)
    with pytest.raises(NotAllowed, match="not the public Internet"):
        outgoing.check_form(f"https://{host}/")
    with pytest.raises(NotAllowed):
        outgoing.post(f"https://{host}/", {}, b"")


@given(st.ip_addresses(v=4))
def test_an_address_within_another_is_what_counts(inner: IPv4Address) -> None:
    number = int(inner)
    forms = [
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x64FF9B << 96 | number),
    ]
    six_to_four = IPv6Address(0x2002 << 112 | number << 80 | 1)
    assert not is_public(six_to_four)
    # The registry of IANA as Python has it, and not the rule that is tried.
    public = inner.is_global and not inner.is_multicast and not inner.is_reserved
    assert is_public(inner) == public
    for form in forms:
        assert is_public(form) == public
    for form in (*forms, six_to_four):
        assert is_in(form, [ip_network(f"{inner}/32")])


@given(st.ip_addresses(v=6))
def test_what_ipv6_does_not_give_out_is_never_called(address: IPv6Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_private
        assert int(address) >> 125 == 1 or address in ip_network("64:ff9b::/96") or address.ipv4_mapped


def test_a_name_is_resolved_once_and_the_address_that_was_looked_at_is_called(other: Receiver) -> None:
    resolved: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["169.254.169.254"]

    answered = Outgoing(LOOPBACK, resolve=rebinding).post(other.url("/a?b=c", "rebinds.example"), {"X-A": "b"}, b"body")
    assert answered == Answered(201)
    assert resolved == ["rebinds.example"]
    [got] = other.received
    assert (got.path, got.body, got.headers["x-a"]) == ("/a?b=c", b"body", "b")
    assert got.headers["host"] == f"rebinds.example:{other.port}"


def test_the_certificate_must_be_of_the_name(tmp_path: Path) -> None:
    server, believes = certificate(tmp_path)
    to_loopback: dict[str, Any] = {"tls": believes, "resolve": lambda _host, _port: ["127.0.0.1"]}
    with receiver(server) as other:
        assert Outgoing(LOOPBACK, **to_loopback).post(other.url("/", NAME), {}, b"").is_ok
        for name, tls in (("other.example", believes), (NAME, ssl.create_default_context())):
            with pytest.raises(NotReached):
                Outgoing(LOOPBACK, **(to_loopback | {"tls": tls})).post(other.url("/", name), {}, b"")
        assert len(other.received) == 1


def test_only_networks_that_the_operator_names_are_called_by_http_and_on_any_port(other: Receiver) -> None:
    assert Outgoing(LOOPBACK).post(other.url(), {}, b"").is_ok
    with pytest.raises(NotAllowed):
        Outgoing([ip_network("10.0.0.0/8")]).post(other.url(), {}, b"")
    for url in ("http://push.example/", "https://push.example:22/"):
        with pytest.raises(NotAllowed):
            Outgoing(LOOPBACK, resolve=lambda _host, _port: ["8.8.8.8"]).check(url)
    assert len(other.received) == 1


def test_nobody_is_sent_on(other: Receiver) -> None:
    other.says = lambda got: Said(302, (("Location", other.url("/inner")),)) if got.path == "/" else Said()
    assert Outgoing(LOOPBACK).post(other.url(), {}, b"").status == 302
    assert [got.path for got in other.received] == ["/"]


def test_proxies_of_the_environment_are_not_asked(other: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Outgoing(LOOPBACK).post(other.url(), {}, b"").is_ok


def test_who_answers_slowly_or_without_end_holds_nobody_up(other: Receiver) -> None:
    def slow(_got: Any) -> Said:
        time.sleep(1.0)
        return Said()

    other.says = slow
    with pytest.raises(NotReached):
        Outgoing(LOOPBACK, longest_s=0.2).post(other.url(), {}, b"")
    other.says = lambda _: Said(200, body=b"x" * 5_000_000)
    assert Outgoing(LOOPBACK).post(other.url(), {}, b"") == Answered(200)


def test_a_name_that_nobody_resolves_holds_nobody_up() -> None:
    resolved = threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        resolved.wait(20)
        return ["8.8.8.8"]

    outgoing = Outgoing(resolve=slow, longest_s=0.2)
    with pytest.raises(NotReached):
        outgoing.post("https://push.example/", {}, b"")
    with pytest.raises(NotReached):
        outgoing.check("https://push.example/")
    resolved.set()
    outgoing.check("https://push.example/")


def test_a_name_that_leads_nowhere_is_said_to_without_naming_it() -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError

    for resolve in (nowhere, lambda _host, _port: []):
        with pytest.raises(NotReached) as told:
            Outgoing(resolve=resolve).post("https://secret.example/", {}, b"")
        assert "secret" not in str(told.value)


def test_who_asks_us_to_wait_is_heard(other: Receiver) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    for text, least, most in (("17", 17, 17), (later, 80, 91), ("soon", None, None), ("-5", None, None), ("9" * 40, 1e8, 1e9)):
        other.says = lambda _got, text=text: Said(429, (("Retry-After", text),))
        answered = Outgoing(LOOPBACK).post(other.url(), {}, b"")
        if least is None:
            assert answered.retry_after_s is None
        else:
            assert answered.retry_after_s is not None
            assert least <= answered.retry_after_s <= most
