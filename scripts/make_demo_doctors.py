"""Write the demo's doctors: ``python scripts/make_demo_doctors.py [FOLDER]``, by default into ``data/facilities``.

Nobody in these files exists. Real are the codes of the provider taxonomy (NUCC) and the sort of given and family names, so that
people are found as patients look for them ("dra sofia hernandez", "dr nguyen"). A word of make-believe stands in every name (the
mother's family name in Tijuana, the middle name in San Diego), "ficticio" or "fictional" in every credential; the phones are
among those that the numbering plan keeps for fiction, and there is neither NPI nor cédula. The same seed gives the same bytes on
every machine: the draws use nothing but ``Random.random``, whose values Python promises not to change.
"""

import csv
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
FACILITIES = HERE.parent / "data" / "facilities"
SIDES = ("tijuana", "san_diego")
SEED = 20263847
FIRST_DAY, RECENT_DAY, LAST_DAY = date(2024, 9, 1), date(2026, 8, 1), date(2026, 11, 20)
"""When rows were verified: most since the recent day, some so long ago that they count as stale."""
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
SHIFTS = (
    *("Mo-Fr 08:00-14:00", "Mo-Fr 09:00-17:00", "Mo-Fr 08:00-13:00", "Mo-Fr 10:00-18:00", "Mo,We,Fr 09:00-13:00"),
    *("Tu,Th 09:00-15:00", "Mo-Fr 16:00-20:00", "Mo-Th 10:00-14:00", "Mo-Sa 09:00-13:00"),
)
FEW_HOURS = ("Sa 09:00-13:00", "Tu,Th 16:00-20:00", "Tu,Th 16:00-18:00", "We,Fr 10:00-13:00")
"""At the second place where somebody works."""
ROUND_THE_CLOCK = ("Mo-Su 07:00-19:00", "Mo-Su 19:00-07:00", "24/7")
AT_A_DISTANCE = frozenset({"primary", "adult", "child", "women", "hospital", "mind", "addiction"})
"""Groups of which some see patients by video."""
DOCTORS = frozenset(["MD", "DO", "DDS", "DMD", "PsyD", "PhD", "OD", "DPM", "DC", "AuD", "DPT"])


class Speciality(NamedTuple):
    """A taxonomy code, how many people have it on each side, and the group of facilities at which they may be."""

    code: str
    tijuana: str
    san_diego: str
    group: str
    credential: str
    title: str


class Name(NamedTuple):
    """A name in the order of its columns, and the language that it comes from."""

    given: str
    second: str
    third: str
    woman: bool
    language: str


class Bag:
    """Draws each of the words once, in an order of chance, then each once again. An underscore is a space."""

    def __init__(self, random: Random, words: Sequence[str]) -> None:
        self._random, self._words, self._left = random, words, list[str]()

    def draw(self) -> str:
        """The next word."""
        self._left = self._left or list(self._words)
        return self._left.pop(int(self._random.random() * len(self._left))).replace("_", " ")


def main() -> None:
    """Write both files into the folder of the command line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FACILITIES
    words = tomllib.loads((HERE / "demo_doctors.toml").read_text("utf-8"))
    for side in SIDES:
        with (folder / f"{side}_doctors.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(words[side]["header"])
            table.writerows(rows_of(side, words))


def rows_of(side: str, words: dict[str, Any]) -> Iterator[list[str]]:
    """The rows of one side's file, one for each place where somebody works, in the order of its header."""
    random = Random(f"{SEED} {side}")  # noqa: S311 - no secret
    here: dict[str, Any] = words[side]
    names = names_tijuana(random, words) if side == "tijuana" else names_san_diego(random, words)
    hours = hours_of(side)
    number = 0
    for speciality in (Speciality(*line.split()) for line in words["specialities"].strip().splitlines()):
        for _ in range(int(getattr(speciality, side))):
            number += 1
            name = next(names)
            person = [
                *(f"FICT-{here['prefix']}-{number:03}", title(side, speciality, name), name.given, name.second, name.third),
                *(credential(side, speciality, name), gender(side, name), speciality.code),
                languages(random, side, name, words["names_tijuana"]["other_languages"]),
            ]
            verified = day(random)
            for nth, place in enumerate(
                places(random, [f"{here['prefix']}-{at}" for at in here["places"][speciality.group].split()])
            ):
                yield [
                    *(*person, place, side, phone(random, here["area_codes"])),
                    consulting_hours(random, speciality.group, hours[place], few=nth > 0),
                    "; ".join(dict.fromkeys(pick(random, here["plans"]) for _ in range(int(random.random() * 4)))),
                    answer(random, side, yes=0.58, no=0.24),
                    answer(random, side, yes=0.4, no=0.35) if speciality.group in AT_A_DISTANCE else "no",
                    verified,
                ]


def names_tijuana(random: Random, words: dict[str, Any]) -> Iterator[Name]:
    """Given name, father's and mother's family name; some families come three times as often, as they do in life."""
    ours = words["names_tijuana"]
    often = ours["families"].split()[:16]
    family, dream = Bag(random, ours["families"].split() + often * 2), Bag(random, words["dreams"]["tijuana"].split())
    women, men = Bag(random, ours["women"].split()), Bag(random, ours["men"].split())
    while True:
        woman = random.random() < 0.5
        yield Name((women if woman else men).draw(), family.draw(), dream.draw(), woman, "es")


