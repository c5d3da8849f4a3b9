"""What holds is what a reader of the whole story would say, whoever wrote it, whenever, under whatever policy."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.domain.consent import Act, Purpose, Via
from finder.errors import OutdatedPolicy
from finder.privacy.desk import ConsentDesk
from finder.privacy.policy import Policies
from finder.privacy.subjects import new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from tests.privacy.asking import DAY_ONE, answer, version
from tests.privacy.conftest import Clock
from tests.privacy.test_desk import KINDS

# Few purposes, so that one is spoken of several times.
PURPOSES = st.sampled_from([Purpose.SEARCH, Purpose.DIRECTIONS, Purpose.DISCLOSURE])
BY_AND_OF = (st.integers(0, 1), st.integers(0, 1))
STEPS = st.one_of(
    st.tuples(st.just("yes"), *BY_AND_OF, PURPOSES),
    st.tuples(st.sampled_from(["yes", "yes to an old page", "no", "revoke"]), *BY_AND_OF, PURPOSES),
    st.tuples(st.just("erase"), *BY_AND_OF, st.none()),
    st.tuples(st.just("policy"), st.frozensets(PURPOSES, max_size=2)),
    st.tuples(st.just("clock"), st.sampled_from([-1.0, 1.0, 200.0, 364.0, 365.0])),
)


class Story:
    """Two workers, two persons; every act since the beginning, from which each answer is worked out anew."""

    def __init__(self, ledgers: tuple[ConsentLedger, ConsentLedger]) -> None:
        self.ledgers, self.clock, self.day = ledgers, Clock(), 0.0
        self.people = [new_person().subject for _ in range(2)]
        self.acts: list[tuple[str, int, Purpose | None, float, int]] = []
        self.versions = [frozenset[Purpose]()]
        self.serve_newest_policy()

    def serve_newest_policy(self) -> None:
        self.known = Policies([version(number, asks) for number, asks in enumerate(self.versions)])
        self.desks = [ConsentDesk(ledger, self.clock, self.known) for ledger in self.ledgers]

    def last(self, person: int, purpose: Purpose) -> tuple[str, float, int]:
        told: list[tuple[str, float, int]] = [("nothing", 0.0, 0)]
        for act, of, about, day, agreed_to in self.acts:
            if of == person and about in {purpose, None}:
                told.append((act, day, agreed_to))
        return told[-1]

    def expected(self, person: int, purpose: Purpose) -> str:
        act, said_on, agreed_to = self.last(person, purpose)
        if act != "yes" or self.day >= said_on + 365:
            return "needed"
        return "outdated" if purpose in chain(*self.versions[agreed_to + 1 :]) else "granted"

    def go_on(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("policy", changes):
                self.versions.append(changes)
                self.serve_newest_policy()
            case ("clock", days):
                self.clock.forward(days=days)
                self.day += days
            case (act, worker, person, purpose):
                self.speak(act, self.desks[worker], person, purpose)

    def speak(self, act: str, desk: ConsentDesk, person: int, purpose: Purpose) -> None:
        subject, read = self.people[person], {"version": self.known.current.version, "language": "en", "via": Via.WEB}
        match act:
            case "yes":
                desk.say_yes(subject, purpose, **read)
            case "no":
                desk.say_no(subject, purpose, **read)
            case "revoke":
                assert desk.revoke(subject, purpose, via=Via.WEB) == (self.last(person, purpose)[0] == "yes")
            case "erase":
                assert desk.erase(subject, via=Via.WEB).erased == len(self.lines(person))
            case "yes to an old page":
                if len(self.versions) > 1:
                    with pytest.raises(OutdatedPolicy):
                        desk.say_yes(subject, purpose, **{**read, "version": DAY_ONE})
                return
        if act == "erase" and not (self.lines(person) or self.was_erased(person)):
            return  # of whom nothing is held there is no line
        self.acts.append((act, person, purpose, self.day, len(self.versions) - 1))

    def lines(self, person: int) -> list[str]:
        """The acts that the ledger should tell of since it was last erased; a revocation of nothing is no line."""
        lines: list[str] = []
        stand: dict[Purpose | None, str] = {}
        for act, of, purpose, *_ in self.acts:
            if of != person:
                continue
            if act == "erase":
                lines, stand = [], {}
            elif act != "revoke" or stand.get(purpose) == "yes":
                lines.append(act)
                stand[purpose] = act
        return lines

    def was_erased(self, person: int) -> bool:
        """Whether the ledger should tell of an erasure."""
        return any(act == "erase" and of == person for act, of, *_ in self.acts)

    def check(self) -> None:
        for person, subject in enumerate(self.people):
            for kind in KINDS:
                expected = self.expected(person, kind.purpose)
                assert [answer(desk, kind, subject) for desk in self.desks] == [expected] * 2
            held = {kind.purpose for kind in KINDS if self.expected(person, kind.purpose) == "granted"}
            assert set(self.desks[0].live(subject)) == held
            acts = [entry.act for entry in self.desks[1].history(subject)]
            names = {"yes": Act.GRANTED, "no": Act.REFUSED, "revoke": Act.REVOKED}
            assert [act for act in acts if act is not Act.ERASED] == [names[act] for act in self.lines(person)]
            assert acts.count(Act.ERASED) == self.was_erased(person)


@pytest.fixture
def two_openings(store: Store, store_url: str, tmp_path: Path) -> Iterator[tuple[ConsentLedger, ConsentLedger]]:
    path = tmp_path / "revisions"
    with ConsentLedger.open(store_url, path) as first, ConsentLedger.open(store_url, path) as second:
        yield first, second


def tell(ledgers: tuple[ConsentLedger, ConsentLedger], steps: list[tuple[Any, ...]]) -> None:
    story = Story(ledgers)
    for step in steps:
        story.go_on(step)
        story.check()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=15))
def test_what_holds_on_sqlite(two_openings: tuple[ConsentLedger, ConsentLedger], steps: list[tuple[Any, ...]]) -> None:
    tell(two_openings, steps)


@pytest.mark.parametrize("store_url", ["postgis"], indirect=True)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=15))
def test_what_holds_on_postgis(two_openings: tuple[ConsentLedger, ConsentLedger], steps: list[tuple[Any, ...]]) -> None:
    tell(two_openings, steps)
