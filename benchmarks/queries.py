"""How well what people type is answered: the labelled queries of both languages, asked of the fictional people and facilities.

    make queries
    make queries ARGS="--misses --language es"

docs/search-quality.md says how the queries were made and when an answer counts as right.
"""

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from finder.directory import FacilityHit
from tests.queries import FIRST, LANGUAGES, Case, Judge, Verdict, cases, demo_snapshot
from tests.query_scores import Scores, alike, share

CONSOLE = Console(highlight=False)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=LANGUAGES, action="append", help="one language only")
    parser.add_argument("--misses", action="store_true", help="list what failed, with what was understood and what came first")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        snapshot = demo_snapshot(Path(folder))
        for language in options.language or LANGUAGES:
            scores = Scores(snapshot, language)
            judge = Judge(snapshot, language)
            held_out = [(case, judge.judge(case)) for case in cases(language, held_out=True)]
            _print_recall(language, scores, held_out)
            _print_invariance(language, scores)
            if options.misses:
                _print_misses(f"{language}: not answered", scores.verdicts)
                _print_misses(f"{language}: held out, not answered", held_out)
                _print_lucky(f"{language}: answered by luck, nothing but needs and places understood", scores.verdicts)
                _print_changed(f"{language}: otherwise without accents or in capitals", scores)
                _print_misses(f"{language}: not answered with one typing error more", scores.typos)


def _print_recall(language: str, scores: Scores, held_out: list[tuple[Case, Verdict]]) -> None:
    table = Table(f"Queries, {language}", "count", f"recall@{FIRST}", "missed", "by luck", box=None, padding=(0, 3, 0, 0))
    groups = {"all": [verdict for _, verdict in scores.verdicts], "held out": [verdict for _, verdict in held_out]}
    for tag, verdicts in {**groups, **scores.by_tag()}.items():
        missed = sum(not verdict.hit for verdict in verdicts)
        lucky = sum(verdict.by_luck for verdict in verdicts)
        recall = _percent(share(verdict.hit for verdict in verdicts))
        table.add_row(tag, f"{len(verdicts):,}", recall, f"{missed:,}", f"{lucky:,}")
    CONSOLE.print(table)
    CONSOLE.print()


def _print_invariance(language: str, scores: Scores) -> None:
    table = Table(f"Typed otherwise, {language}", "variants", "the same", "changed", box=None, padding=(0, 3, 0, 0))

    def add(what: str, same: list[bool]) -> None:
        table.add_row(what, f"{len(same):,}", _percent(share(same)) if same else "-", f"{same.count(False):,}")

    add("without accents", [alike(pair) for pair in scores.accents])
    add("in capitals", [alike(pair) for pair in scores.capitals])
    add("both", [alike(pair) for pair in [*scores.accents, *scores.capitals]])
    add("one typing error more", [verdict.hit for _, verdict in scores.typos])
    add("  of queries without one", [verdict.hit for case, verdict in scores.typos if "typo" not in case.tags])
    add("  of queries with one", [verdict.hit for case, verdict in scores.typos if "typo" in case.tags])
    CONSOLE.print(table)
    CONSOLE.print()


def _print_misses(title: str, verdicts: list[tuple[Case, Verdict]]) -> None:
    by_reason: defaultdict[str, list[tuple[Case, Verdict]]] = defaultdict(list)
    for case, verdict in verdicts:
        if not verdict.hit:
            by_reason[verdict.why].append((case, verdict))
    CONSOLE.print(f"[bold]{title}[/bold]")
    for reason, missed in sorted(by_reason.items(), key=lambda entry: -len(entry[1])):
        CONSOLE.print(f"  {escape(reason)} ({len(missed)})")
        for case, verdict in missed:
            typed = verdict.text if verdict.text == case.q else f"{verdict.text}  ← {case.q}"
            CONSOLE.print(f"    {escape(typed)}", soft_wrap=True)
            CONSOLE.print(f"      wanted {escape(_wanted(case))}; taken for {escape(_taken(verdict))}", soft_wrap=True)
            CONSOLE.print(f"      first: {escape(_first(verdict))}", soft_wrap=True)
    CONSOLE.print()


def _print_lucky(title: str, verdicts: list[tuple[Case, Verdict]]) -> None:
    CONSOLE.print(f"[bold]{title}[/bold]")
    for case, verdict in verdicts:
        if verdict.by_luck:
            CONSOLE.print(f"  {escape(verdict.text)}: wanted {escape(_wanted(case))}", soft_wrap=True)
    CONSOLE.print()


def _print_changed(title: str, scores: Scores) -> None:
    CONSOLE.print(f"[bold]{title}[/bold]")
    for one, other in [*scores.accents, *scores.capitals]:
        if not alike((one, other)):
            CONSOLE.print(f"  {escape(one.text)}: {escape(one.why or 'hit')}, {escape(_taken(one))}", soft_wrap=True)
            CONSOLE.print(f"  {escape(other.text)}: {escape(other.why or 'hit')}, {escape(_taken(other))}", soft_wrap=True)
    CONSOLE.print()


def _wanted(case: Case) -> str:
    want, needs = case.want, case.want.needs
    said: dict[str, object] = {name: getattr(want, name) for name in want.__struct_fields__ if name != "needs"}
    said |= {name: getattr(needs, name) for name in needs.__struct_fields__}
    return ", ".join(f"{name} {_text(value)}" for name, value in said.items() if value)


def _taken(verdict: Verdict) -> str:
    ignored = verdict.found.ignored if verdict.found else ()
    parts = [
        f"{part.kind} {part.value or '?'} ({part.text!r}, {part.score:.2f}{', ignored' if part in ignored else ''})"
        for part in verdict.understood.parts
    ]
    flag = [f"red flag {verdict.understood.red_flag.id}"] if verdict.understood.red_flag else []
    return "; ".join([*flag, *parts]) or "nothing"


def _first(verdict: Verdict) -> str:
    if verdict.found is None or not verdict.found.page.hits:
        return "nothing"
    hit = verdict.found.page.hits[0]
    if isinstance(hit, FacilityHit):
        return f"{hit.facility().name} ({hit.facility().kind})"
    return f"{hit.person.practitioner.name} ({', '.join(hit.person.specialties_of(hit.role))}) at {hit.facility.name}"


def _text(value: object) -> str:
    return "/".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)


def _percent(part: float) -> str:
    return f"{part:.1%}"


if __name__ == "__main__":
    main()
