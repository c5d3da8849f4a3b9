"""A person's words become parts, whatever they are."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.care.specialties import specialties
from finder.directory.plans import PlanBook
from finder.directory.understanding import PartKind, understand
from finder.directory.understanding.lexicon import lexicon
from finder.directory.understanding.needs import needs
from finder.directory.understanding.tokens import tokenize

CASES = json.loads((Path(__file__).parents[2] / "cases" / "understanding.json").read_text("utf-8"))
PIECES = [part for case in CASES for part in case["typed"].split()]
SHARED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
JOINING = {"y", "e", "o", "u", "and", "or"}
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*PIECES, ",", "🙂", "中文", "24/7", "O'Neill", "que", "en", "dr"]), max_size=14).map(" ".join),
)


def folded(text):
    return [token.word for token in tokenize(text)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["typed"])
def test_the_parts_of_what_people_type(read, case):
    understood = read(case["typed"])
    assert [[part.kind, part.value, part.text] for part in understood.parts] == case["parts"]
    assert understood.practitioner_wanted == case.get("practitioner", False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["typed"])
def test_accents_and_case_change_nothing(read, case):
    bare = "".join(letter for letter in unicodedata.normalize("NFD", case["typed"]) if not unicodedata.combining(letter))
    as_typed = [(part.kind, folded(part.value), folded(part.text)) for part in read(case["typed"]).parts]
    for other in (bare, case["typed"].upper(), bare.lower(), unicodedata.normalize("NFD", case["typed"])):
        assert [(part.kind, folded(part.value), folded(part.text)) for part in read(other).parts] == as_typed


@given(text=TEXTS)
@SHARED
def test_any_text_gives_spans_in_order_that_do_not_overlap(read, text):
    understood = read(text)
    behind = 0
    for part in understood.parts:
        assert behind <= part.start < part.end <= len(understood.text)
        assert part.text == understood.text[part.start : part.end]
        assert 0.0 < part.score <= 1.0
        behind = part.end


@given(text=TEXTS)
@SHARED
def test_without_a_part_exactly_its_words_are_gone(read, text):
    understood = read(text)
    for part in understood.parts:
        left = [token.word for token in tokenize(understood.text) if not part.start <= token.start < part.end]
        told = folded(understood.without(part))
        while left and left[0] in JOINING and left != told:
            left = left[1:]
        while left and left[-1] in JOINING and left != told:
            left = left[:-1]
        assert told == left
        assert ",," not in understood.without(part)
        assert "  " not in understood.without(part)


@given(text=TEXTS)
@SHARED
def test_no_word_is_lost_in_silence(read, text):
    """What is in no part is small talk, a wish for a doctor or words of "near me": the lexicon knows it."""
    compiled = lexicon()
    understood = read(text)
    covered = {at for part in understood.parts for at in range(part.start, part.end)}
    for token in tokenize(understood.text):
        if token.start not in covered and compiled.as_small(token.word) not in compiled.small:
            assert any(
                entry.kind is None for word in compiled.hits(token.word, unfinished=True) for entry in compiled.by_word[word]
            )


@pytest.mark.parametrize(
    ("typed", "taken", "left"),
    [
        ("doctor del corazón que hable inglés, abierto ahora", PartKind.LANGUAGE, "doctor del corazón, abierto ahora"),
        ("doctor del corazón que hable inglés, abierto ahora", PartKind.OPEN, "doctor del corazón que hable inglés"),
        ("necesito un pediatra cerca de Zona Río", PartKind.SPECIALTY, "necesito cerca de Zona Río"),
        ("pediatra, cerca de Zona Río, abierto ahora", PartKind.PLACE, "pediatra, abierto ahora"),
        ("pediatra o médico familiar", PartKind.SPECIALTY, "médico familiar"),
        ("Dr. Ramírez, Tijuana", PartKind.NAME, "Tijuana"),
    ],
)
def test_the_rest_reads_as_if_the_part_had_never_been_typed(read, typed, taken, left):
    understood = read(typed)
    assert understood.without(understood.of(taken)[0]) == left


def test_a_part_taken_out_is_not_understood_again(read):
    understood = read("pediatra en otay que hable inglés y acepte pretend blue, abierto ahora")
    kinds = [part.kind for part in understood.parts]
    assert len(kinds) == 5
    for part in understood.parts:
        again = read(understood.without(part))
        assert [other.kind for other in again.parts] == [kind for kind in kinds if kind is not part.kind]


@pytest.mark.parametrize("one", specialties().all, ids=lambda one: one.id)
def test_every_name_of_every_specialty_is_understood(read, one):
    telehealth = {care for need in needs().need for care in need.care}
    for language in ("es", "en"):
        understood = read(f"{one.name(language)} ")
        if one.id in telehealth:
            assert understood.of(PartKind.TELEHEALTH)
        else:
            assert one.id in [part.value for part in understood.parts]


@pytest.mark.parametrize("tag", needs().languages)
def test_every_language_is_a_wish_and_no_place(read, tag):
    for name in needs().languages[tag]:
        for typed in (f"dentista que hable {name} ", f"dentist in {name} "):
            assert [(part.kind, part.value) for part in read(typed).parts][1:] == [(PartKind.LANGUAGE, tag)]


def test_every_phrase_of_a_need_is_that_need(read):
    for need in needs().need:
        for phrase in need.phrases:
            parts = read(f"{phrase} ").parts
            assert [(part.kind, part.value) for part in parts] == [(need.kind, need.value)], phrase


def test_more_than_200_letters_are_cut_off(read):
    understood = read("pediatra " + "x" * 400)
    assert len(understood.text) == 200
    assert understood.of(PartKind.SPECIALTY)


def test_whether_the_text_goes_on(read):
    assert read("pediat").unfinished
    assert not read("pediatra ").unfinished
    assert not read("pediatra?").unfinished
    assert not read("").unfinished


def test_words_of_alarm_are_told(read):
    assert read("me duele mucho el pecho").red_flag is not None
    assert read("dentista").red_flag is None


def test_without_any_names_or_plans(places):
    understood = understand("pediatra lopez en otay con seguro", names=(), places=places, plans=PlanBook(()))
    assert [part.kind for part in understood.parts] == [PartKind.SPECIALTY, PartKind.NAME, PartKind.PLACE, PartKind.PLAN]


@pytest.mark.parametrize(
    "typed",
    [
        "ginecóloga",
        "la ginecologa",
        "dermatóloga cerca de mí",
        "ginecólogas",
        "doctor para mujeres",
        "doctora de la mujer",
        "doctor o doctora",
        "atención médica",
        "doctora xyzzy",
        "Dra. Ramírez",
    ],
)
def test_a_feminine_word_is_no_wish_for_a_woman(read, typed):
    assert not read(typed).of(PartKind.GENDER)


@pytest.mark.parametrize("typed", ["doctora", "una doctora", "busco doctora en otay", "necesito una médica que hable inglés"])
def test_who_asks_for_a_doctora_means_a_woman(read, typed):
    assert [part.value for part in read(typed).of(PartKind.GENDER)] == ["female"]
    assert read(typed).practitioner_wanted


def test_a_title_before_what_only_a_facility_is_called_asks_for_nobody(read):
    assert not read("dr sonrisas").practitioner_wanted
    assert read("dr sonrisas").of(PartKind.NAME)
    assert read("dr mendes").practitioner_wanted


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        # a place with a typing error, alone or beside another misspelt word; the whole run before a part of it
        ("dentist hillcrst", PartKind.PLACE, "hillcrst"),
        ("pediatra zona rioo", PartKind.PLACE, "zona rioo"),
        ("cardiologo en plyas", PartKind.PLACE, "plyas"),
        ("skin dotcor san ysidr ", PartKind.PLACE, "san ysidr"),
        ("eye doctor tijunaa", PartKind.PLACE, "tijunaa"),
        ("allergist chula vistta", PartKind.PLACE, "chula vistta"),
        # a phrase of which one word is too far from itself
        ("plastc srgeon ", PartKind.SPECIALTY, "plastic_surgery"),
        ("mental heatlh clinic", PartKind.KIND, "mental_health"),
        ("bon doctor ", PartKind.SPECIALTY, "orthopaedics"),
        ("masage terapist", PartKind.SPECIALTY, "massage_therapy"),
        # one word typed as two
        ("orto doncia", PartKind.SPECIALTY, "orthodontics"),
        ("chiro practor", PartKind.SPECIALTY, "chiropractic"),
        # of two readings the one that many ask for
        ("nerologo infantil", PartKind.SPECIALTY, "child_neurology"),
        ("ermatologist", PartKind.SPECIALTY, "dermatology"),
        # a name with a typing error goes before what it is like by chance
        ("mercy scrips", PartKind.NAME, "mercy scrips"),
        ("sharp memoril", PartKind.NAME, "sharp memoril"),
        ("derma enter", PartKind.NAME, "derma enter"),
        # a plan with one
        ("plan imaginario red nrote", PartKind.PLAN, "plan-imaginario--red-norte"),
        ("dentista pretnd blue", PartKind.PLAN, "pretend-blue"),
        # what people say of themselves
        ("se me esta cayendo el pelo, calvicie", PartKind.SPECIALTY, "dermatology"),
        ("dolor de espalda baja", PartKind.SPECIALTY, "orthopaedics"),
        ("tagalog speaking", PartKind.LANGUAGE, "tl"),
    ],
)
def test_typing_errors_in_what_stands_beside_each_other(read, typed, kind, value):
    assert (kind, value) in [(part.kind, part.value) for part in read(typed).parts]


@pytest.mark.parametrize("typed", ["hospital general tijuanna", "pediatr lopez", "dr vaca dentsta"])
def test_a_misspelt_word_makes_no_name_of_what_is_understood_otherwise(read, typed):
    assert all(" " not in part.value for part in read(typed).of(PartKind.NAME))
    assert any(part.kind in (PartKind.KIND, PartKind.SPECIALTY) for part in read(typed).parts)


def test_a_person_is_no_misspelt_place(read):
    assert [(part.kind, part.value) for part in read("dr ota").parts] == [(PartKind.NAME, "ota")]
    assert not read("mendes").of(PartKind.PLACE)
