"""Looking up places by name: cases as data, Tijuana's real names with and without mistakes, and damaged folders."""

import json
import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.place import PlaceKind
from finder.errors import BadInput, Damaged, NotReady
from finder.geo.points import LonLat
from finder.locate.named_place import LEAST_SCORE
from finder.locate.place_index import PlaceIndex, build_place_index
from finder.locate.place_rank import parse_typed
from finder.words.likeness import edits_allowed
from tests.locate.conftest import PLACES, TIJUANA, place

CASES = json.loads((Path(__file__).parent.parent / "cases" / "place_search.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[f"{case['typed']} {case.get('near', '')}".strip() or "blank" for case in CASES])
def test_case(index, case):
    found = index.search(case["typed"], near=LonLat(*case["near"]) if "near" in case else None)
    if case["label"] is None:
        assert found == []
    else:
        assert found[0].place.label() == case["label"]
        assert found[0].score >= LEAST_SCORE


@given(text=st.text(max_size=60) | st.sampled_from(["a" * 5000, "a, " * 2000, "calle " * 500]), limit=st.integers(-1, 5))
def test_never_raises_and_keeps_order_and_bounds(index, text, limit):
    found = index.search(text, limit=limit, near=LonLat(180.0, -90.0))
    scores = [match.score for match in found]
    assert len(found) <= max(0, limit)
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 < score <= 1.0 for score in scores)
    assert found == index.search(text, limit=limit, near=LonLat(180.0, -90.0))


def test_what_is_looked_for_is_bounded():
    """The time of a look-up grows with the words and, where edits are forgiven, steeply with their letters."""
    assert edits_allowed("a" * 40) == 2
    assert edits_allowed("a" * 41) == 0
    assert parse_typed("uno " * 40 + ", dos").words == ("uno",) * 12
    assert len(parse_typed("uno " * 10 + ", " + "dos " * 10).words) == 12


@pytest.mark.parametrize("known", PLACES, ids=lambda known: known.label())
def test_every_place_is_found_by_its_label(index, known):
    assert index.search(known.label())[0].place == known


def without_accents(text):
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)).lower()


def with_a_typo(text, dice):
    at = dice.choice([at for at, letter in enumerate(text) if letter.isalpha()])
    letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
    return dice.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :],
        ]
    )


@pytest.mark.parametrize(
    ("change", "first_floor", "top3_floor"),
    [("own", 0.99, 0.995), ("bare", 0.99, 0.995), ("typo", 0.95, 0.97), ("typo and city", 0.95, 0.97)],
)
def test_tijuanas_colonias_are_found(tijuana_places, tijuana_index, change, first_floor, top3_floor):
    dice = random.Random(change)  # noqa: S311 - a seed, so that every run makes the same mistakes
    colonias = [known.name for known in tijuana_places if known.kind is PlaceKind.NEIGHBOURHOOD]
    assert len(colonias) > 800
    first = top3 = 0
    for name in colonias:
        typed = {
            "own": lambda name: name,
            "bare": without_accents,
            "typo": lambda name: with_a_typo(name, dice),
            "typo and city": lambda name: f"{with_a_typo(name, dice)}, Tijuana",
        }[change](name)
        found = [match.place.name for match in tijuana_index.search(typed, limit=3)]
        first += found[:1] == [name]
        top3 += name in found
    assert first / len(colonias) >= first_floor
    assert top3 / len(colonias) >= top3_floor


def test_tijuanas_postcodes_are_found_exactly(tijuana_places, tijuana_index):
    postcodes = [known for known in tijuana_places if known.kind is PlaceKind.POSTCODE]
    assert len(postcodes) == 182
    for known in postcodes:
        match = tijuana_index.search(known.name)[0]
        assert match.place.name == known.name
        assert match.score > 0.85


def test_a_postcode_is_never_guessed_at(index):
    assert all(match.place.name != "01000" for match in index.search("01001 "))
    assert [match.place.name for match in index.search("0100")] == ["01000"]


def test_the_nearest_of_thousands_of_one_name_comes_first(tmp_path):
    towns = [place("Centro", "neighbourhood", lon / 4, lat / 4, 500.0) for lon in range(-80, 80, 2) for lat in range(-80, 80, 2)]
    assert build_place_index(tmp_path / "index", towns) == len(towns)
    opened = PlaceIndex.open(tmp_path / "index")
    assert len(opened) == len(towns)
    for known in towns[:: len(towns) // 50]:
        near = LonLat(known.lon_lat.lon + 0.1, known.lon_lat.lat - 0.1)
        assert opened.search("centro", near=near)[0].place == known


def test_the_same_place_in_two_files_counts_once(tmp_path):
    first = place("San José", "city", -109.7, 23.06, 3000.0, source="first")
    places = [
        first,
        place("SAN JOSE", "city", -109.71, 23.07, 2000.0, source="again, within the radius"),
        place("San José", "city", -109.7, 24.06, 3000.0, source="another, far away"),
        place("San José", "neighbourhood", -109.7, 23.06, 3000.0, source="another kind"),
        place("Juárez", "street", -117.0, 32.5, 900.0, **TIJUANA),
        place("Juárez", "street", -117.001, 32.5, 900.0, city="Rosarito", country="MX"),
        place("Juárez", "street", -117.002, 32.5, 900.0),
        place("…", "street", -117.0, 32.5),
    ]
    assert build_place_index(tmp_path / "index", places) == 5
    found = PlaceIndex.open(tmp_path / "index").search("San Jose")
    assert found[0].place == first
    assert len(found) == 3


def test_an_index_without_places(tmp_path):
    assert build_place_index(tmp_path / "index", []) == 0
    assert PlaceIndex.open(tmp_path / "index").search("Tijuana") == []


def test_the_index_is_built_in_an_empty_folder_only(tmp_path):
    (tmp_path / "other").write_text("x")
    with pytest.raises(BadInput, match="not empty"):
        build_place_index(tmp_path, PLACES)


def test_no_folder_is_not_ready(tmp_path):
    with pytest.raises(NotReady, match="finder"):
        PlaceIndex.open(tmp_path / "none")
    with pytest.raises(NotReady):
        PlaceIndex.open(tmp_path)


def test_an_unfinished_index_does_not_open(tmp_path):
    def breaking():
        yield PLACES[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        build_place_index(tmp_path / "index", breaking())
    with pytest.raises(Damaged, match="not finished"):
        PlaceIndex.open(tmp_path / "index")


def test_every_damaged_file_is_noticed(tmp_path):
    folder = tmp_path / "index"
    build_place_index(folder, PLACES)
    files = [path for path in folder.iterdir() if not path.name.endswith(".lock")]
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(Damaged):
            PlaceIndex.open(folder)
        path.unlink()
        with pytest.raises(Damaged):
            PlaceIndex.open(folder)
        path.write_bytes(content)
    assert PlaceIndex.open(folder).search("Tijuana")
