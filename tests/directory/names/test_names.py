"""Finding names: cases as data, every name by what people make of it, and a scorer that tries every entry in every way."""

import json
import random
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from finder.directory.names import NameEntry, NameIndex, build_names
from finder.directory.names.files import NameArrays
from finder.directory.names.readings import readings
from finder.directory.names.vocabulary import Vocabulary
from finder.words.folding import words
from finder.words.likeness import likeness
from tests.directory.names.brute_force import kept_words, scores_of

CASES = json.loads((Path(__file__).parents[2] / "cases" / "name_search.json").read_text())
KNOWN = [
    ("Dr. Juan Ramírez López",),
    ("Lic. Rosa Ramírez",),
    ("María de la Cruz",),
    ("Ana Delacruz",),
    ("Patrick O'Brien, M.D.",),
    ("Íñigo Muñoz-García",),
    ("Ron Mc Donald",),
    ("Hospital General de Tijuana", "Tijuana General Hospital", "HGT"),
    ("Clínica San Diego",),
    ("Clínica Santa María",),
    ("李 明",),
    ("Анна Иванова",),
    ("The Doctor",),
    ("Pérez Pérez",),
    ("!!", ""),
    ("Dr.",),
    (),
]
GIVEN = "María Mario Mariana Juan Juana Joan José Josefa Ana Anna Luis Luisa Fernando Fernanda Guadalupe Karla Carla".split()  # noqa: SIM905
FAMILY = "Hernández Hernandes Fernández Gómez Gámez Gomes García Cruz Cruces Martín Martínez Martinz León O'Neil Núñez".split()  # noqa: SIM905


def made_up(count):
    chance = random.Random(5)  # noqa: S311 - the same names each time
    for _ in range(count):
        parts = [*chance.sample(GIVEN, chance.randint(1, 2)), *chance.choices(FAMILY, k=chance.randint(1, 2))]
        if chance.random() < 0.2:
            parts[-1] = chance.choice(("de la ", "del ", "de ", "Mc ", "J. ")) + parts[-1]
        yield (" ".join(parts), *([" ".join(parts[1:])] if chance.random() < 0.1 and len(parts) > 2 else []))


ENTRIES = [NameEntry(1000 - 2 * at, names) for at, names in enumerate((*KNOWN, *made_up(300)))]
NAMED = [entry for entry in ENTRIES if entry.names and words(entry.names[0])]
VOCABULARY = sorted({word for entry in ENTRIES for name in entry.names for word in kept_words(name)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names") / "index"
    assert build_names(folder, iter(ENTRIES)) == len(ENTRIES)
    return folder


@pytest.fixture(scope="module")
def index(folder):
    return NameIndex.open(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names") / "small"
    build_names(folder, [NameEntry(at, names) for at, names in enumerate(KNOWN)])
    return NameIndex.open(folder)


def ties(matches):
    return matches.items[matches.scores == matches.scores[0]].tolist()


@pytest.mark.parametrize("case", CASES, ids=[case["typed"] or "nothing" for case in CASES])
def test_case(small, case):
    found = small.search(case["typed"].split(), unfinished=False)
    best = [KNOWN[item][0] for item in ties(found)] if len(found.items) else []
    assert best == case["best"]
    if best:
        assert case.get("least", 0.0) - 1e-6 <= found.scores[0] <= case.get("most", 1.0)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("herna", "Hernández"), ("maria her", "María"), ("MARÍA DE LA CR", "María de la Cruz"), ("delacr", "Ana Delacruz"),
        ("patrick o'b", "Patrick O'Brien, M.D."), ("hosp gen", "Hospital General de Tijuana"), ("ramie", "Ramírez"),
        ("gral. ho", "Hospital General de Tijuana"), ("ivann", None), ("иван", "Анна Иванова"), ("muño", "Íñigo Muñoz-García"),
        ("dr. rosa ram", "Lic. Rosa Ramírez"), ("maria hernadez ", "Hern"), ("donla", "Ron Mc Donald"), ("", None), (" ", None),
    ],
)  # fmt: skip
def test_suggestions(index, text, first):
    names = {entry.item: entry.names for entry in ENTRIES}
    found = index.suggest(text, 5)
    if first is None:
        assert found == []
    else:
        assert first in names[found[0]][0]
        assert len(found) == len(set(found)) <= 5


def test_a_word_before_a_blank_is_finished(index):
    assert index.suggest("patri", 3)
    assert index.suggest("patri ", 3) == []


def test_an_unfinished_title_may_be_a_name(small):
    assert small.suggest("juan lo", 1) == small.suggest("juan lopez dr", 1) == [0]
    assert small.suggest("dr. j", 1) == [0]


@settings(deadline=None)
@given(entry=st.sampled_from(NAMED), chance=st.randoms(use_true_random=False))
def test_every_name_is_found_by_its_words_in_any_order(index, entry, chance):
    name = chance.choice([name for name in entry.names if words(name)])
    typed = name.split()
    chance.shuffle(typed)
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter)).upper()
    for way in ([name], typed, name.lower().split(), [bare]):
        found = index.search(way, unfinished=False)
        assert entry.item in ties(found)
        assert found.scores[0] == 1.0


