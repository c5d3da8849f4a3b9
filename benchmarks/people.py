"""What the people of a whole country cost: written, opened and read in processes of their own, with peak memory of each.

    python benchmarks/people.py --people 2000000

Writes a whole snapshot of generated practitioners, 1.2 roles each at 200,000 facilities, of
2,000 plans and with 500 sorts of hours by Zipf's law; then a fresh process opens it, reads
and searches at random, and at last touches every page that it has mapped.
"""

import argparse
import ctypes
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import batched, islice
from pathlib import Path
from typing import cast

import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from finder.directory import OpenWish, Search, Snapshot, Sort, Wanted, What, find, understood_in
from finder.directory.suggest import suggest
from finder.directory.warm import warm_up
from finder.directory.write import write_snapshot
from finder.domain.facility import Address, Facility, FacilityKind, Provenance, facility_ids
from finder.domain.practitioner import Gender, Practitioner, Role
from finder.geo.points import LonLat
from finder.locate.position import stated_position
from finder.store import Store

FACILITIES = 200_000
CITIES = ((-117.04, 32.51), (-117.16, 32.72), (-99.13, 19.43), (-103.35, 20.67), (-100.31, 25.67), (-118.24, 34.05))
READS = 20_000
SEARCHES = 1_000
PAGE = 4096
SPECIALTIES = ("207R00000X", "208000000X", "207Q00000X", "207RC0000X", "2084P0800X", "1223G0001X", "363L00000X", "225100000X")
PLANS = 2_000
HOURS = 500
LANGUAGES = tuple(f"q{first}{second}" for first in "abcdefgh" for second in "abcdefgh")
SYLLABLES = ("ra", "mi", "sa", "lo", "pe", "gon", "der", "vi", "ta", "no", "ber", "ca", "zu", "man", "tor", "ve", "li", "dez")


