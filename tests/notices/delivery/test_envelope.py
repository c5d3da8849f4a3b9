"""What waits is sealed, and its lengths say nothing; what has another form is given up, and said so."""

from base64 import b64encode, urlsafe_b64decode
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.delivery import Channel, Delivery
from finder.domain.fence import Trigger
from finder.errors import Damaged
from finder.notices.delivery.envelope import STEP_BYTES, closed, opened, opened_target
from finder.notices.delivery.letters import letter
from finder.notices.delivery.push import pushed
from finder.notices.delivery.sms import short_message
from finder.notices.delivery.webhook import event_body
from finder.privacy.sealing import ServiceKey
from finder.privacy.subscriptions import BrowserSaid
from tests.notices.delivery.parts import NOW, Browser
from tests.notices.delivery.waiting import delivery_of

URL = "https://care.example.org/notices"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> ServiceKey:
    return ServiceKey(tmp_path_factory.mktemp("keys"))


def delivery(body: bytes, target: str = "0" * 16, channel: Channel = Channel.WEBHOOK) -> Delivery:
    return delivery_of(channel, target, body, next_at=NOW)


def told(fence: str, trigger: Trigger) -> bytes:
    data = {"visit": "9f86d081884c7d65", "facility": "q6rsw4fni3ryv3is", "fence": fence, "trigger": trigger.value}
    return event_body(f"visit.{trigger.value}", NOW, data)


def lengths(made: Delivery, key: ServiceKey) -> tuple[int, int]:
    kept = closed(made, key)
    return len(kept.body), len(kept.target)


def test_lengths_tell_neither_fence_nor_trigger_nor_channel(key: ServiceKey) -> None:
    browser = Browser("https://push.example/")
    point = urlsafe_b64decode(browser.subscription()["keys"]["p256dh"] + "=")
    said = BrowserSaid(endpoint=browser.endpoint, p256dh=point, auth=browser.auth)
    made = [delivery(told("f" * length, trigger)) for length, trigger in product((1, 10, 40, 64), Trigger)]
    made += [delivery(pushed("n" * 22, "es", said), "https://push.example/" + "x" * 400, Channel.PUSH)]
    for language in ("en", "es"):
        made += [delivery(letter(language, URL), "ana@mail.example", Channel.EMAIL)]
        made += [delivery(short_message(language, URL), "+526645550101", Channel.SMS)]
    assert len({len(each.body) for each in made}) > 20, "they differ before"
    [(body, target)] = {lengths(each, key) for each in made}
    assert STEP_BYTES < body < STEP_BYTES + 64
    assert target < 2 * STEP_BYTES


@given(st.binary(max_size=3 * STEP_BYTES), st.text(max_size=700))
def test_what_was_closed_is_opened_as_it_was(key: ServiceKey, body: bytes, target: str) -> None:
    whole = delivery(body, target.encode("utf-8", "replace").decode())
    kept = closed(whole, key)
    assert opened(kept, key) == whole
    assert opened_target(kept, key) == whole.target
    assert (len(kept.body) - len(closed(delivery(b""), key).body)) % STEP_BYTES == 0


@pytest.mark.parametrize("size", [0, 1, STEP_BYTES - 4, STEP_BYTES - 3, 2 * STEP_BYTES - 4])
def test_the_last_byte_of_a_step_is_used(key: ServiceKey, size: int) -> None:
    steps = 1 if size <= STEP_BYTES - 4 else 2
    kept = closed(delivery(b"x" * size), key)
    assert len(kept.body) - len(closed(delivery(b""), key).body) == (steps - 1) * STEP_BYTES
    assert opened(kept, key).body == b"x" * size


@pytest.mark.parametrize(
    "plain", [b"", b"https://push.example/x", b"0" * 16, b"h" * STEP_BYTES, b"\0\0\0\1", b"\xff" * STEP_BYTES]
)
def test_what_was_sealed_without_that_is_damaged_and_not_sent(key: ServiceKey, plain: bytes) -> None:
    kept = closed(delivery(b"body"), key)
    target = b64encode(key.seal(plain, bound_to=f"target {kept.id}")).decode()
    body = key.seal(plain, bound_to=f"body {kept.id}")
    changes: list[dict[str, Any]] = [{"target": target}, {"body": body}, {"target": "https://push.example/"}]
    for change in changes:
        with pytest.raises(Damaged, match="has not the form"):
            opened(msgspec.structs.replace(kept, **change), key)
