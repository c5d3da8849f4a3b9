"""What a person feels while typing a name: each keystroke is a query. And what an index of names costs to build and to keep.

Names are made up: given and family names drawn by Zipf's law, the frequent ones common in Mexico and the United States, the rare
ones put together from syllables, with as many distinct words as such a register has. Each keystroke of names in the index, a
third of them with a typing error, is one call of ``suggest``; whole names are then looked for with ``search``.

    .venv/bin/python benchmarks/names.py [--names 100000] [--words 40000]
"""

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

from finder.directory.names import NameEntry, NameIndex, build_names

GIVEN = """
    María José Juan Guadalupe Francisco Luis Carlos Jesús Antonio Miguel Ángel Alejandro Manuel Margarita Pedro Roberto
    Fernando Verónica Leticia Rosa Elizabeth Ana Jorge Ricardo Eduardo Javier Martha Sofía Daniel Patricia Laura James Michael
    Robert John David William Richard Joseph Thomas Christopher Mary Jennifer Linda Susan Jessica Sarah Karen Nancy Lisa Sandra
    Ashley Emily Gabriela Claudia Adriana Arturo Raúl Sergio Óscar Mario Héctor Rafael Alberto Enrique Mariana Fernanda Daniela
"""
FAMILY = """
    Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Gómez Morales Vázquez Reyes Jiménez
    Torres Díaz Gutiérrez Ruiz Mendoza Aguilar Ortiz Moreno Castillo Romero Álvarez Méndez Chávez Rivera Juárez Ramos De_la_Cruz
    Domínguez Herrera Medina Castro Vargas Guzmán Velázquez Muñoz Rojas De_León Contreras Salazar Luna Ortega Guerrero Estrada
    Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Thompson White Harris
    Clark Lewis Robinson Walker Young Allen King Wright Scott Nguyen Hill Green Adams Nelson Baker Hall Campbell Mitchell O'Brien
"""
SYLLABLES = """
    ba be bra ca ce cha co cru da de dri du el en er fa fi flo ga go gra gu ha hi jo ju ka ke la le li lo ma me mi mo na ne
    ni no nu o pa pe pi qui ra re ri ro sa se so ta te ti to tri u va ve vi wa we xo ya ze zu
"""
ENDINGS = ("", "", "s", "n", "z", "r", "ez", "son", "man", "ski", "ton", "ley")
LONGEST_SESSION = 18


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=40_000, help="distinct family names; a fifth as many given names")
    parser.add_argument("--sessions", type=int, default=200)
    options = parser.parse_args()
    chance = random.Random(1)  # noqa: S311 - the same names at each run
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "names"
        before_mib = _peak_mib()
        started = time.perf_counter()
        kept: list[str] = []
        build_names(folder, _entries(options.names, options.words, options.sessions, chance, kept))
        print(f"{options.names:,} names built in {time.perf_counter() - started:.1f} s, made up included")
        print(f"peak memory {_peak_mib():,.0f} MiB, {before_mib:,.0f} MiB before")
        print(f"size {sum(path.stat().st_size for path in folder.iterdir()) / 2**20:,.1f} MiB")
        opening = [_timed_ms(lambda: NameIndex.open(folder)) for _ in range(20)]
        print(f"opened in {statistics.median(opening):.2f} ms")
        index = NameIndex.open(folder)
        index.suggest("warm upp", 10)  # compiled code is loaded at the first call
        keystrokes = [text for name in kept for text in _keystrokes(name, chance)]
        _print("suggest, a keystroke", [_timed_ms(lambda text=text: index.suggest(text, 10)) for text in keystrokes])
        _print("search, a whole name", [_timed_ms(lambda name=name: index.search([name], unfinished=False)) for name in kept])
        family = [[name] for name in _words(FAMILY) for _ in range(3)]
        _print(
            "search, a frequent surname", [_timed_ms(lambda name=name: index.search(name, unfinished=False)) for name in family]
        )
        _print("likely, a word", [_timed_ms(lambda name=name: index.likely(name.split()[-1])) for name in kept])


def _entries(count: int, distinct: int, keep: int, chance: random.Random, kept: list[str]) -> Iterator[NameEntry]:
    """Make up entries; ``keep`` of their names are put into ``kept``, evenly."""
    given, family = _with_rare(_words(GIVEN), distinct // 5, chance), _with_rare(_words(FAMILY), distinct, chance)
    given_weights, family_weights = _zipf(len(given)), _zipf(len(family))
    for item in range(count):
        firsts = chance.choices(given, cum_weights=given_weights, k=1 + (chance.random() < 0.4))
        lasts = chance.choices(family, cum_weights=family_weights, k=1 + (chance.random() < 0.5))
        name = " ".join((*firsts, *lasts))
        if item % max(1, count // keep) == 0:
            kept.append(name)
        yield NameEntry(item, (f"Dr. {name}",))


def _words(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


def _with_rare(frequent: list[str], distinct: int, chance: random.Random) -> list[str]:
    rare: dict[str, None] = {}
    syllables = _words(SYLLABLES)
    while len(rare) < distinct - len(frequent):
        rare["".join(chance.choices(syllables, k=chance.choice((2, 3, 3, 4)))).capitalize() + chance.choice(ENDINGS)] = None
    return [*frequent, *rare]


def _zipf(count: int) -> list[float]:
    return list(accumulate(1.0 / (rank + 10.0) for rank in range(count)))


def _keystrokes(name: str, chance: random.Random) -> Iterator[str]:
    """Return what stands in the field after each key."""
    if chance.random() < 1 / 3:
        at = chance.randrange(1, len(name) - 1)
        name = chance.choice((name[:at] + name[at + 1 :], name[:at] + name[at + 1] + name[at] + name[at + 2 :]))
    if chance.random() < 0.5:
        name = name.lower()
    yield from (name[:end] for end in range(1, min(len(name), LONGEST_SESSION) + 1))


def _timed_ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000.0


def _print(what: str, times_ms: list[float]) -> None:
    ranks = statistics.quantiles(times_ms, n=100)
    print(f"{what:<28} {len(times_ms):6,} x  p50 {ranks[49]:7.2f} ms  p95 {ranks[94]:7.2f} ms  p99 {ranks[98]:7.2f} ms")


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


if __name__ == "__main__":
    main()
