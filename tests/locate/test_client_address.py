"""The client's address behind proxies: cases as data, and what nobody may be able to change."""

import json
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.locate.client_address import client_address

CASES = json.loads((Path(__file__).parent.parent / "cases" / "client_address.json").read_text())
TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
GARBAGE = st.text(st.characters(codec="latin-1"), max_size=80)
PERSONS = st.ip_addresses().filter(lambda a: not any(a in n for n in TRUSTED) and getattr(a, "ipv4_mapped", None) is None)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_case(case):
    trusted = [ip_network(network) for network in case["trusted"]]
    answer = client_address(case["peer"], case.get("x_forwarded_for", []), case.get("forwarded", []), trusted)
    assert answer == (ip_address(case["answer"]) if case["answer"] else None)


@given(peer=st.none() | GARBAGE, forwarded_for=st.lists(GARBAGE, max_size=4), forwarded=st.lists(GARBAGE, max_size=4))
def test_never_raises(peer, forwarded_for, forwarded):
    client_address(peer, forwarded_for, forwarded, TRUSTED)
    answer = client_address("10.0.0.1", forwarded_for, forwarded, [ip_network("0.0.0.0/0"), ip_network("::/0")])
    assert answer is not None


@given(
    spoofed=st.lists(GARBAGE | st.just("10.0.0.9"), max_size=4), person=PERSONS, hops=st.integers(0, 3), one_line=st.booleans()
)
def test_spoofed_left_of_x_forwarded_for_changes_nothing(spoofed, person, hops, one_line):
    appended = [str(person), *(f"10.0.0.{hop + 2}" for hop in range(hops))]
    lines = [", ".join([*spoofed, *appended])] if one_line else [*spoofed, ", ".join(appended)]
    assert client_address("10.0.0.1", lines, [], TRUSTED) == person


@given(spoofed=st.lists(GARBAGE, max_size=4), person=PERSONS, hops=st.integers(0, 3), one_line=st.booleans())
def test_spoofed_left_of_forwarded_changes_nothing(spoofed, person, hops, one_line):
    node = str(person) if isinstance(person, IPv4Address) else f'"[{person}]:443"'
    appended = [f"for={node};proto=https", *(f'for="10.0.0.{hop + 2}";host="a,\\"b"' for hop in range(hops))]
    lines = [", ".join([*spoofed, *appended])] if one_line else [*spoofed, ", ".join(appended)]
    assert client_address("10.0.0.1", [], lines, TRUSTED) == person


@given(invented=PERSONS, person=PERSONS)
def test_the_other_header_cannot_name_somebody_else(invented, person):
    node = str(invented) if isinstance(invented, IPv4Address) else f'"[{invented}]"'
    assert client_address("10.0.0.1", [str(person)], [f"for={node}"], TRUSTED) in {person, ip_address("10.0.0.1")}
    assert client_address("10.0.0.1", [str(invented)], [f"for={node}"], TRUSTED) == invented