@settings(deadline=None)
@given(entry=st.sampled_from(NAMED), chance=st.randoms(use_true_random=False))
def test_every_name_is_found_with_a_typo(index, entry, chance):
    parts = kept_words(entry.names[0])
    long = [at for at, word in enumerate(parts) if len(word) >= 5]
    assume(long)
    at = chance.choice(long)
    where = chance.randrange(len(parts[at]) - 1)
    before, letter, behind = parts[at][:where], parts[at][where], parts[at][where + 1 :]
    mistyped = (before + behind, before + letter * 2 + behind, before + "x" + behind, before + behind[0] + letter + behind[1:])
    parts[at] = chance.choice(mistyped)
    found = index.search(parts, unfinished=False)
    score = dict(zip(found.items.tolist(), found.scores.tolist(), strict=True))[entry.item]
    assert score >= 0.8
    assert all(names_have(item, parts, at) for item in found.items[found.scores > score].tolist())


def names_have(item, parts, at):
    """Only what is like the words as they were typed, in whatever part, may go before the name that was meant."""
    names = next(entry.names for entry in ENTRIES if entry.item == item)
    return any(all(any(likeness(part, word, unfinished=False) for word in kept_words(name)) for part in parts) for name in names)


@settings(deadline=None)
@given(entry=st.sampled_from(NAMED), chance=st.randoms(use_true_random=False))
def test_every_name_is_found_by_a_beginning(index, entry, chance):
    long = [word for word in kept_words(entry.names[0]) if len(word) >= 4]
    assume(long)
    word = chance.choice(long)
    typed = word[: chance.randint(4, len(word))]
    found = index.search([typed], unfinished=True)
    assert entry.item in found.items
    assert index.suggest(typed, 7) == found.items[:7].tolist()


WORDS = st.sampled_from([*VOCABULARY, "delacruz", "mariana", "dr", "de", "j", "mcleon", "zzz", "hosp"])
MISTYPED = st.tuples(WORDS, st.integers(0, 9), st.sampled_from(["", "a", "z"])).map(
    lambda t: t[0][: t[1]] + t[2] + t[0][t[1] + 1 :]
)
BEGUN = st.tuples(WORDS, st.integers(1, 9)).map(lambda t: t[0][: t[1]])


@settings(deadline=None)
@given(
    typed=st.lists(WORDS | MISTYPED | BEGUN, min_size=1, max_size=4),
    unfinished=st.booleans(),
    limit=st.sampled_from([1, 3, 20, 999]),
)
def test_the_same_as_trying_every_entry(folder, index, typed, unfinished, limit):
    vocabulary = Vocabulary(NameArrays.open(folder))
    expected = scores_of(ENTRIES, readings(words(" ".join(typed)), vocabulary, unfinished=unfinished))
    found = index.search(typed, unfinished=unfinished, limit=limit)
    assert found.scores.tolist() == pytest.approx(sorted(expected.values(), reverse=True)[:limit], abs=1e-5)
    assert found.scores.tolist() == pytest.approx([expected[item] for item in found.items.tolist()], abs=1e-5)
    assert len(set(found.items.tolist())) == len(found.items)
    # Of equals, and which of them are left out: the order in which they were built, in which the numbers of the items fall.
    order = list(zip((-found.scores).tolist(), (-found.items).tolist(), strict=True))
    assert order == sorted(order)


@settings(deadline=None)
@given(typed=WORDS | MISTYPED | BEGUN | st.text(alphabet="ahmnrzи", max_size=12), unfinished=st.booleans())
def test_words_are_like_those_that_likeness_says(folder, index, typed, unfinished):
    vocabulary = Vocabulary(NameArrays.open(folder))
    assume(typed)
    numbers, like = vocabulary.alike(typed, unfinished=unfinished)
    expected = {word: alike for word in VOCABULARY if (alike := likeness(typed, word, unfinished=unfinished))}
    assert dict(zip(map(vocabulary.word, numbers.tolist()), like.tolist(), strict=True)) == expected
    assert numbers.tolist() == sorted(numbers.tolist())
    finished = (likeness(typed, word, unfinished=False) for word in VOCABULARY)
    assert index.likely(typed) == max(finished, default=0.0)


def test_knows_counts_items(index):
    for word in VOCABULARY:
        assert index.knows(word.upper()) == sum(any(word in kept_words(name) for name in entry.names) for entry in ENTRIES)
    assert index.knows("Muñoz-García") == index.knows("garcia munoz") > 0
    assert index.knows("") == index.knows("hernand") == 0
    assert index.likely("") == index.likely("zzzzzz") == 0.0


def test_all_equals_are_given(tmp_path):
    entries = [NameEntry(at, (f"Dr. Nombre{at} Ramírez{' López' * (at % 3)}",)) for at in range(500)]
    build_names(tmp_path / "index", entries)
    index = NameIndex.open(tmp_path / "index")
    found = index.search(["Ramirez"], unfinished=False)
    assert found.items.tolist() == list(range(500))
    assert set(found.scores.tolist()) == {found.scores[0]}
    assert index.search(["Ramirez"], unfinished=False, limit=7).items.tolist() == list(range(7))
    for none in (0, -1):
        assert len(index.search(["Ramirez"], unfinished=False, limit=none).items) == 0


@settings(deadline=None)
@given(
    text=st.text(max_size=40) | st.sampled_from(["a" * 5000, "a b " * 2000, "de " * 500, "maria " * 60]), limit=st.integers(-1, 4)
)
def test_whatever_is_typed(index, text, limit):
    found = index.search([text], unfinished=True, limit=limit)
    assert len(found.items) == len(found.scores) <= max(0, limit)
    assert all(0.0 < score <= 1.0 for score in found.scores)
    assert len(index.suggest(text, limit)) <= max(0, limit)
    assert index.knows(text) >= 0
    assert 0.0 <= index.likely(text) <= 1.0


def test_threads_may_share_it(index):
    names = [entry.names[0] for entry in NAMED]
    alone = [index.suggest(name, 5) for name in names]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda name: index.suggest(name, 5), names)) == alone
