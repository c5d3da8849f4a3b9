"""Serve a city, let a marked person visit it, and look for the marks in all that is left: after the visit, and after erasure."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from tests.proof.left import copies_of_a_row, kept_of, rows_of
from tests.proof.marks import Mark, address_mark, network_mark, position_mark, secret_mark
from tests.proof.places import Looked, look, new_hits
from tests.proof.visit import (
    APP_REDIRECT,
    CHROMIUM,
    HERE,
    NETWORK_V4,
    NETWORK_V6,
    PLACE_NAME,
    PLACE_TYPED,
    Visited,
    visit_by_api,
    visit_in_browser,
)
from tests.server import serving

OUT = Console(highlight=False, width=120)
_LEAST_KEPT = 2
"""The sealed place and the signed receipt of the app."""
PERSON = (
    position_mark("the position", HERE),
    network_mark("the address (IPv6)", NETWORK_V6),
    network_mark("the address (IPv4)", NETWORK_V4),
    address_mark("the name of the saved place", PLACE_NAME),
    address_mark("the place that was typed", PLACE_TYPED),
)


def main() -> int:
    """Return 0 if nothing is found, 1 with a list of what is."""
    with tempfile.TemporaryDirectory(prefix="finder-proof-") as folder:
        return prove(Path(folder))


def prove(folder: Path) -> int:
    """The whole of it, in an empty folder, which gets the finder's data, its temporary files and what it prints."""
    data, temporary, printed = folder / "data", folder / "tmp", folder / "printed"
    for each in (temporary, printed):
        each.mkdir()
    os.environ |= {"TMPDIR": str(temporary), "XDG_CACHE_HOME": str(folder / "cache"), "FINDER_DATA_DIR": str(data)}
    OUT.print("Preparing the demo's city in an empty folder …")
    _finder("demo", "--no-serve")
    added = ("--homepage", "https://app.example/", "--contact", "mail@app.example", "--redirect", APP_REDIRECT)
    client_id = _finder("apps", "add", "App", *added, "--scope", "places.read", "--scope", "consents.read").split()[-1]
    before = look([folder], PERSON)
    sees = _sees_what_is_there(folder)
    database = data / "finder.sqlite"
    with (
        (printed / "serve.txt").open("w") as output,
        serving(data, output=output, FINDER_TRUSTED_PROXIES="127.0.0.1/32") as address,
    ):
        visited = _visit(address, client_id)
        subject = sha256(visited.token.encode()).hexdigest()
        marks = (*PERSON, *_secret_marks(visited))
        looked = {"after the visit": look([folder], marks)}
        kept = Mark("what was sealed or signed", kept_of(database, subject))
        held = look([folder], [kept])
        receipt = httpx.delete(f"{address}/api/v1/me", headers={"Authorization": f"Bearer {visited.token}"}).json()
        looked["after erasure"] = look([folder], (*marks, kept))
        numbers = _numbers(folder, subject)
    looked["after the end of the service"] = look([folder], (*marks, kept))
    rows = [(table, row["act"]) for table, of_table in rows_of(database, subject).items() for row in of_table]
    OUT.print(f"Visited: {', '.join(visited.done)}.\n")
    found = _told(before, looked, (*marks, kept))
    once = {"data/finder.sqlite": copies_of_a_row(database, "consent_entry", "subject")}
    OUT.print(f"Receipt of the erasure: line {receipt['seq']}, {receipt['erased']} rows gone.")
    OUT.print(f"Rows with the person's number afterwards: {rows}. The number in the files of the running service: {numbers}.")
    OUT.print("Traces and metrics: the finder writes neither. What it prints is in the folder, and so are its caches.")
    if not (sees and len({hit.form for hit in held.found}) == len(kept.forms) >= _LEAST_KEPT):
        OUT.print("[red]The search itself does not find what is there: nothing is proved.")
        return 1
    ok = not found and rows == [("consent_entry", "erased")] and numbers == _numbers(folder, subject) == once
    OUT.print("[green]Nobody can read where the person was." if ok else "[red]There is something that must not be there.")
    return 0 if ok else 1


def _numbers(folder: Path, subject: str) -> dict[str, int]:
    """How often the number under which a person was known stands in which file."""
    mark = Mark("the person's number", {"as text": subject.encode(), "as bytes": bytes.fromhex(subject)})
    return {hit.path: count for hit, count in look([folder], [mark]).found.items()}


def _finder(*arguments: str) -> str:
    command = [sys.executable, "-c", "from finder.cli import main; main()", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ).stdout


def _visit(address: str, client_id: str) -> Visited:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        token = visit_in_browser(browser, address)
        browser.close()
    return visit_by_api(address, token, client_id)


def _secret_marks(visited: Visited) -> list[Mark]:
    return [
        secret_mark("the person's token", {"token": visited.token}),
        secret_mark("the app's code and tokens", visited.secrets),
    ]


def _sees_what_is_there(folder: Path) -> bool:
    """Whether each form of each mark is found in a file that has it: else the proof could not fail."""
    planted = folder / "planted"
    planted.mkdir()
    (planted / "file").write_bytes(b"\0".join(text for mark in PERSON for text in mark.forms.values()))
    found = {(hit.mark, hit.form) for hit in look([planted], PERSON).found}
    (planted / "file").unlink()
    planted.rmdir()
    return found == {(mark.name, form) for mark in PERSON for form in mark.forms}


def _told(before: Looked, looked: dict[str, Looked], marks: Sequence[Mark]) -> bool:
    """Print a table; whether anything was found."""
    table = Table("Looked for", "forms", *looked, box=None, padding=(0, 2, 0, 0))
    hits = {when: new_hits(before, what) for when, what in looked.items()}
    for mark in marks:
        counts = [str(sum(1 for hit in of if hit.mark == mark.name)) for of in hits.values()]
        table.add_row(mark.name, str(len(mark.forms)), *counts)
    table.add_row("files", "", *(f"{what.files:,}" for what in looked.values()))
    table.add_row("MB", "", *(f"{what.size_bytes / 1e6:,.0f}" for what in looked.values()))
    OUT.print(table)
    for when, of in hits.items():
        for hit, count in of.items():
            OUT.print(f"[red]{when}: {hit.mark}, {hit.form}, {count} times in {hit.path}")
    return any(hits.values())


if __name__ == "__main__":
    sys.exit(main())