def main() -> None:
    """Measure and print a table; with ``--step`` be one of the processes that are measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, help="keep the files here instead of in a folder that is removed")
    parser.add_argument("--step", choices=list(STEPS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        figures = STEPS[options.step](options.folder, options.people)
        sys.stdout.write(msgspec.json.encode({**figures, "peak memory": _mib(_status("VmHWM"))}).decode())
        return
    table = Table("Process", "What", "Figure", title=f"{options.people:,} people", box=None, padding=(0, 3, 0, 0))
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        for step in STEPS:
            command = [sys.executable, __file__, "--step", step, "--people", str(options.people), "--folder", str(folder)]
            answer = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
            for what, figure in msgspec.json.decode(answer, type=dict[str, str]).items():
                table.add_row(step, what, figure)
    Console(highlight=False).print(table)


class _Made:
    """Stands where publishing has the store: what it reads of one, generated."""

    def __init__(self, people: int) -> None:
        self._people = people

    def revision(self) -> str:
        """Return a mark, as of a store that never changes."""
        return "made"

    def facilities(self) -> Iterator[Facility]:
        """Yield the facilities in the order of their ids."""
        chance, hours = random.Random(4), _hours()  # noqa: S311
        for id_ in sorted(facility_ids("bench", map(str, range(FACILITIES)))):
            lon, lat = chance.choice(CITIES)
            yield Facility(
                id=id_,
                kind=chance.choice(list(FacilityKind)),
                name=f"Clínica {chance.choice(SYLLABLES)}{chance.choice(SYLLABLES)} {chance.randrange(9999)}",
                lon_lat=LonLat(lon + chance.gauss(0, 0.2), lat + chance.gauss(0, 0.2)),
                address=Address(city="Tijuana", state="BC", country="MX"),
                opening_hours=_one_of(hours, chance),
                time_zone="America/Tijuana",
                languages=("es",),
            )

    def things(self, _thing: type[Practitioner]) -> Iterator[Practitioner]:
        """Yield the practitioners."""
        return _practitioners(self._people)

    def located_roles(self) -> Iterator[Role]:
        """Yield their roles."""
        return _roles(self._people)


def _write(folder: Path, people: int) -> dict[str, str]:
    started = time.perf_counter()
    write_snapshot(folder, 1, cast(Store, _Made(people)), ())
    taken_s = time.perf_counter() - started
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {"written, with generating it": f"{taken_s:.0f} s", "files": _mib(size)}


def _read(folder: Path, people: int) -> dict[str, str]:
    warm_up()
    figures = {"memory before opening": _mib(_status("VmRSS"))}
    started = time.perf_counter()
    snapshot = Snapshot.open(folder)
    figures["opened"] = f"{(time.perf_counter() - started) * 1000:.1f} ms"
    opened = snapshot.people
    figures["people, listings"] = f"{len(opened):,}, {len(opened.listings.person):,}"
    chance = random.Random(3)  # noqa: S311 - the same at each run
    rows = [chance.randrange(people) for _ in range(READS)]
    ids = [opened.id_at(row) for row in rows]
    told = [opened.person_at(row).practitioner.name.split()[1:3] for row in rows[:SEARCHES]]
    figures["person by id"] = _timed(ids, opened.person)
    figures["who works at a facility"] = _timed([row % FACILITIES for row in rows], opened.listings_at_facility)
    here = [stated_position(snapshot.facility_at(row % FACILITIES).lon_lat) for row in rows[:SEARCHES]]
    noon = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    plans = snapshot.plans
    cases: dict[str, Search] = {
        "nearest cardiologists": Search(position=here[0], what=What.PRACTITIONERS, care=("cardiology",)),
        "… open, of a plan": Search(
            position=here[0],
            what=What.PRACTITIONERS,
            care=("cardiology",),
            open=OpenWish.NOW,
            wanted=Wanted(plan=plans.all[0].id),
        ),
        "… of a plan in the middle": Search(
            position=here[0], what=What.PRACTITIONERS, care=("cardiology",), wanted=Wanted(plan=plans.all[len(plans) // 40].id)
        ),
        "… of the plan fewest take": Search(
            position=here[0], what=What.PRACTITIONERS, care=("cardiology",), wanted=Wanted(plan=plans.all[-1].id)
        ),
        "facilities of a plan in the middle": Search(
            position=here[0], what=What.FACILITIES, wanted=Wanted(plan=plans.all[len(plans) // 40].id)
        ),
        "practitioners of a rare language": Search(
            position=here[0], what=What.PRACTITIONERS, wanted=Wanted(languages=frozenset({LANGUAGES[-1]}))
        ),
        "practitioners of another gender": Search(position=here[0], what=What.PRACTITIONERS, wanted=Wanted(gender=Gender.OTHER)),
        "… the best": Search(position=here[0], what=What.PRACTITIONERS, care=("cardiology",), sort=Sort.BEST),
    }
    for what, search in cases.items():
        asked = [replace(search, position=position) for position in here]
        figures[what] = _timed(asked, lambda one: find(snapshot, one, noon))
    named = [Search(position=at, what=What.PRACTITIONERS, name=" ".join(name)) for at, name in zip(here, told, strict=True)]
    figures["two words of a name"] = _timed(named, lambda one: find(snapshot, one, noon))
    mistyped = [replace(one, name=f"{one.name[:-2]}x{one.name[-1]}") for one in named]
    figures["with a typo"] = _timed(mistyped, lambda one: find(snapshot, one, noon))
    started_only = [" ".join([given, family[:4]]) for given, family in told]
    figures["suggestions"] = _timed(started_only, lambda typed: suggest(snapshot, typed, "es", 8))
    figures["peak memory after these"] = _mib(_status("VmHWM"))
    chosen = [plans.all[row % len(plans)].label() for row in rows[:SEARCHES]]
    figures["a plan by its name"] = _timed(chosen, lambda typed: plans.find([typed]))
    figures["words that name a plan"] = _timed(chosen, lambda typed: understood_in(snapshot, f"cardiólogo que acepte {typed}"))
    _touch_every_page_of(folder)
    figures["of it files, every page touched"] = _mib(_status("RssFile"))
    return figures


STEPS: dict[str, Callable[[Path, int], dict[str, str]]] = {"write": _write, "read": _read}


def _practitioners(count: int) -> Iterator[Practitioner]:
    chance = random.Random(1)  # noqa: S311
    parts = [_word(chance) for _ in range(40_000)]
    told = {
        field: Provenance("bench", date(2026, 11, 1))
        for field in ("name", "given", "family", "credential", "specialties", "languages", "gender", "identifiers")
    }
    for some in batched(range(count), 10_000):
        for number, id_ in zip(some, facility_ids("practitioner:npi", map(str, some)), strict=True):
            # Squared: some names are common and most are rare.
            given, family, mother = (parts[int(chance.random() ** 2 * most)] for most in (2_000, 40_000, 40_000))
            yield Practitioner(
                id=id_,
                name=f"Dra. {given} {family} {mother}",
                given=given,
                family=f"{family} {mother}",
                credential="MD",
                specialties=(chance.choice(SPECIALTIES),),
                languages=("es", "en", _one_of(LANGUAGES, chance)),
                gender=Gender.OTHER if chance.random() < 0.001 else chance.choice((Gender.FEMALE, Gender.MALE)),
                identifiers={"npi": str(1_000_000_000 + number)},
                provenance=told,
            )


def _roles(people: int) -> Iterator[Role]:
    chance, plans, hours = random.Random(2), _plans(), _hours()  # noqa: S311
    facilities = facility_ids("bench", map(str, range(FACILITIES)))
    told = {
        field: Provenance("bench", date(2026, 11, 1))
        for field in ("phones", "opening_hours", "plans", "accepting_new_patients", "identifiers")
    }
    for some in batched(range(people * 6 // 5), 10_000):
        persons = facility_ids("practitioner:npi", (str(number % people) for number in some))
        for practitioner, role in zip(persons, facility_ids("role", map(str, some)), strict=True):
            yield Role(
                id=role,
                practitioner_id=practitioner,
                facility_id=chance.choice(facilities),
                phones=("+526645550100",),
                opening_hours=_one_of(hours, chance),
                plans=(_one_of(plans, chance),),
                accepting_new_patients=chance.random() < 0.5,
                identifiers={"npi": practitioner},
                provenance=told,
            )


def _plans() -> list[str]:
    """Names of plans, the first of which the most take."""
    chance = random.Random(5)  # noqa: S311
    made = [f"{chance.choice(('Plan', 'Seguro', 'Salud'))} {_word(chance)} {_word(chance)}" for _ in range(PLANS)]
    return [f"{name} / Red {_word(chance)}" if chance.random() < 0.3 else name for name in made]


def _hours() -> list[str]:
    """Hours of which no two are the same."""
    each = ((day, opens, closes) for day in range(7) for opens in range(6, 14) for closes in range(14, 23))
    days = ("Mo-Fr", "Mo-Sa", "Mo-Su", "Tu-Sa", "Mo-Th", "Mo,We,Fr", "We-Su")
    return [f"{days[day]} {opens:02}:00-{closes:02}:30; Su 10:00-12:00" for day, opens, closes in islice(each, HOURS)]


def _one_of[T](values: Sequence[T], chance: random.Random) -> T:
    """One of the values by Zipf's law: the second half as often as the first, the third a third as often."""
    return values[int((len(values) + 1) ** chance.random()) - 1]


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).capitalize()


def _timed[T](asked: list[T], answer: Callable[[T], object]) -> str:
    times_us: list[float] = []
    for each in asked:
        started = time.perf_counter()
        answer(each)
        times_us.append((time.perf_counter() - started) * 1e6)
    cuts = statistics.quantiles(times_us, n=100)
    return f"p50 {cuts[49]:,.0f} µs, p99 {cuts[98]:,.0f} µs"


def _touch_every_page_of(folder: Path) -> None:
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        span, *_, name = line.split(maxsplit=5)
        if name.startswith(str(folder.resolve())):
            start, end = (int(address, 16) for address in span.split("-"))
            for address in range(start, end, PAGE):
                ctypes.string_at(address, 1)


def _status(field: str) -> int:
    """A figure of Linux about this process, in bytes."""
    found = re.search(rf"^{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


if __name__ == "__main__":
    main()
