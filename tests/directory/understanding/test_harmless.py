"""What nobody misspelt is taken for nothing: ordinary words and what people say by the way."""

import json
from pathlib import Path

import pytest

from finder.care.red_flags import red_flag_in
from finder.directory.understanding import PartKind
from finder.directory.understanding.lexicon import lexicon
from finder.words.ordinary import ordinary_words

HARMLESS = json.loads((Path(__file__).parents[2] / "cases" / "harmless.json").read_text("utf-8"))
CLAIMS = {PartKind.SPECIALTY, PartKind.SERVICE, PartKind.KIND, PartKind.LANGUAGE, PartKind.PLAN}
ENDINGS = ("", " ")
"""A text that ends within a word, and one that does not."""


def claims(read, text):
    understood = read(text)
    found = [(part.kind, part.value, part.text) for part in understood.parts if part.kind in CLAIMS]
    return found if understood.red_flag is None else [*found, understood.red_flag.id]


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_is_said_by_the_way_claims_nothing(read, language):
    texts = HARMLESS[language]
    assert len(set(texts)) == len(texts) >= 300
    assert {text: found for text in texts for ending in ENDINGS if (found := claims(read, f"{text}{ending}"))} == {}


def test_no_ordinary_word_claims_anything(read):
    words = sorted(ordinary_words())
    assert len(words) > 3000
    typed = [*(f"{word} " for word in words), *words[::5]]  # and a fifth of them as if more letters were to come
    assert {text: found for text in typed if (found := claims(read, text))} == {}


@pytest.mark.parametrize("before", ["tiene", "me duele", "doctor", "con", "necesito", "i need", "que hable", "de la"])
def test_an_ordinary_word_is_a_typing_error_of_no_care_beside_another(read, before):
    sample = [word for word in sorted(ordinary_words() - lexicon().small) if not lexicon().hits(word, unfinished=False)][::47]
    assert {
        word: part.value
        for word in sample
        for part in read(f"{before} {word} ").parts
        if part.kind in CLAIMS - {PartKind.PLAN} and word in part.text
    } == {}


def test_no_red_flag_is_a_typing_error_of_an_ordinary_word():
    assert red_flag_in("mi niño ya tiene 3 años y casi no habla") is None
    assert red_flag_in("mi niño ya viene") is not None
