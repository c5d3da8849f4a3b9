"""Who asks for letters and short messages cannot have many sent to somebody else, nor cost the operator much."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from finder.domain.delivery import Channel, Delivery
from finder.notices.delivery.attempt import LATER, REFUSED, TAKEN, Attempt
from finder.notices.delivery.sparing import MOST_A_DAY, Sparing
from finder.privacy.sealing import ServiceKey
from finder.store import Store
from finder.store.sent_messages import SentMessages
from tests.notices.delivery.parts import NOW, Clock, notice, parts
from tests.notices.delivery.receivers import Received, Said, receiver
from tests.notices.delivery.waiting import delivery_of


class Outside:
    """Takes what it is sent, unless ``says`` is something else."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.says: Attempt = TAKEN

    def __call__(self, delivery: Delivery, _now: datetime) -> Attempt:
        self.targets.append(delivery.target)
        return self.says


def message(number: int, target: str, channel: Channel = Channel.EMAIL) -> Delivery:
    return delivery_of(channel, target, id=f"{number:032x}", attempts=1, next_at=NOW, gives_up_at=NOW + timedelta(hours=3))


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def problems() -> list[str]:
    return []


type Made = Callable[..., Sparing]


@pytest.fixture
def sparing(sqlite_store: Store, tmp_path: Path, outside: Outside, problems: list[str]) -> Iterator[Made]:
    def make(**limits: int) -> Sparing:
        return Sparing(outside, sent, ServiceKey(tmp_path / "keys"), lambda error: problems.append(str(error)), **limits)

    with SentMessages.open(f"sqlite:///{tmp_path / 'finder.sqlite'}") as sent:
        yield make


def test_one_mailbox_gets_a_few_a_day_however_it_is_written(sparing: Made, outside: Outside, problems: list[str]) -> None:
    send = sparing()
    ways = ["ana@mail.example", "Ana@MAIL.example", "ana+1@mail.example", "ana+x+y@mail.example", "ana@mail.example"]
    assert len(ways) == MOST_A_DAY
    assert [send(message(number, way), NOW) for number, way in enumerate(ways)] == [TAKEN] * 5
    for number in range(5, 9):
        assert send(message(number, "ANA+another@mail.example"), NOW + timedelta(minutes=number)) == REFUSED
    assert outside.targets == ways
    [problem] = problems
    assert "ana" not in problem.casefold(), "told once, and not of whom"
    assert send(message(10, "eva@mail.example"), NOW) == TAKEN
    assert send(message(11, "ana@other.example"), NOW) == TAKEN
    assert send(message(12, "ana@mail.example", Channel.SMS), NOW) == TAKEN, "another way"
    assert send(message(13, "ana@mail.example"), NOW + timedelta(days=1)) == TAKEN
    assert len(problems) == 1


def test_all_together_get_so_many_an_hour(sparing: Made, problems: list[str]) -> None:
    send, again = sparing(most_an_hour=3), sparing(most_an_hour=3)  # another process, or the same one started anew
    sent = [send(message(number, f"+5266455501{number:02}", Channel.SMS), NOW) for number in range(5)]
    assert sent == [TAKEN] * 3 + [REFUSED] * 2
    assert again(message(9, "+1", Channel.SMS), NOW) == REFUSED
    assert ["FINDER_MESSAGES_PER_HOUR" in problem for problem in problems] == [True, True]
    assert send(message(10, "+1", Channel.SMS), NOW + timedelta(hours=1)) == TAKEN


def test_what_is_tried_again_counts_once(sparing: Made, outside: Outside) -> None:
    send = sparing(most_an_hour=1)
    outside.says = LATER
    assert [send(message(1, "ana@mail.example"), NOW) for _ in range(9)] == [LATER] * 9
    outside.says = TAKEN
    assert send(message(1, "ana@mail.example"), NOW) == TAKEN


def test_who_has_the_rows_learns_nobody(sparing: Made, tmp_path: Path) -> None:
    send = sparing()
    send(message(7, "ana@mail.example"), NOW)
    key, other = ServiceKey(tmp_path / "keys"), ServiceKey(tmp_path / "other")
    target = key.hashed("ana@mail.example", purpose="target of email")
    rows = b"".join(path.read_bytes() for path in tmp_path.glob("finder.sqlite*"))
    assert target.encode() in rows
    for hidden in (b"ana@", b"mail.example", message(7, "").id.encode()):
        assert hidden not in rows
    assert target != other.hashed("ana@mail.example", purpose="target of email") != key.hashed("ana@mail.example", purpose="x")


def test_a_bomber_reaches_a_telephone_a_few_times_and_the_notices_are_there_all_the_same(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """Each time another person, who is nobody and free to make."""
    clock, url = Clock(), f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with receiver() as gateway:

        def says(_: Received) -> Said:
            return Said(200)

        gateway.says = says
        plan = {"sms_url": gateway.url(), "sms_body": '{"to": "{to}", "text": "{text}"}'}
        with parts(url, tmp_path, clock, **plan) as told:
            for number in range(9):
                assert len(told.tell(told.person(), notice(f"n{number}"), sms="+526645550101")) == 1
            clock.forward(seconds=6)
            told.room.sender.send_due()
            assert len(gateway.received) == MOST_A_DAY
            assert told.room.sender.send_due() == 0, "the others do not wait"
            assert len(told.problems) == 1
            assert "526645550101" not in str(told.problems)
    assert msgspec.json.decode(gateway.received[0].body)["to"] == "+526645550101"
