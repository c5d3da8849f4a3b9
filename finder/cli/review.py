"""``finder review``: the questions that only a person can decide."""

import click
from rich.markup import escape

from finder.cli.console import ERR, OUT, Errors, current_settings, opened_desk, publish_if_behind, record, system_actor
from finder.domain.admin import Action
from finder.domain.facility import Facility
from finder.domain.review import Decision, ReviewItem
from finder.loading.decide import ANSWERS
from finder.loading.find_doubles import find_doubles
from finder.store import Store

__all__ = ["review"]

SHOWN = 25


class _Answers(Errors):
    """A group whose other words are numbers of questions: ``finder review 12 same``."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0].isdigit():
            return "answer", self.commands["answer"], args
        return super().resolve_command(ctx, args)


@click.group(cls=_Answers, invoke_without_command=True)
@click.pass_context
def review(context: click.Context) -> None:
    """List the questions that wait, or answer one: finder review 12 same

    Is a new facility one that another source gave (same, different)? Are coordinates right though they are far from the
    address (keep, drop)? Until it is decided nothing is merged or lost.
    """
    if context.invoked_subcommand is not None:
        return
    with opened_desk(current_settings()) as desk:
        items = desk.store.reviews()
        for item in items[:SHOWN]:
            _print(item, desk.store)
    if not items:
        OUT.print("Nothing waits for a decision.")
    elif len(items) > SHOWN:
        OUT.print(f"… and {len(items) - SHOWN:,} more.")


@review.command("answer")
@click.argument("item_id", metavar="ID", type=int)
@click.argument("decision", type=click.Choice([one.value for one in Decision]))
def answer(item_id: int, decision: str) -> None:
    """Answer question ID, and publish what follows."""
    settings = current_settings()
    with opened_desk(settings) as desk:
        item = desk.decide(item_id, Decision(decision), system_actor().name)
        published = publish_if_behind(desk)
    record(settings, Action.REVIEW_DECIDE, f"question {item_id}", decision)
    OUT.print(f"Question {item.id}, {escape(item.name)}: {item.decision}.")
    if published:
        OUT.print(published)


@review.command("find")
@click.argument("source")
@click.argument("other")
def find(source: str, other: str) -> None:
    """Compare all of SOURCE with all of OTHER, and ask about what may be one facility. Needs pip install 'finder[registries]'."""
    with opened_desk(current_settings()) as desk, ERR.status("Comparing…"):
        asked = find_doubles(desk.store, source, other)
    OUT.print(f"{asked:,} pairs may be one facility: finder review" if asked else "No pair that may be one facility was found.")


def _print(item: ReviewItem, store: Store) -> None:
    answers = " | ".join(ANSWERS[item.question])
    OUT.print(
        f"[bold]{item.id}[/]  {escape(item.name)} (load {item.load_id}, line {item.line}): {item.question.replace('_', ' ')}?"
    )
    for facility in store.things_by_id(Facility, item.others).values():
        OUT.print(f"      {escape(facility.name)}, {escape(facility.address.line())}")
    if item.said and (address := item.said.address.line()):
        OUT.print(f"      the row: {escape(address)}")
    OUT.print(f"      {escape(' '.join(item.reasons))}\n      finder review {item.id} {escape(f'[{answers}]')}")
