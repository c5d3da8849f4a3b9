"""``finder requests``: what people ask by letter or e-mail about their data, and until when it is to be answered."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click
import msgspec
from rich.markup import escape
from rich.table import Table

from finder.cli.console import OUT, Errors, current_settings, existing_store, opened_store, record
from finder.config import Settings
from finder.domain.admin import Action
from finder.domain.consent import Purpose
from finder.domain.rights import Law, MailRequest, Outcome, RequestKind
from finder.errors import BadInput
from finder.notices.visits import plain_state
from finder.privacy.desk import ConsentDesk
from finder.privacy.mail import MailDesk
from finder.privacy.receipts import ReceiptKey
from finder.privacy.rights import RightsDesk
from finder.store.consents import ConsentLedger

__all__ = ["requests"]

_SOON_DAYS = 5


@click.group(cls=Errors)
def requests() -> None:
    """Requests about personal data that came by letter or e-mail. What people ask in the privacy centre is done at once."""


def _whose(command: click.decorators.FC) -> click.decorators.FC:
    """Let a command be told whose data, by an option that shows nothing in the shell's history or by one that may."""
    command = click.option("--key", "has_key", is_flag=True, help="Ask for the person's key (fs_…), which is then not shown.")(
        command
    )
    return click.option("--subject", metavar="SUBJECT", help="Whose data: as the person's privacy centre shows it.")(command)


@requests.command("list")
@click.option("--all", "answered", is_flag=True, help="Those too that were answered.")
def list_requests(answered: bool) -> None:
    """List the requests that wait, the one that is due first before others; what is overdue is red."""
    with _opened(current_settings(), only_reads=True) as desk:
        known, today = desk.listed(answered=answered), desk.today()
    if not known:
        OUT.print("No request waits.")
        return
    table = Table(
        "Id", "Due", "Days left", "Kind", "Law", "Received", "Reference", "Person", "State", box=None, padding=(0, 2, 0, 0)
    )
    for request in known:
        table.add_row(
            str(request.id),
            f"{request.due_on}",
            "" if request.answered_on else str((request.due_on - today).days),
            request.kind,
            request.law,
            f"{request.received_on}",
            escape(request.reference),
            request.subject[:12] if request.subject else "",
            _state(request, today),
            style=_style(request, today),
        )
    OUT.print(table)


@requests.command("add")
@click.option("--kind", type=click.Choice([kind.value for kind in RequestKind]), required=True)
@click.option("--law", type=click.Choice([law.value for law in Law]), required=True, help="By which it is answered.")
@click.option("--received", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Default: today.")
@click.option("--reference", required=True, metavar="NUMBER", help="Where the letter is filed, such as 2026/114; no name.")
@click.option("--again", is_flag=True, help="Though there is a request of this kind and reference already.")
@_whose
def add(
    *, kind: str, law: str, received: datetime | None, reference: str, again: bool, subject: str | None, has_key: bool
) -> None:
    """Enter a request; its law says until when it is to be answered."""
    settings = current_settings()
    with _opened(settings) as desk:
        added = desk.add(
            RequestKind(kind),
            Law(law),
            received_on=received.date() if received else desk.today(),
            reference=reference,
            whose=_said(subject, has_key=has_key),
            again=again,
        )
    record(settings, Action.REQUEST_ADD, _named(added.id), f"done: {added.kind}, {added.law}")
    OUT.print(f"Request {added.id} is to be answered by {added.due_on}.")


@requests.command("answer")
@click.argument("request_id", type=int, metavar="ID")
@click.argument("outcome", type=click.Choice([outcome.value for outcome in Outcome]))
def answer(request_id: int, outcome: str) -> None:
    """Enter that the request ID was answered today, and how."""
    settings = current_settings()
    with _opened(settings) as desk:
        answered = desk.answer(request_id, Outcome(outcome))
    record(settings, Action.REQUEST_ANSWER, _named(request_id), f"done: {outcome}")
    late = " It was overdue." if answered.answered_on and answered.answered_on > answered.due_on else ""
    OUT.print(f"Request {request_id} is answered: {outcome}.{late}")


@requests.command("export")
@click.argument("request_id", type=int, metavar="ID")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A new file, for you alone. Default: show it.",
)
@_whose
def export(request_id: int, output: Path | None, subject: str | None, has_key: bool) -> None:
    """Write all that is held about the person of the request ID, for access, as JSON.

    What the person saved can be read only with the person's key.
    """
    settings = current_settings()
    with _opened(settings) as desk:
        held = desk.export(request_id, _said(subject, has_key=has_key))
    record(settings, Action.REQUEST_EXPORT, _named(request_id), "done")
    text = msgspec.json.format(msgspec.json.encode(held))
    if output is None:
        click.echo(text)
        return
    try:
        # New, so that no mode, link or open reader of a file that was there lets anybody else read it.
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - with its mode
            file.write(text + b"\n")
    except OSError as error:
        raise BadInput(f"{output} cannot be written: {error.strerror}.") from error
    OUT.print(f"Written to {escape(str(output))}. Delete it once it is sent.")


