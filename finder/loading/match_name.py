"""How alike two names of places of care are: their words weighed, numbers and chains told apart.

A name becomes a bag of words, each in one form for English and Spanish, so that *Centro de Salud Otay* and *Otay Health Center*
are one. What counts is the weight of the common words among all (Dice's coefficient); ``match_words.toml`` holds the weights.
All sums are of whole numbers: the order of the two names cannot change the last digit.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from finder.words.folding import fold

__all__ = ["Name", "NameLikeness", "name_likeness", "name_of"]

DISTINCTIVE: Final = 80
"""From this weight on a word tells a place from others of its sort; a name whose words weigh less in all says little."""
TYPO_CREDIT: Final = 85
INITIAL_CREDIT: Final = 60
"""Of 100: what a word counts that is the other but for a slip, or of which only the first letter is written."""
SHORTEST_WITH_TYPO: Final = 5
"""In shorter words one letter makes another word: *Luz*, *Cruz*; *Rosa*, *Roma*."""
LONG_WORD: Final = 8
SORT_WORD: Final = 15
"""The weight of words that only say what sort of place it is: *clínica*, *centro de salud*."""
ALL_BUT_THE_SORT: Final = 970
"""How alike, of 1000, are *Camino Verde* and *Centro de Salud Camino Verde*: registers leave the sort out."""
SHORTEST_ACRONYM: Final = 3
STORE_NUMBER_DIGITS: Final = 3
"""A chain numbers its shops with three digits or more, and other sources leave that out."""

_ABBREVIATION_DOT = re.compile(r"(?<=[^\W\d_]{2})\.(?=\w)")
_PIECES = re.compile(r"(\d+)(?:er|ro|ra|do|da|to|ta|mo|vo|st|nd|rd|th)?(?![^\W\d_])|(\d+)|([^\W\d_]+)")


class Name(NamedTuple):
    """A name made ready for comparing. ``weights`` is word → weight of 100, in the order of the name."""

    folded: str
    weights: Mapping[str, int]
    initials: frozenset[str]
    numbers: frozenset[str]
    directions: frozenset[str]
    institutions: frozenset[str]
    roles: frozenset[str]
    chain: str
    person: bool


class NameLikeness(NamedTuple):
    """What two names say together, the same in both orders.

    ``exact``: every word that tells anything is on both sides, as written. ``loose``: the same but for slips, initials, or
    what sort of place it is called (*Clínica Otay*, *Consultorio Otay*).
    ``part``: one name has everything distinctive of the other, and more. None of the three: they differ. ``contradiction`` is
    empty or says what parts them for good, and ``doubt`` what must be known before they could be one.
    """

    agrees: bool
    permille: int
    exact: bool
    loose: bool
    part: bool
    little: bool
    chain: bool
    contradiction: str
    doubt: str


class _Words(NamedTuple):
    nothing: frozenset[str]
    same: Mapping[str, str]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]
    weights: Mapping[str, int]
    lists: Mapping[str, frozenset[str]]
    chains: Mapping[str, tuple[tuple[str, ...], ...]]
    city: int
    initial: int


@cache
def _words() -> _Words:
    read = tomllib.loads(resources.files("finder.loading").joinpath("match_words.toml").read_text("utf-8"))
    nothing = frozenset(read["nothing"].split())
    same = {word: form for form, words in read["same"].items() for word in words.split()}
    lists = {name: frozenset(words.split()) for name, words in read["lists"].items()}
    phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for text, into in read["phrases"].items():
        phrase = tuple(text.split())
        phrases.setdefault(phrase[0], []).append((phrase, tuple(into.split())))
    weights = {word: read["weights"][group] for group in ("light", "institution", "generic") for word in lists[group]}
    chains = {
        tuple(same.get(word, word) for word in fold(name).split() if word not in nothing)
        for name in read["chains"]["names"].split(",")
    }
    by_first: dict[str, tuple[tuple[str, ...], ...]] = {}
    for chain in sorted(chains, key=lambda chain: (-len(chain), chain)):
        by_first[chain[0]] = (*by_first.get(chain[0], ()), chain)
    by_word = {word: tuple(some) for word, some in phrases.items()}
    return _Words(nothing, same, by_word, weights, lists, by_first, read["weights"]["city"], read["weights"]["initial"])


@lru_cache(maxsize=1 << 17)
def name_of(text: str) -> Name:
    """Make a name ready. A name without a letter or digit keeps its signs as its one word."""
    table = _words()
    folded = fold(_ABBREVIATION_DOT.sub(". ", text)) or text.casefold()
    written = _single_letters_joined([first or number or word for first, number, word in _PIECES.findall(folded)]) or [folded]
    forms = _in_one_form(written, table)
    chain, rest = _chain(forms, table)
    numbered_rooms = not any(table.weights.get(word, 100) >= DISTINCTIVE for word in rest if not word.isdigit())
    numbered_rooms = numbered_rooms and bool(table.lists["rooms"].intersection(rest))
    weights: dict[str, int] = {f"the {chain}": 100} if chain else {}
    for place, word in enumerate(rest):
        weight = table.weights.get(word, 100)
        if len(word) == 1 and not word.isdigit() and place < len(rest) - 1:
            weight = table.initial
        elif word.isdigit() and (numbered_rooms or (chain and len(word) >= STORE_NUMBER_DIGITS)):
            weight = SORT_WORD
        weights.setdefault(word, weight)
    # The last single letter counts things, as numbers do: Módulo A, Consultorio 3B.
    counted = {word for word in rest if word.isdigit() and not (chain and len(word) >= STORE_NUMBER_DIGITS)}
    store = {f"#{word}" for word in rest if word.isdigit() and chain and len(word) >= STORE_NUMBER_DIGITS}
    letter = {rest[-1]} if len(rest) > 1 and len(rest[-1]) == 1 else set[str]()
    found = frozenset(forms)
    return Name(
        folded=folded,
        weights=weights,
        initials=frozenset(
            {"".join(word[0] for word in written), "".join(word[0] for word in written if word not in table.nothing)}
        ),
        numbers=frozenset(counted | store | letter),
        directions=found & table.lists["directions"],
        institutions=found & table.lists["institution"],
        roles=found & table.lists["roles"],
        chain=chain,
        person="doctor" in found and not chain,
    )


def _single_letters_joined(written: list[str]) -> list[str]:
    """``i m s s`` → ``imss``; a single letter by itself stays."""
    joined: list[str] = []
    run = ""
    for word in [*written, ""]:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        if run:
            joined.append(run)
            run = ""
        if word:
            joined.append(word)
    return joined


def _in_one_form(written: list[str], table: _Words) -> list[str]:
    forms: list[str] = []
    at = 0
    while at < len(written):
        word = written[at]
        for phrase, into in table.phrases.get(word, ()):
            if tuple(written[at : at + len(phrase)]) == phrase:
                forms.extend(into)
                at += len(phrase)
                break
        else:
            last_letter = at == len(written) - 1 and len(word) == 1 and forms
            if word.isdigit():
                forms.append(word.lstrip("0") or "0")
            elif last_letter or word not in table.nothing:
                forms.append(table.same.get(word, word))
            at += 1
    # A name of such words alone, "La Una", still has to be one.
    return forms or [table.same.get(word, word) for word in written]


def _chain(forms: list[str], table: _Words) -> tuple[str, list[str]]:
    """The chain whose name is within, or nothing, and the words that remain."""
    for at, word in enumerate(forms):
        for chain in table.chains.get(word, ()):
            if tuple(forms[at : at + len(chain)]) == chain:
                return " ".join(chain), forms[:at] + forms[at + len(chain) :]
    return "", forms


def name_likeness(a: Name, b: Name, city: frozenset[str]) -> NameLikeness:
    """Compare two names; ``city`` is the folded words of the cities that the two addresses name, which hardly count."""
    chain = bool(a.chain) and a.chain == b.chain
    contradiction, doubt = _contradiction(a, b)
    if a.folded == b.folded or a.weights == b.weights:
        information = sum(_weights_in(a, city).values())
        return NameLikeness(not contradiction, 1000, True, False, False, information < DISTINCTIVE, chain, contradiction, doubt)
    left, right = _weights_in(a, city), _weights_in(b, city)
    left_total, right_total = sum(left.values()), sum(right.values())
    matched = heaviest_common = 0
    for word in left.keys() & right.keys():
        heaviest_common = max(heaviest_common, min(left[word], right[word]))
        matched += left.pop(word) + right.pop(word)
    slips = False
    if left and right:
        if "".join(left) == "".join(right):  # "Vistasol", "Vista Sol"
            matched, left, right = left_total + right_total, {}, {}
        else:
            credited = _slips(left, right)
            slips = credited > 0
            matched += credited
    permille = 1000 * matched // (left_total + right_total)
    left_more, right_more = _heaviest(left) >= DISTINCTIVE, _heaviest(right) >= DISTINCTIVE
    acronym = min(len(a.folded), len(b.folded)) >= SHORTEST_ACRONYM and (a.folded in b.initials or b.folded in a.initials)
    if acronym and permille < 850:
        permille, slips, left_more, right_more = 850, True, False, False
    whole = not (left_more or right_more) and not (left and right and _heaviest(left | right) > SORT_WORD)
    initials = any(weight == _words().initial and len(word) == 1 for rest in (left, right) for word, weight in rest.items())
    loose = slips or initials or bool(left and right)
    little = min(left_total, right_total) < DISTINCTIVE
    if whole and not (loose or little) and _heaviest(left | right) <= SORT_WORD:
        permille = max(permille, ALL_BUT_THE_SORT)
    return NameLikeness(
        agrees=not contradiction,
        permille=permille,
        exact=whole and not loose and permille >= 700,
        loose=whole and loose,
        part=left_more != right_more and heaviest_common >= DISTINCTIVE and not (slips or little),
        little=little,
        chain=chain,
        contradiction=contradiction,
        doubt=doubt,
    )


def _weights_in(name: Name, city: frozenset[str]) -> dict[str, int]:
    """A copy of the name's weights, those of the city's words no more than a city's."""
    weights = dict(name.weights)
    for word in city:
        if word in weights:
            weights[word] = min(weights[word], _words().city)
    return weights


