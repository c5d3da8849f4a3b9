"""Complaints and parts of the body lead to a specialty that exists."""

from finder.care.complaints import complaints
from finder.care.specialties import CareKind, specialties
from finder.words.folding import words


def test_every_care_is_a_specialty():
    file = complaints()
    named = {part.care for part in file.body_part} | {care for part in file.body_part for care in part.instead.values()}
    named |= {complaint.care for complaint in file.complaint if complaint.care is not None}
    assert {care for care in named - {""} if specialties().get(care).kind is not CareKind.SPECIALTY} == set()


def test_what_a_part_has_instead_is_for_a_complaint_that_there_is():
    known = {complaint.id for complaint in complaints().complaint}
    assert {name for part in complaints().body_part for name in part.instead} <= known


def test_no_word_is_of_two():
    for several in (complaints().complaint, complaints().body_part):
        listed = [tuple(words(phrase)) for one in several for phrase in {*one.words_en, *one.words_es}]
        assert sorted({phrase for phrase in listed if listed.count(phrase) > 1}) == []


def test_a_part_goes_before_a_complaint_and_that_before_the_parts_own_care():
    file = complaints()
    complaint, part = file.of_word(), file.part_of_words()
    cases = {
        ("hurts", "knee"): "orthopaedics", ("comezon", "rodilla"): "dermatology", ("comezon", "ojos"): "ophthalmology",
        ("numb", "hand"): "neurology", ("sangran", "encias"): "dentistry", ("bleeding", "arm"): None,
        ("bolita", "seno"): "obstetrics_gynaecology",
    }  # fmt: skip
    assert {(one, other): file.care_of(complaint[one], part[other,]) for one, other in cases} == cases
