"""The catalogue of specialties and services."""

import csv
import json
from collections import defaultdict
from pathlib import Path

import pytest

from finder.care.specialties import CareKind, specialties
from finder.domain.facility import FacilityKind
from finder.errors import NotFound
from finder.words.folding import fold

CARE = specialties()
CASES: dict[str, list[str]] = json.loads((Path(__file__).parent.parent / "cases" / "specialties.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def nucc(shared_data: Path) -> list[dict[str, str]]:
    path = shared_data / "doctors-us" / "nucc_provider_taxonomy.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_there_is_enough_of_both_kinds():
    kinds = [care.kind for care in CARE.all]
    assert kinds.count(CareKind.SPECIALTY) >= 105
    assert kinds.count(CareKind.SERVICE) >= 45
    assert set(CASES["services"]) <= {care.id for care in CARE.all if care.kind is CareKind.SERVICE}


def test_ids_are_unique_snake_case_and_numbered_in_file_order():
    ids = [care.id for care in CARE.all]
    assert len(set(ids)) == len(ids)
    assert all(care_id.isascii() and care_id.replace("_", "a").isalnum() and care_id == care_id.lower() for care_id in ids)
    assert [CARE.number(care_id) for care_id in ids] == list(range(len(ids)))


def test_a_phrase_belongs_to_one_entry_or_kind_of_facility():
    owners: dict[str, set[str]] = defaultdict(set)
    for care in CARE.all:
        for phrase in care.phrases():
            owners[fold(phrase)].add(care.id)
    for kind, words in CARE.kind_words().items():
        for word in words:
            owners[fold(word)].add(f"kind {kind}")
    assert {phrase: found for phrase, found in owners.items() if len(found) > 1} == {}
    assert "" not in owners
    # An id is read as a text as well: it must not be what another entry is called.
    assert {care.id: CARE.of_text(care.id).id for care in CARE.all if CARE.of_text(care.id) is not care} == {}


def test_phrases_are_real_words():
    phrases = [phrase for care in CARE.all for phrase in care.phrases()]
    assert not [phrase for phrase in phrases if phrase.endswith(("/a", "/o")) or "/a " in phrase or phrase != phrase.strip()]
    assert {"cirujano plástico", "cirujana plástica", "doctora del corazón", "doctor del corazón"} <= set(phrases)


def test_each_entry_is_complete():
    for care in CARE.all:
        assert all((care.name_en, care.name_es, care.words_en, care.words_es)), care.id
        if care.kind is CareKind.SPECIALTY:
            assert all((care.codes, care.person_en, care.person_es)), care.id
            assert not care.offered_by, care.id
            assert care.code == care.codes[0]
        else:
            assert not any((care.codes, care.person_en, care.person_es)), care.id
            assert care.code == care.id
            assert care.offered_by or care.id == "medical_equipment", care.id


def test_what_is_referred_to_is_there_and_of_the_right_kind():
    for care in CARE.all:
        assert {CARE.get(parent).kind for parent in care.parents} <= {care.kind}, care.id
        assert {CARE.get(doer).kind for doer in care.offered_by} <= {CareKind.SPECIALTY}, care.id
        assert all(care in CARE.services_of(doer) for doer in care.offered_by)


def test_parents_make_no_circle():
    def reaches(start: str, wanted: str) -> bool:
        return any(parent == wanted or reaches(parent, wanted) for parent in CARE.get(start).parents)

    assert not [care.id for care in CARE.all if reaches(care.id, care.id)]


@pytest.mark.parametrize(
    ("care_id", "first", "later"),
    [
        ("paediatrics", "paediatric_cardiology", "paediatric_haematology_oncology"),
        ("internal_medicine", "cardiology", "paediatric_cardiology"),
        ("dentistry", "orthodontics", None),
        ("general_practice", "family_medicine", "family_nurse_practitioner"),
        ("blood_test", "pregnancy_test", None),
    ],
)
def test_descendants_nearest_generation_first(care_id, first, later):
    ids = [care.id for care in CARE.descendants(care_id)]
    assert len(set(ids)) == len(ids)
    assert care_id not in ids
    assert first in ids
    assert later is None or ids.index(first) < ids.index(later)
    children = {care.id for care in CARE.all if care_id in care.parents}
    assert set(ids[: len(children)]) == children


def test_descendants_are_those_that_reach_it_by_their_parents():
    def ancestors(care_id: str) -> set[str]:
        parents = CARE.get(care_id).parents
        return set(parents).union(*map(ancestors, parents))

    for care in CARE.all:
        assert {below.id for below in CARE.descendants(care.id)} == {
            other.id for other in CARE.all if care.id in ancestors(other.id)
        }


@pytest.mark.parametrize(
    ("text", "care_id"),
    [
        ("Cardiología", "cardiology"),
        ("rayos X", "x_ray"),
        ("x_ray", "x_ray"),
        ("psicología clínica", "psychology"),
        ("DOCTOR DEL CORAZON", "cardiology"),
        ("doctora del corazón", "cardiology"),
        ("heart doctor", "cardiology"),
        ("kid's doctor", "paediatrics"),
        ("doctor de niños", "paediatrics"),
        ("doctor de los huesos", "orthopaedics"),
        ("women's doctor", "obstetrics_gynaecology"),
        ("ginecóloga", "obstetrics_gynaecology"),
        ("eye check", "eye_exam"),
        ("chequeo de la vista", "eye_exam"),
        ("sacar muela", "tooth_extraction"),
        ("dolor de muelas", "dentistry"),
        ("shots", "vaccination"),
        ("flu shot", "vaccination"),
        ("piquetes", "vaccination"),
        ("ecografía", "ultrasound"),
        ("skin rash", "dermatology"),
        ("embarazo", "prenatal_care"),
        ("azúcar", "diabetes_care"),
        ("sugar", "diabetes_care"),
        ("presión alta", "cardiology"),
        ("riñones", "nephrology"),
        ("kidney doctor", "nephrology"),
        ("asma", "pulmonology"),
        ("alergias", "allergy_immunology"),
        ("migraña", "neurology"),
        ("hemodialysis", "dialysis"),
        ("paediatrics", "paediatrics"),
        ("heart doctor near me", None),
        ("doctor", None),
        ("dolor", None),
        ("", None),
    ],
)
def test_of_text(text, care_id):
    found = CARE.of_text(text)
    assert (found.id if found else None) == care_id


def test_names_by_language():
    cardiology = CARE.get("cardiology")
    assert [cardiology.name(tag) for tag in ("en", "es", "es-MX", "fr")] == [
        "Cardiology",
        "Cardiología",
        "Cardiología",
        "Cardiology",
    ]
    assert [cardiology.person(tag) for tag in ("en-US", "es-MX")] == ["cardiologist", "cardiólogo/a"]


@pytest.mark.parametrize("wanted", ["cardiology", " Cardiology", "207RC0000X", "207rc0000x"])
def test_get_by_id_or_code(wanted):
    assert CARE.get(wanted).id == "cardiology"


@pytest.mark.parametrize("wanted", ["", "no_such_care", "999999999X", "heart doctor"])
def test_what_is_unknown_is_not_found(wanted):
    with pytest.raises(NotFound, match=r"GET /api/v1/specialties"):
        CARE.get(wanted)
    with pytest.raises(NotFound):
        CARE.number(wanted)


@pytest.mark.parametrize(
    ("code", "care_id"),
    [
        ("207RC0000X", "cardiology"),
        ("2080P0202X", "paediatric_cardiology"),
        ("163WX9999X", "nursing"),  # a registered nurse of a sort that is not listed
        ("207QX9999X", "family_medicine"),
        ("2085Z9999X", "radiology"),  # a class without a code of its own
        ("2084Z9999X", None),  # psychiatry and neurology share this class
        ("174M00000X", None),
        ("207R", None),
        ("", None),
    ],
)
def test_of_code(code, care_id):
    found = CARE.of_code(code)
    assert (found.id if found else None) == care_id


def test_every_kind_of_facility_has_words_in_the_file():
    words = CARE.kind_words()
    assert set(words) == set(FacilityKind)
    assert {kind for kind, found in words.items() if not found} == {FacilityKind.OTHER}
    assert {kind for care in CARE.all for kind in care.facility_kinds} >= {
        FacilityKind.DENTIST,
        FacilityKind.PHARMACY,
        FacilityKind.LABORATORY,
        FacilityKind.EYE_CARE,
    }


def test_each_code_exists_and_belongs_to_one_specialty(nucc):
    known = {row["Code"] for row in nucc}
    codes = [code for care in CARE.all for code in care.codes]
    assert [code for code in codes if code not in known] == []
    assert len(set(codes)) == len(codes)


def test_no_name_was_copied_from_a_definition(nucc):
    definitions = {fold(row["Definition"]) for row in nucc if len(row["Definition"]) > 40}
    assert not [phrase for care in CARE.all for phrase in care.phrases() if fold(phrase) in definitions]


def test_all_individual_codes_of_care_have_a_specialty(nucc):
    individual = [row for row in nucc if row["Section"] == "Individual"]
    assert len(nucc) >= 874
    without = {row["Code"] for row in individual if CARE.of_code(row["Code"]) is None}
    assert without <= set(CASES["not_care"])
    assert 1 - len(without) / len(individual) > 0.92
    physicians = [row["Code"] for row in individual if row["Grouping"].startswith("Allopathic")]
    assert not set(physicians) & without


def test_codes_of_organisations_are_nobodys_specialty(nucc):
    found = {row["Code"]: CARE.of_code(row["Code"]) for row in nucc if row["Section"] != "Individual"}
    assert {code for code, care in found.items() if care} == set()


def test_a_code_goes_where_its_class_says(nucc):
    """What the code set itself calls a paediatric, surgical or dental code must not come to somebody else."""
    children = {"paediatrics", *(care.id for care in CARE.descendants("paediatrics"))}
    dental = {"dentistry", *(care.id for care in CARE.descendants("dentistry"))}
    for row in nucc:
        care = CARE.of_code(row["Code"])
        if row["Section"] != "Individual" or care is None:
            continue
        if row["Specialization"].startswith("Pediatric ") and row["Grouping"].startswith("Allopathic"):
            assert care.id in children | {"anaesthesiology", "pathology"}, row["Code"]
        if row["Classification"] == "Dentist":
            assert care.id in dental, row["Code"]
        if row["Classification"] in {"Registered Nurse", "Podiatrist", "Chiropractor", "Physical Therapist", "Psychologist"}:
            wanted = {
                "Registered Nurse": {"nursing", "lactation_consulting"},
                "Podiatrist": {"podiatry"},
                "Chiropractor": {"chiropractic"},
                "Physical Therapist": {"physiotherapy", "paediatric_physiotherapy", "hand_therapy"},
                "Psychologist": {"psychology", "child_psychology", "psychoanalysis", "addiction_counselling", "family_therapy"},
            }[row["Classification"]]
            assert care.id in wanted, row["Code"]