def _heaviest(words: Mapping[str, int]) -> int:
    return max(words.values(), default=0)


def _slips(left: dict[str, int], right: dict[str, int]) -> int:
    """Take out of both the words that are one but for a slip, nearest first; return what they count together."""
    pairs = [
        (credit, min(one, two), one, two)
        for one in left
        for two in right
        if one[0] == two[0] and (credit := _credit(one, two) if one < two else _credit(two, one))
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1], max(pair[2], pair[3])))
    matched = 0
    for credit, _, one, two in pairs:
        if one in left and two in right:
            matched += credit * (left.pop(one) + right.pop(two)) // 100
    return matched


def _credit(one: str, two: str) -> int:
    if one[0] != two[0] or one[0].isdigit():
        return 0  # Hernández is not Fernández
    shorter, longer = sorted((len(one), len(two)))
    if shorter == 1:
        return INITIAL_CREDIT
    if shorter < SHORTEST_WITH_TYPO:
        return 0
    if one[:-1] == two[:-1] and {one[-1], two[-1]} == {"a", "o"}:
        return 0  # nor María Mario
    most = 2 if longer >= LONG_WORD else 1
    return TYPO_CREDIT if OSA.distance(one, two, score_cutoff=most) <= most else 0


def _contradiction(a: Name, b: Name) -> tuple[str, str]:
    """What parts two names whatever else they say; and, second, what one says and the other does not."""
    if a.numbers != b.numbers:
        if a.numbers and b.numbers and not (a.numbers < b.numbers or b.numbers < a.numbers):
            return f"different numbers in the names ({_listed(a.numbers, b.numbers)})", ""
        odd = {number for number in a.numbers ^ b.numbers if not number.startswith("#")}
        if odd:
            return "", "a number in one of the names only"
    if a.directions and b.directions and not a.directions & b.directions:
        return f"different parts of a town ({_listed(a.directions, b.directions)})", ""
    if a.institutions and b.institutions and not a.institutions & b.institutions:
        return f"run by different institutions ({_listed(a.institutions, b.institutions)})", ""
    if a.chain and b.chain and a.chain != b.chain:
        return "different chains", ""
    return "", ""


def _listed(one: frozenset[str], two: frozenset[str]) -> str:
    return ", ".join(sorted([" ".join(sorted(one)), " ".join(sorted(two))]))