def names_san_diego(random: Random, words: dict[str, Any]) -> Iterator[Name]:
    """Given, middle and family name, of the languages that are spoken there."""
    ours = words["names_san_diego"]
    language = Bag(random, [tag for tag, some in ours.items() for _ in range(some["weight"])])
    dream = Bag(random, words["dreams"]["san_diego"].split())
    bags = {tag: {key: Bag(random, some[key].split()) for key in ("women", "men", "families")} for tag, some in ours.items()}
    while True:
        woman = random.random() < 0.5
        tag = language.draw()
        yield Name(bags[tag]["women" if woman else "men"].draw(), dream.draw(), bags[tag]["families"].draw(), woman, tag)


def title(side: str, speciality: Speciality, name: Name) -> str:
    """What stands before the name."""
    if side == "san_diego":
        return "Dr." if speciality.credential in DOCTORS else ""
    return {"Dr": "Dra." if name.woman else "Dr."}.get(speciality.title, speciality.title)


def credential(side: str, speciality: Speciality, name: Name) -> str:
    """What stands behind the name, which says that nobody is called so."""
    if side == "san_diego":
        return f"{speciality.credential} (fictional)"
    return "ficticia" if name.woman else "ficticio"


def gender(side: str, name: Name) -> str:
    """In the language of the file."""
    if side == "san_diego":
        return "female" if name.woman else "male"
    return "mujer" if name.woman else "hombre"


def languages(random: Random, side: str, name: Name, others: Sequence[str]) -> str:
    """What is spoken: that of the place, often that of the other side or of the family."""
    if side == "tijuana":
        spoken = ["español", *["inglés"] * (random.random() < 0.55), *[pick(random, others)] * (random.random() < 0.12)]
    else:
        spoken = ["en", *[name.language] * (random.random() < 0.85), *["es"] * (random.random() < 0.4)]
        spoken += ["ase"] * (random.random() < 0.05)
    return "; ".join(dict.fromkeys(spoken))


def places(random: Random, of_group: Sequence[str]) -> list[str]:
    """Where somebody works: one of the group's places, for some people two."""
    first = pick(random, of_group)
    others = [place for place in of_group if place != first]
    return [first, pick(random, others)] if others and random.random() < 0.42 else [first]


def phone(random: Random, area_codes: Sequence[str]) -> str:
    """A number that is kept for fiction, or none."""
    number = f"{pick(random, area_codes)}-555-01{int(random.random() * 100):02}"
    return number if random.random() < 0.75 else ""


def consulting_hours(random: Random, group: str, opening_hours: str, *, few: bool) -> str:
    """Hours in OpenStreetMap's grammar, within those of the place; some are not known."""
    if random.random() < 0.08:
        return ""
    if group == "emergency":
        return pick(random, ROUND_THE_CLOCK)
    fitting = [hours for hours in (FEW_HOURS if few else SHIFTS) if fits(hours, opening_hours)]
    return pick(random, fitting) if fitting else opening_hours


def fits(hours: str, opening_hours: str) -> bool:
    """Whether a place with these opening hours, of the plain sort in the sample files, is open during all of ``hours``."""
    if opening_hours == "24/7":
        return True
    open_spans = list(spans(opening_hours))
    wanted = [(day, start, end) for days, start, end in spans(hours) for day in days]
    return all(
        any(day in days and opens <= start and end <= closes for days, opens, closes in open_spans) for day, start, end in wanted
    )


def spans(hours: str) -> Iterator[tuple[set[str], str, str]]:
    """Days, start and end of each span."""
    for rule in hours.split("; "):
        written, times = rule.split(" ")
        days = set[str]()
        for part in written.split(","):
            first, _, last = part.partition("-")
            days.update(DAYS[DAYS.index(first) : DAYS.index(last or first) + 1])
        for time in times.split(","):
            start, end = time.split("-")
            yield days, start, end


def answer(random: Random, side: str, *, yes: float, no: float) -> str:
    """A yes, a no or nothing, with these chances."""
    drawn = random.random()
    return ("sí" if side == "tijuana" else "yes") if drawn < yes else "no" if drawn < yes + no else ""


def day(random: Random) -> str:
    """When somebody is said to have verified the row."""
    start = RECENT_DAY if random.random() < 0.65 else FIRST_DAY
    return (start + timedelta(days=int(random.random() * ((LAST_DAY - start).days + 1)))).isoformat()


def hours_of(side: str) -> dict[str, str]:
    """The opening hours of the side's facilities, by their numbers."""
    with (FACILITIES / f"{side}.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["horario" if side == "tijuana" else "opening_hours"] for row in csv.DictReader(file)}


def pick[T](random: Random, options: Sequence[T]) -> T:
    """One of the options."""
    return options[int(random.random() * len(options))]


if __name__ == "__main__":
    main()
