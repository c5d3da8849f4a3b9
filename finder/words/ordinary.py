"""Ordinary words of Spanish and English: who types one means it, and misspelt no other."""

import tomllib
from functools import cache
from importlib import resources

from finder.words.folding import words

__all__ = ["ordinary_words"]


@cache
def ordinary_words() -> frozenset[str]:
    """The folded words of ``ordinary_words.toml`` in both languages: none is of the body, of a complaint or of care."""
    text = resources.files("finder.words").joinpath("ordinary_words.toml").read_text("utf-8")
    return frozenset(word for listed in tomllib.loads(text).values() for word in words(listed))
