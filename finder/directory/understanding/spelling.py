"""Other writings of one word: plural and gender, and letters that sound alike in Spanish."""

import re
from collections.abc import Iterator

__all__ = ["sound", "variants"]

_LEAST_PLURAL, _LEAST_GENDER = 3, 5
_SOUNDS = (
    (re.compile(r"^ps"), "s"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ch"), "k"),
    (re.compile(r"h"), ""),
    (re.compile(r"qu(?=[eiy])"), "k"),
    (re.compile(r"gu(?=[ei])"), "g"),
    (re.compile(r"g(?=[eiy])"), "j"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"[cq]"), "k"),
    (re.compile(r"z"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"ll|y"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
)


def sound(word: str) -> str:
    """The folded word as it sounds: one sign for b and v; s, z and soft c; ll, y and i; g and j; qu, k and hard c; no h.

    ``sound("sirujano") == sound("cirujano")``, ``sound("sicologo") == sound("psicólogo")`` when folded.
    """
    for written, heard in _SOUNDS:
        word = written.sub(heard, word)
    return word


def variants(word: str) -> Iterator[str]:
    """Regular plurals and singulars (Spanish and English) of a folded word, and its other gender in both numbers."""
    if len(word) < _LEAST_PLURAL or not word.isascii():
        return
    seen = {word}
    numbers = list(_numbers(word))
    genders = [other for form in (word, *numbers) if len(form) >= _LEAST_GENDER for other in _genders(form)]
    for form in (*numbers, *genders):
        if len(form) >= _LEAST_PLURAL and form not in seen:
            seen.add(form)
            yield form


def _numbers(word: str) -> Iterator[str]:
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    elif word.endswith("ces"):
        yield f"{word[:-3]}z"
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith("s"):
        yield word[:-1]
        return
    if word.endswith("y"):
        yield f"{word[:-1]}ies"
    elif word.endswith("z"):
        yield f"{word[:-1]}ces"
    yield f"{word}s"
    if word[-1] not in "aeo":
        yield f"{word}es"


def _genders(word: str) -> Iterator[str]:
    plural = "s" if word.endswith("s") else ""
    stem = word.removesuffix("s")
    if stem.endswith("ora"):
        yield f"{stem[:-1]}{'es' if plural else ''}"
    if stem.endswith("o"):
        yield f"{stem[:-1]}a{plural}"
    elif stem.endswith("a"):
        yield f"{stem[:-1]}o{plural}"
    elif stem.endswith("or"):
        yield f"{stem}a"
