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

from tests.notices.delivery.receivers import Receiver, receiver
from tests.proof.left import copies_of_a_row, found_in, kept_of, rows_about, rows_of
from tests.proof.marks import Mark, address_mark, network_mark, position_mark, secret_mark
from tests.proof.noticed import INSIDE, NETWORK, WAY, Place, place_with_a_fence
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
KEPT = {"saved_place", "app_grant", "visit", "notice", "push_subscription", "delivery"}
"""The tables with something of the person that is sealed or signed when the visit is over."""
PERSON = (
    position_mark("the position", HERE),
    position_mark("a position inside the fence", INSIDE),
    position_mark("a position on the way there", WAY),
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
    here = dict.fromkeys(("FINDER_OUTGOING_NETWORKS", "FINDER_PUSH_NETWORKS"), NETWORK)
    settings = {"FINDER_TRUSTED_PROXIES": "127.0.0.1/32", **here}
    database = data / "finder.sqlite"
    with receiver() as others, (printed / "serve.txt").open("w") as output:
        place = place_with_a_fence(data, others)
        before = look([folder], (*PERSON, place.file_mark))
        sees = _sees_what_is_there(folder, (*PERSON, place.mark))
        with serving(data, output=output, **settings) as address:
            visited = _visit(address, client_id, place, others)
            subject = sha256(visited.token.encode()).hexdigest()
            marks = (*PERSON, place.file_mark, *_secret_marks(visited))
            looked = {"after the visit": look([folder], marks)}
            beside = found_in(rows_about(database, subject), place.mark)
            of_place = found_in(rows_of(database, *place.ids), place.mark)
            kept = Mark("what was sealed or signed", kept_of(database, subject))
            held = look([folder], [kept])
            receipt = httpx.delete(f"{address}/api/v1/me", headers={"Authorization": f"Bearer {visited.token}"}).json()
            looked["after erasure"] = look([folder], (*marks, kept))
            numbers = _numbers(folder, subject)
    looked["after the end of the service"] = look([folder], (*marks, kept))
    sealed = {form.partition(".")[0] for form in kept.forms}
    rows = [(table, row["act"]) for table, of_table in rows_of(database, subject).items() for row in of_table]
    OUT.print(f"Visited: {', '.join(visited.done)}.\n")
    found = _told(before, looked, (*marks, kept))
    once = {"data/finder.sqlite": copies_of_a_row(database, "consent_entry", "subject")}
    OUT.print(f"Receipt of the erasure: line {receipt['seq']}, {receipt['erased']} rows gone.")
    OUT.print(f"Rows with the person's number afterwards: {rows}. The number in the files of the running service: {numbers}.")
    where = ", ".join(sorted({each.partition(".")[0] for found_at in of_place.values() for each in found_at}))
    OUT.print(f"What names the place of the visit is in {where}; in rows about the person: {beside or 'nothing'}.")
    OUT.print("Traces and metrics: the finder writes neither. What it prints is in the folder, and so are its caches.")
    finds_all = {hit.form for hit in held.found} == set(kept.forms) and sealed >= KEPT and set(of_place) == set(place.mark.forms)
    if not (sees and finds_all):
        OUT.print(f"Sealed in {sorted(sealed)}; found of it {len(held.found)}; of the place {sorted(of_place)}.")
        OUT.print("[red]The search itself does not find what is there: nothing is proved.")
        return 1
    ok = not found and not beside and rows == [("consent_entry", "erased")] and numbers == _numbers(folder, subject) == once
    OUT.print("[green]Nobody can read where the person was." if ok else "[red]There is something that must not be there.")
    return 0 if ok else 1


def _numbers(folder: Path, subject: str) -> dict[str, int]:
    """How often the number under which a person was known stands in which file."""
    mark = Mark("the person's number", {"as text": subject.encode(), "as bytes": bytes.fromhex(subject)})
    return {hit.path: count for hit, count in look([folder], [mark]).found.items()}


def _finder(*arguments: str) -> str:
    command = [sys.executable, "-c", "from finder.cli import main; main()", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ).stdout


def _visit(address: str, client_id: str, place: Place, others: Receiver) -> Visited:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        token = visit_in_browser(browser, address, place)
        browser.close()
    return visit_by_api(address, token, client_id, place, others)


def _secret_marks(visited: Visited) -> list[Mark]:
    return [
        secret_mark("the person's token", {"token": visited.token}),
        secret_mark("the app's code and tokens", visited.secrets),
        secret_mark("the push subscription, the notices", visited.told),
    ]


def _sees_what_is_there(folder: Path, marks: Sequence[Mark]) -> bool:
    """Whether each form of each mark is found in a file that has it: else the proof could not fail."""
    planted = folder / "planted"
    planted.mkdir()
    (planted / "file").write_bytes(b"\0".join(text for mark in marks for text in mark.forms.values()))
    found = {(hit.mark, hit.form) for hit in look([planted], marks).found}
    (planted / "file").unlink()
    planted.rmdir()
    return found == {(mark.name, form) for mark in marks for form in mark.forms}


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
