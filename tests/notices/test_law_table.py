"""The table of the law: what a file must be, what the page shows, and which sites are sensitive."""

from pathlib import Path
from typing import Any

import pytest

from finder.care.specialties import specialties
from finder.domain.facility import FacilityKind
from finder.errors import BadInput, Damaged
from finder.notices.law import Allowed, Boundaries, Operator, Purpose, is_sensitive, law_table, law_table_from
from finder.notices.law.page import page
from tests.conftest import REPOSITORY
from tests.notices.law_shapes import LAW_TOML, facility

TABLE = law_table()


def test_the_page_is_made_from_the_table() -> None:
    made = (REPOSITORY / "docs/notices-law.md").read_text(encoding="utf-8")
    assert made == page(TABLE), "run python -m finder.notices.law.page > docs/notices-law.md"
    for row in TABLE.rows:
        assert row.source in made
        assert row.why_en in made


@pytest.mark.parametrize("code", sorted(TABLE.jurisdictions))
def test_each_place_has_a_row_for_everybody_and_everything(code: str) -> None:
    for operator in Operator:
        for purpose in Purpose:
            row = TABLE.row(code, operator, purpose)
            assert row is not None
            if operator is Operator.OTHER or purpose is not Purpose.NOTICES:
                assert row.allowed is Allowed.NO


def test_what_has_no_row_has_none() -> None:
    assert TABLE.row("US-OR", Operator.RUNS_THE_FACILITY, Purpose.NOTICES) is None
    assert TABLE.row("US", Operator.RUNS_THE_FACILITY, Purpose.NOTICES) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('allowed = "no"', 'allowed = "maybe"', "maybe"),
        ('allowed = "no"\nsite = "off"', 'allowed = "no"\nsite = "own_site"', "wa-all"),
        ("beyond = { ft = 0, m = 0 }\n", "", "ca-own-notices"),
        ("{ ft = 2000, m = 610 }", "{ ft = 2000, m = 609 }", "610 m, rounded up"),
        ("{ ft = 2000, m = 610 }", "{ ft = -1, m = 0 }", "ft"),
        ("{ m = 500 }", "{ m = 500, yd = 3 }", "yd"),
        ("stricter_than_law = true", "stricter_then_law = true", "stricter_then_law"),
        ("read_on = 2026-11-23", 'read_on = "some day"', "read_on"),
        ("read_on = 2026-11-23\n", "", "read_on"),
        ('source = "https', 'source = "http', "source"),
        ('why_es = "Washington', 'why_fi = "Washington', "why_fi"),
        ('id = "ca-other"', 'id = "wa-all"', "wa-all is there twice"),
        ('jurisdictions = ["US-WA"]', 'jurisdictions = ["US-WA", "MX"]', "wa-all and mx-own-notices speak of the same case"),
        ('jurisdictions = ["US-WA"]', 'jurisdictions = ["US-OR"]', "US-OR"),
        ('jurisdictions = ["US-WA"]', "jurisdictions = []", "jurisdictions"),
        ('code = "US-CT"', 'code = "US-CA"', "US-CA is there twice"),
        ('id = "09"', 'id = "06"', "us 06 is there twice"),
        ('"doula"', '"doola"', "doola"),
        ('"maternity"]', '"motherhood"]', "motherhood"),
        ('"abort"', '"Abort"', "Abort"),
        ('"abort"', '" "', "word"),
        ("[sensitive]", "[sensitive", "cannot be read"),
        ("[sensitive]", "[insensitive]", "insensitive"),
    ],
)
def test_a_wrong_table_is_refused(old: str, new: str, says: str) -> None:
    assert old in LAW_TOML
    with pytest.raises(BadInput, match=r"table of the law") as caught:
        law_table_from(LAW_TOML.replace(old, new, 1))
    assert says in str(caught.value)


def test_outlines_that_are_not_there_or_not_these(tmp_path: Path) -> None:
    assert Boundaries.open(tmp_path, TABLE) is None
    for name in ("countries-10m.json", "states-10m.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(Damaged, match=r"countries-10m\.json"):
        Boundaries.open(tmp_path, TABLE)
    nobody = '{"type":"Topology","arcs":[],"objects":{"%s":{"type":"GeometryCollection","geometries":[%s]}}}'
    point = '{"type":"Point","coordinates":[1,1],"id":"484","properties":{"name":"Mexico"}}'
    for name, layer in (("countries-10m.json", "countries"), ("states-10m.json", "states")):
        (tmp_path / name).write_text(nobody % (layer, point))
    with pytest.raises(Damaged, match=r"US-CA.*US-WA"):
        Boundaries.open(tmp_path, TABLE)


def sensitive(practised: tuple[str, ...] = (), **fields: Any) -> bool:
    return is_sensitive(facility((24.94, 60.17), **fields), practised, TABLE)


@pytest.mark.parametrize("kind", list(FacilityKind))
def test_by_kind(kind: FacilityKind) -> None:
    assert sensitive(kind=kind) == (kind.value in {"mental_health", "addiction_treatment", "maternity"})


@pytest.mark.parametrize("id_", sorted(TABLE.sensitive.care))
def test_by_service_and_by_who_works_there(id_: str) -> None:
    care = specialties().get(id_)
    assert sensitive(services=(care.name_es,))
    assert sensitive(services=("x-ray", care.name_en))
    assert sensitive((id_,))
    assert all(sensitive((code,)) for code in care.codes)


def test_what_is_below_a_sensitive_specialty_is_one() -> None:
    assert {"child_psychiatry", "complex_family_planning", "addiction_counselling"} <= TABLE.sensitive.care


@pytest.mark.parametrize(
    "name",
    [
        "Planned Parenthood of Nowhere", "Centro de Salud Mental Imaginario", "CLÍNICA PSIQUIÁTRICA", "Methadone Clinic",
        "Instituto de Fertilidad", "Centro de adicciones", "Päihdeklinikka", "Äitiysneuvola", "Mielenterveystalo", "Atención VIH",
    ],
)  # fmt: skip
def test_by_words(name: str) -> None:
    assert sensitive(name=name)
    assert sensitive(names={"es": name})
    assert sensitive(services=(name,))


@pytest.mark.parametrize(
    "name",
    [
        "Clínica Dental",
        "Hearing Aids Center",
        "Vihdin terveysasema",
        "Corner Drug Store",
        "General Hospital",
        "Fundamental Care",
        "Sidar",
    ],
)
def test_other_words_are_no_matter(name: str) -> None:
    assert not sensitive(name=name, services=("x-ray", "dental cleaning", name))


def test_a_laboratory_is_none_though_it_may_test_for_anything() -> None:
    assert not sensitive(("dermatology", "207N00000X"), kind=FacilityKind.LABORATORY, services=("blood test",))
