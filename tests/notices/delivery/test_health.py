"""What is logged of places that take nothing: when that begins and when it ends, and of nobody."""

import logging

import pytest

from finder.domain.delivery import Channel
from finder.notices.delivery.attempt import Result
from finder.notices.delivery.health import FAILING_AFTER, Health
from finder.notices.delivery.places import Place

LATER, TAKEN, REFUSED = Result.LATER, Result.TAKEN, Result.REFUSED
HOOK = Place(Channel.WEBHOOK, "9f86d081884c7d65")


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (HOOK, "Webhook 9f86d081884c7d65"),
        (Place(Channel.EMAIL, ""), "FINDER_SMTP_URL"),
        (Place(Channel.SMS, ""), "FINDER_SMS_URL"),
        (Place(Channel.PUSH, "fcm.googleapis.com"), "The push service of googleapis.com"),
        (Place(Channel.PUSH, "made-up.mozilla.com"), "The push service of mozilla.com"),
    ],
)
def test_the_beginning_and_the_end_are_a_line_each(place: Place, name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    health = Health()
    for result in [TAKEN, *[LATER] * (FAILING_AFTER - 1), TAKEN, *[LATER] * (FAILING_AFTER - 1), REFUSED]:
        health.note(place, result)
    assert caplog.messages == [], "not often enough in a row"
    for result in [LATER, LATER, LATER]:
        health.note(place, result)
    [began] = caplog.messages
    assert name in began
    assert "3 times in a row" in began
    for result in [REFUSED, TAKEN, TAKEN]:
        health.note(place, result)
    assert [name in line for line in caplog.messages] == [True, True]
    assert caplog.messages[1].endswith("takes what it is sent again.")


@pytest.mark.parametrize("host", ["push.ana.example", "googleapis.com.ana.example", "notgoogleapis.com", ""])
def test_a_host_that_may_be_a_persons_own_is_not_told_of(host: str, caplog: pytest.LogCaptureFixture) -> None:
    health = Health()
    for result in [LATER] * 9 + [TAKEN]:
        health.note(Place(Channel.PUSH, host), result)
    assert caplog.messages == []


def test_each_place_is_told_of_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    health, other = Health(), Place(Channel.WEBHOOK, "other")
    for _ in range(FAILING_AFTER):
        health.note(HOOK, LATER)
        health.note(other, TAKEN)
    assert ["other" in line for line in caplog.messages] == [False]
