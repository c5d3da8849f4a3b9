"""Words that say that a life is in danger."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.care.red_flags import red_flag_in, red_flags
from finder.care.specialties import specialties
from finder.words.folding import fold

CASES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "cases" / "red_flags.json").read_text("utf-8"))
ALARMING = [(flag, text) for flag, texts in CASES["alarming"].items() for text in texts]


@pytest.mark.parametrize(("flag", "text"), ALARMING, ids=[text for _, text in ALARMING])
def test_alarms(flag, text):
    found = red_flag_in(text)
    assert found is not None
    assert found.id == flag


@pytest.mark.parametrize("text", CASES["harmless"])
def test_does_not_alarm(text):
    assert red_flag_in(text) is None


def test_there_are_enough_cases_and_each_flag_has_some():
    assert len(set(map(tuple, ALARMING))) == len(ALARMING) >= 120
    assert len(set(CASES["harmless"])) == len(CASES["harmless"]) >= 80
    assert set(CASES["alarming"]) == {flag.id for flag in red_flags()}
    assert len(red_flags()) >= 40


def test_every_flag_has_labels_in_two_languages_and_only_ones_own_hand_is_a_crisis():
    assert all(flag.label_en and flag.label_es and flag.label_en != flag.label_es for flag in red_flags())
    assert {flag.id for flag in red_flags() if flag.crisis} == {"suicide", "self_harm", "harm_to_others"}


# What is said to ask for help in an emergency may be both a service and an alarm.
BOTH = {"poison specialist", "emergency help", "accidente grave", "call an ambulance", "llamar una ambulancia"}


def test_no_name_of_a_specialty_service_or_kind_alarms():
    phrases = [phrase for care in specialties().all for phrase in care.phrases()]
    phrases += [word for words in specialties().kind_words().values() for word in words]
    assert [phrase for phrase in phrases if red_flag_in(phrase) and fold(phrase) not in BOTH] == []


@given(st.sampled_from(ALARMING), st.randoms(use_true_random=False))
def test_case_accents_and_punctuation_do_not_matter(case, random):
    flag, text = case
    shouted = "".join(random.choice((letter.upper(), letter)) for letter in fold(text))
    shouted = shouted.replace(" ", random.choice(("  ", "\n", " … ")))
    found = red_flag_in(f"¡¡{shouted}!!")
    assert found is not None
    assert found.id == flag


FAR_APART = [
    ("me duele {} el pecho", 4, "chest_pain"),
    ("no puedo, {} respirar", 5, "cannot_breathe"),
    ("chest {} pain", 5, "chest_pain"),
]


@pytest.mark.parametrize(("text", "most", "flag"), FAR_APART)
def test_a_few_words_may_stand_between_but_not_many(text, most, flag):
    assert red_flag_in(text.format("ya " * most)).id == flag
    assert red_flag_in(text.format("ya " * (most + 1))) is None


def test_a_word_counts_once_in_a_sign():
    assert red_flag_in("face face face") is None
    assert red_flag_in("embarazo embarazo") is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("pehco", "pecho"), ("pech", "pecho"), ("pechoo", "pecho"), ("pesho", "pecho")],
)
def test_one_typing_error_is_forgiven(typed, meant):
    assert red_flag_in(f"me duele el {typed}") == red_flag_in(f"me duele el {meant}")


@pytest.mark.parametrize("word", ["techo", "hecho", "ojo", "pcoh", "pehoc"])
def test_another_word_or_two_errors_are_not(word):
    assert red_flag_in(f"me duele el {word}") is None


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text):
    assert red_flag_in(text) in {None, *red_flags()}


@pytest.mark.parametrize("text", ["", " ", "…", "pecho " * 20_000, "no puedo quiero siento " * 5_000, "a" * 100_000])
def test_long_or_empty_texts_are_answered(text):
    # What grew with a power of the length would not end before the time that every test has.
    assert red_flag_in(text) in {None, *red_flags()}


def test_the_danger_of_ones_own_hand_goes_first():
    assert red_flag_in("me duele el pecho y me quiero matar").id == "suicide"
