"""Many threads ask everything at once, nonsense too: nothing crashes, and the answers are those of one thread."""

import threading
from pathlib import Path

import pytest

from finder.directions.valhalla import EmbeddedValhalla
from tests.directions.mixed_calls import outcome


@pytest.mark.slow
def test_four_threads_with_mixed_calls(helsinki_roads: Path) -> None:
    engine = EmbeddedValhalla(helsinki_roads)
    box = (24.925, 60.158, 24.960, 60.178)
    alone = [outcome(engine, number, box) for number in range(500)]
    together: list[list[str]] = [[] for _ in range(4)]

    def ask(answers: list[str], first: int) -> None:
        # Each thread begins elsewhere, so that different calls meet.
        answers.extend(outcome(engine, (first + number) % 500, box) for number in range(500))

    threads = [threading.Thread(target=ask, args=(answers, 125 * number)) for number, answers in enumerate(together)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, answers in enumerate(together):
        assert [answers[(index - 125 * number) % 500] for index in range(500)] == alone
    errors = {"BadInput", "NoRoute", "NotOffered"}  # public transport has no timetable here
    assert {answer.split(":")[0] for answer in alone} == {"route", "matrix", "reach", "match", "snap"} | errors
