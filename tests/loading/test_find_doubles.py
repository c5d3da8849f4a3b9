"""Two whole registries in one store."""

import random
from pathlib import Path

import pytest

from finder.domain.review import Decision, Question
from finder.errors import NotFound
from finder.loading.decide import decide_review
from finder.loading.find_doubles import find_doubles
from finder.loading.load import load_file
from finder.store import Store

HEADER = "id,name,lat,lon,street,house_number,city,state,postcode,country,phone\n"
NAMES = ("San José", "Guadalupe", "del Mar", "Hidalgo", "Morelos", "Juárez", "Los Pinos", "Santa Fe", "La Paz", "Las Flores")


def registry(path: Path, *, moved: bool) -> Path:
    chance = random.Random(3)  # noqa: S311
    lines: list[str] = []
    for number in range(160):
        lat, lon = 32.40 + chance.random() * 0.1, -117.0 + chance.random() * 0.1
        name = f"Clínica {NAMES[number % 10]} {NAMES[number // 16]}"
        # The other registry has the place three kilometres off, farther than a load looks.
        lat += 0.03 if moved else 0.0
        phone = f"664 {200 + number} {1000 + number}"
        street = f"Calle {NAMES[(number * 7) % 10]}"
        lines.append(f"{number},{name},{lat:.6f},{lon:.6f},{street},{100 + number},Tijuana,Baja California,22000,MX,{phone}\n")
    path.write_text(HEADER + "".join(lines), "utf-8")
    return path


def test_what_a_load_cannot_see_becomes_a_question_and_nothing_is_merged(sqlite_store: Store, tmp_path: Path) -> None:
    load_file(registry(tmp_path / "a.csv", moved=False), sqlite_store, source="a")
    load_file(registry(tmp_path / "b.csv", moved=True), sqlite_store, source="b")
    before = sqlite_store.count()
    asked = find_doubles(sqlite_store, "a", "b")
    items = [item for item in sqlite_store.reviews() if item.line == 0]
    assert asked
    assert len(items) == asked
    assert {item.question for item in items} == {Question.SAME}
    assert sqlite_store.count() == before
    decide_review(sqlite_store, items[0].id or 0, Decision.SAME, "test")
    assert sqlite_store.count() == before - 1


def test_a_source_that_tells_nothing_is_named(sqlite_store: Store) -> None:
    with pytest.raises(NotFound, match="a or b"):
        find_doubles(sqlite_store, "a", "b")
