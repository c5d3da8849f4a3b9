"""Ordinary words of Spanish and English: who types one means it, and misspelt no other."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources

from finder.words.folding import words

__all__ = ["ordinary_words"]

_LEAST_INFLECTED, _LEAST_STEM = 4, 4
_SPANISH_ENDINGS = {
    "ar": (
        "o as a amos an e es emos en aba abas abamos aban ado ada ados adas ando aste aron ara aras aran are aremos aria arian "
        "arse arme arte arlo arla arle"
    ),
    "er": (
        "o es e emos en a as amos an ia ias iamos ian ido ida idos idas iendo i iste io imos ieron iera ieran ere era eremos "
        "eran eria erian erse erme erte erlo erla erle"
    ),
    "ir": (
        "o es e imos en a as amos an ia ias iamos ian ido ida idos idas iendo i iste io ieron iera ieran ire ira iremos iran "
        "iria irian irse irme irte irlo irla irle"
    ),
}
"""Of regular verbs; folded."""


@cache
def ordinary_words() -> frozenset[str]:
    """The folded words of ``ordinary_words.toml`` and their regular forms: none is of the body, of a complaint or of care."""
    text = resources.files("finder.words").joinpath("ordinary_words.toml").read_text("utf-8")
    listed = {language: words(several) for language, several in tomllib.loads(text).items()}
    spanish = (form for word in listed["es"] for form in _spanish_forms(word))
    english = (form for word in listed["en"] for form in _english_forms(word))
    return frozenset((*listed["es"], *listed["en"], *spanish, *english))


def _spanish_forms(word: str) -> Iterator[str]:
    """What a regular verb becomes; short verbs are mostly irregular, and what they regularly were is a typing error."""
    stem, ending = word[:-2], word[-2:]
    if len(stem) >= _LEAST_STEM:
        yield from (f"{stem}{other}" for other in _SPANISH_ENDINGS.get(ending, "").split())


def _english_forms(word: str) -> Iterator[str]:
    """Regular forms of verbs; some are no words, and nobody types those. Not "-er": a liver does not live."""
    if len(word) < _LEAST_INFLECTED or word.endswith("s"):
        return
    if word.endswith("e"):
        yield from (f"{word}s", f"{word}d", f"{word[:-1]}ing")
    elif word.endswith("y"):
        yield from (f"{word}ing", f"{word[:-1]}ies", f"{word[:-1]}ied")
    else:
        yield from (f"{word}{ending}" for ending in ("s", "ed", "ing"))
