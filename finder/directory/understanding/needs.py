"""``needs.toml``: the words for what people ask besides the care itself."""

import tomllib
from functools import cache
from importlib import resources

import msgspec

from finder.directory.understanding.types import PartKind

__all__ = ["LanguageWords", "Need", "Needs", "PlanWords", "needs"]


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One wish: phrases that say it, and words that belong to it when they stand before or behind one of them."""

    kind: PartKind
    value: str
    phrases: tuple[str, ...]
    lead: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    care: tuple[str, ...] = ()
    """Ids of services whose words say just this."""
    strict: bool = False
    """Whether another number or gender of a word means something else: ``mujeres`` is no wish for a woman."""


class PlanWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By what a health plan is asked for."""

    triggers: tuple[str, ...]
    weak_triggers: tuple[str, ...]
    nouns: tuple[str, ...]
    around: tuple[str, ...]


class LanguageWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that belong to a language's name before or behind it."""

    lead: tuple[str, ...]
    tail: tuple[str, ...]


class Needs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file, which explains itself."""

    fillers: tuple[str, ...]
    connecting: tuple[str, ...]
    asking: tuple[str, ...]
    near_me: tuple[str, ...]
    place_connectors: tuple[str, ...]
    weak_place_connectors: tuple[str, ...]
    articles: tuple[str, ...]
    titles: tuple[str, ...]
    doctor_words: tuple[str, ...]
    women_doctors: tuple[str, ...]
    need: tuple[Need, ...]
    plan: PlanWords
    language_words: LanguageWords
    languages: dict[str, tuple[str, ...]]


@cache
def needs() -> Needs:
    """Read the file once."""
    text = resources.files("finder.directory.understanding").joinpath("needs.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Needs)
