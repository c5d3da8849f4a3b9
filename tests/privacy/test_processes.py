"""A revocation in one process is seen at once in another, which had remembered the yes; on both databases."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from finder.domain.consent import ForSearch, Purpose, Subject, Via
from finder.privacy.desk import ConsentDesk
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import new_person
from finder.store.consents import ConsentLedger
from tests.privacy.asking import answer

WORKER = """
import sys
from pathlib import Path
from finder.domain.consent import ForSearch, Purpose, Via
from finder.privacy import desk as desk_module
from finder.store.consents import ConsentLedger
from tests.privacy.asking import answer

desk_module.SEEN_ELSEWHERE_AFTER_S = 3600.0  # what is seen is seen by the revisions
reads = 0
with ConsentLedger.open(sys.argv[1], Path(sys.argv[2])) as ledger:
    last = ledger.last
    def counted(subject):
        global reads
        reads += 1
        return last(subject)
    ledger.last = counted
    desk = desk_module.ConsentDesk(ledger)
    for line in sys.stdin:
        command, subject = line.split()
        if command == "revoke":
            desk.revoke(subject, Purpose.SEARCH, via=Via.APP)
        print(answer(desk, ForSearch, subject), reads, flush=True)
"""


class Worker:
    """Another process that serves from the same store."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, command: str, subject: Subject) -> tuple[str, int]:
        """What the worker says of the subject, and how often it has read the ledger so far."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(command, subject, file=self._process.stdin, flush=True)
        said, reads = self._process.stdout.readline().split()
        return said, int(reads)


@pytest.fixture
def worker(ledger: ConsentLedger, store_url: str, tmp_path: Path) -> Iterator[Worker]:
    command = [sys.executable, "-c", WORKER, store_url, str(tmp_path / "revisions")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Worker(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


def test_what_one_process_writes_the_other_knows_at_its_next_check(ledger: ConsentLedger, worker: Worker) -> None:
    desk, subject = ConsentDesk(ledger), new_person().subject
    read = {"version": CURRENT_POLICY, "language": "es", "via": Via.WEB}
    expected_reads = 1
    assert worker.ask("check", subject) == ("needed", expected_reads)
    for _ in range(25):
        desk.say_yes(subject, Purpose.SEARCH, **read)
        expected_reads += 1
        assert worker.ask("check", subject) == ("granted", expected_reads)
        assert worker.ask("check", subject) == ("granted", expected_reads)  # remembered, not read again
        desk.revoke(subject, Purpose.SEARCH, via=Via.WEB)
        expected_reads += 1
        assert worker.ask("check", subject) == ("needed", expected_reads)

    desk.say_yes(subject, Purpose.SEARCH, **read)
    assert answer(desk, ForSearch, subject) == "granted"
    assert worker.ask("revoke", subject)[0] == "needed"
    assert answer(desk, ForSearch, subject) == "needed"

    desk.say_yes(subject, Purpose.SEARCH, **read)
    assert worker.ask("check", subject)[0] == "granted"
    desk.erase(subject, via=Via.WEB)
    assert worker.ask("check", subject)[0] == "needed"
