"""Plans out of files' texts, counted at publish, found by what people type."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directory.plans import PlanBook, PlanCounts, PlanTaken, plan_ids, plan_of, write_plans
from finder.domain.plan import Plan
from finder.errors import Damaged, NotFound
from finder.words.folding import GENERIC_WORDS
from finder.words.folding import words as folded
from finder.words.likeness import likeness
from tests.facilities import words

OF_ANY_PLAN = (
    "plan plans planes seguro seguros aseguradora poliza cobertura gastos medico medicos medica salud red "
    "insurance coverage health healthcare medical care network"
)
TELLS_LITTLE = GENERIC_WORDS | set(OF_ANY_PLAN.split())
NORTH = "Plan Imaginario / Red Norte"
SOUTH = "Plan Imaginario / Red Sur"


def book(folder: Path, facilities: list[tuple[str, ...]], listings: list[tuple[str, ...]] | None = None) -> PlanBook:
    counts = PlanCounts()
    for texts in facilities:
        counts.facility(texts)
    for texts in listings or []:
        counts.listing(texts)
    number = write_plans(folder, counts)
    opened = PlanBook.open(folder)
    assert len(opened) == len(opened.all) == number
    return opened


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("IMSS", Plan("imss", "IMSS")),
        ("  Plan   Imaginario ", Plan("plan-imaginario", "Plan Imaginario")),
        (NORTH, Plan("plan-imaginario--red-norte", "Plan Imaginario", "Red Norte")),
        ("A / B / C", Plan("a--b-c", "A", "B / C")),
        ("IMSS/ISSSTE", Plan("imss-issste", "IMSS/ISSSTE")),
        ("Plan Único /", Plan("plan-unico", "Plan Único")),
        (" / Red Norte", Plan("red-norte", "/ Red Norte")),
        ("Plan--X", Plan("plan-x", "Plan--X")),
        ("健康保険", Plan("健康保険", "健康保険")),
    ],
)
def test_the_plan_of_a_text(text: str, plan: Plan) -> None:
    assert plan_of(text) == plan


@pytest.mark.parametrize(
    ("one", "other"), [("PLAN IMAGINARIO", "plan imaginário"), ("Met-Life", "met life"), (NORTH, NORTH.upper())]
)
def test_spellings_are_one_plan(one: str, other: str) -> None:
    assert plan_of(one).id == plan_of(other).id


def test_names_of_punctuation_are_told_apart() -> None:
    ids = {plan_of(text).id for text in ("***", "+++", "***")}
    assert len(ids) == 2
    assert all(ids)


@given(words.filter(str.strip), st.none() | words.filter(str.strip))
def test_the_ids_of_a_plan_end_with_its_own_and_hold_that_without_network(name: str, network: str | None) -> None:
    plan = plan_of(f"{name} / {network}" if network else name)
    assert plan.id
    assert plan.ids[-1] == plan.id
    assert plan_of(plan.label()).id == plan.id
    assert plan.ids[0] == plan_of(plan.name).id or plan.network is None
    assert len(plan.ids) == (2 if plan.network else 1)


def test_whoever_takes_a_network_takes_the_plan() -> None:
    assert plan_ids([NORTH, "IMSS"]) == {"plan-imaginario", "plan-imaginario--red-norte", "imss"}


def test_each_is_counted_once_for_a_plan_with_several_networks(tmp_path: Path) -> None:
    plans = book(tmp_path, [(NORTH, SOUTH), (NORTH,), ("imss",), ("IMSS", "IMSS"), ()], [("IMSS",), (SOUTH,)])
    assert [(plan.id, plans.taken(plan.id).facilities, plans.taken(plan.id).listings) for plan in plans.all] == [
        ("imss", 2, 1),
        ("plan-imaginario", 2, 1),
        ("plan-imaginario--red-norte", 2, 0),
        ("plan-imaginario--red-sur", 1, 1),
    ]
    assert plans.get("imss").name == "IMSS"  # as most spell it
    assert plans.taken("plan-imaginario") == PlanTaken(Plan("plan-imaginario", "Plan Imaginario"), 2, 1)
    assert [plans.number(plan.id) for plan in plans.all] == [0, 1, 2, 3]


def test_no_plans(tmp_path: Path) -> None:
    plans = book(tmp_path, [()])
    assert plans.all == ()
    assert plans.find(["imss"]) == []


def test_a_plan_that_nobody_takes(tmp_path: Path) -> None:
    plans = book(tmp_path, [("IMSS",)])
    for ask in (plans.get, plans.number, plans.taken):
        with pytest.raises(NotFound, match="plans"):
            ask("imss-bienestar")


@pytest.mark.parametrize("content", [None, b"", b"{}", b'[{"plan": {}}]'])
def test_a_damaged_book(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "plans.json").write_bytes(content)
    with pytest.raises(Damaged, match="Publish again"):
        PlanBook.open(tmp_path)


BOOK = (NORTH, SOUTH, "Seguro Ficticio", "MetaVida", "Cruz Celeste", "Plan 65", "IMSS", "IMSS Bienestar", "Seguro de Salud")


@pytest.mark.parametrize(
    ("typed", "first", "others"),
    [
        ("plan imaginario", "plan-imaginario", {"plan-imaginario--red-norte", "plan-imaginario--red-sur"}),
        ("imaginario", "plan-imaginario", {"plan-imaginario--red-norte", "plan-imaginario--red-sur"}),
        ("PLAN IMAGINÁRIO RED NORTE", "plan-imaginario--red-norte", set[str]()),
        ("imaginaro norte", "plan-imaginario--red-norte", set[str]()),
        ("mi seguro ficticoi", None, set[str]()),  # "mi" is in no name: the caller parts it
        ("seguro ficticoi", "seguro-ficticio", set[str]()),
        ("ficticio", "seguro-ficticio", set[str]()),
        ("meta vida", "metavida", set[str]()),
        ("cruzceleste", "cruz-celeste", set[str]()),
        ("imss", "imss", {"imss-bienestar"}),
        ("plan 65", "plan-65", set[str]()),
        ("plan 66", None, set[str]()),
        ("seguro de salud", "seguro-de-salud", set[str]()),
        ("otro", None, set[str]()),
        ("", None, set[str]()),
        ("?!", None, set[str]()),
    ],
)
def test_finding(typed: str, first: str | None, others: set[str], tmp_path: Path) -> None:
    found = book(tmp_path, [BOOK]).find(typed.split())
    assert [plan.id for plan, _ in found][:1] == ([first] if first else [])
    assert {plan.id for plan, _ in found[1:]} == others
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 < score <= 1.0 for score in scores)


def test_every_plan_is_found_by_its_own_name(tmp_path: Path) -> None:
    plans = book(tmp_path, [BOOK])
    for plan in plans.all:
        [(best, score), *rest] = plans.find([plan.label()])
        assert (best, score) == (plan, pytest.approx(1.0))
        assert all(other < 1.0 for _, other in rest)


SYLLABLES = ("ra", "mi", "sa", "lo", "nor", "te")
made_words = st.one_of(
    st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=4).map("".join),
    st.sampled_from(["plan", "seguro", "salud", "red", "norte", "nte", "de", "65", "***"]),
)
labels = st.builds(
    lambda name, network: " ".join(name) + (f" / {' '.join(network)}" if network else ""),
    st.lists(made_words, min_size=1, max_size=4),
    st.lists(made_words, max_size=2),
)
mistyped = st.builds(lambda word, at: word[:at] + word[at + 1 :], made_words, st.integers(0, 9))


@given(st.lists(labels, max_size=12), st.lists(made_words | mistyped, max_size=5))
def test_finding_scores_each_plan_as_if_it_were_the_only_one(texts: list[str], typed: list[str]) -> None:
    counts = PlanCounts()
    counts.facility(texts)
    plans = PlanBook(counts.taken())
    scores = {plan.id: round(score(typed, plan), 9) for plan in plans.all}
    expected = sorted((id_ for id_ in scores if scores[id_]), key=lambda id_: (-scores[id_], plans.number(id_)))
    found = plans.find(typed)
    assert [(plan.id, value) for plan, value in found] == [(id_, pytest.approx(scores[id_], abs=2e-9)) for id_ in expected]
    assert plans.best(typed) == (found[0] if found else None)
    assert plans.words == {word for plan in plans.all for word in folded(plan.label())}
    for word in typed:
        assert plans.has_word_like(word) == any(likeness(word, known, unfinished=False) for known in plans.words)


def score(typed: list[str], plan: Plan) -> float:
    """How well typed words name a plan, by comparing each with each."""
    told, own = [word for each in typed for word in folded(each)], list(dict.fromkeys(folded(plan.label())))
    if not told:
        return 0.0

    def weight(word: str) -> float:
        return 0.2 if word in TELLS_LITTLE else 1.0

    def joined(several: list[str]) -> str:
        return "".join([word for word in several if word not in TELLS_LITTLE] or several)

    def alike(word: str, known: str) -> float:
        return likeness(word, known, unfinished=False)

    telling = [word for word in told if word not in TELLS_LITTLE]
    whole = 0.95 * alike(joined(told), joined(folded(plan.label())))
    if not own or not all(any(alike(word, known) for known in own) for word in telling or told):
        return whole
    if not telling and not TELLS_LITTLE.issuperset(own):
        return whole
    of_told = sum(weight(word) * max(alike(word, known) for known in own) for word in told)
    of_name = sum(weight(known) * max(alike(word, known) for word in told) for known in own)
    return max(whole, of_told / sum(map(weight, told)) * (0.5 + 0.5 * of_name / sum(map(weight, own))))


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("blu", ["Blue Shield", "Blue Shield / HMO", "Blue Cross"]),
        ("sh bl", ["Blue Shield", "Blue Shield / HMO"]),
        ("blue cro", ["Blue Cross"]),
        ("blu shield", ["Blue Shield", "Blue Shield / HMO"]),
        ("seg", ["Seguro Popular"]),
        ("bleu shield", ["Blue Shield", "Blue Shield / HMO"]),
        ("", []),
        ("?", []),
        ("zzz", []),
    ],
)
def test_typing_ahead(typed: str, labels: list[str], tmp_path: Path) -> None:
    counts = PlanCounts()
    for texts in (["Blue Shield / HMO"], ["Blue Shield / HMO"], ["Blue Cross"], ["Seguro Popular"]):
        counts.listing(texts)
    write_plans(tmp_path, counts)
    assert [plan.label() for plan in PlanBook.open(tmp_path).suggest(typed)] == labels