@requests.command("erase")
@click.argument("request_id", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask whether to erase.")
@_whose
def erase(request_id: int, yes: bool, subject: str | None, has_key: bool) -> None:
    """Erase all that is held about the person of the request ID, for cancellation. It cannot be undone."""
    settings = current_settings()
    whose = _said(subject, has_key=has_key)
    if not yes:
        click.confirm("Erase all that is held about this person?", abort=True)
    with _opened(settings) as desk:
        receipt = desk.erase(request_id, whose)
    record(settings, Action.REQUEST_ERASE, _named(request_id), "done")
    OUT.print(f"Erased: {receipt.erased} rows, on {receipt.at:%Y-%m-%d %H:%M} UTC. Line {receipt.seq} of the ledger says so.")
    if receipt.signed:
        OUT.print("The receipt for the person:")
        click.echo(receipt.signed)


@requests.command("oppose")
@click.argument("request_id", type=int, metavar="ID")
@click.option(
    "--purpose",
    "purposes",
    type=click.Choice([purpose.value for purpose in Purpose]),
    multiple=True,
    required=True,
    help="To what the person objects; repeat it for several.",
)
@_whose
def oppose(request_id: int, purposes: tuple[str, ...], subject: str | None, has_key: bool) -> None:
    """Take back what the person of the request ID, of opposition, had agreed to."""
    settings = current_settings()
    with _opened(settings) as desk:
        taken_back = desk.oppose(request_id, [Purpose(purpose) for purpose in purposes], _said(subject, has_key=has_key))
    record(settings, Action.REQUEST_OPPOSE, _named(request_id), "done")
    OUT.print(f"Taken back: {', '.join(taken_back)}." if taken_back else "The person had agreed to none of it.")


@contextmanager
def _opened(settings: Settings, *, only_reads: bool = False) -> Generator[MailDesk]:
    """The desk, with the store's tables made or brought up to date, unless it ``only_reads``."""
    url = settings.store_url
    with (
        existing_store(settings) if only_reads else opened_store(settings),
        ConsentLedger.open(url, settings.revisions_path) as ledger,
        RightsDesk.open(url, ConsentDesk(ledger), ReceiptKey(settings.keys_dir), plain_state=plain_state) as rights,
    ):
        yield MailDesk(rights)


def _said(subject: str | None, *, has_key: bool) -> str | None:
    """Whose data, as it was given: a key is asked for, so that it stands in no history and no list of processes."""
    if has_key and subject:
        raise BadInput("Give --key or --subject, not both.")
    return click.prompt("The person's key", hide_input=sys.stdin.isatty()).strip() if has_key else subject


def _named(request_id: int) -> str:
    return f"request {request_id}"


def _state(request: MailRequest, today: date) -> str:
    if request.answered_on:
        return f"{request.outcome} {request.answered_on}"
    return "overdue" if request.is_overdue(today) else "waits"


def _style(request: MailRequest, today: date) -> str | None:
    if request.answered_on:
        return "dim"
    if request.is_overdue(today):
        return "bold red"
    return "yellow" if (request.due_on - today).days <= _SOON_DAYS else None
