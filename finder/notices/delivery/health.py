"""A line of the service's log when a place begins to take nothing, and one when it does again: of whom it was is in neither."""

import logging
from typing import Final

from finder.domain.delivery import Channel
from finder.notices.delivery.attempt import Result
from finder.notices.delivery.places import Place

__all__ = ["FAILING_AFTER", "Health"]

FAILING_AFTER: Final = 3
"""Attempts in a row: what fails once and then goes well is nobody's business."""
_MAKERS_OF_BROWSERS: Final = ("googleapis.com", "mozilla.com", "apple.com", "windows.com")
"""Whose push services nearly all browsers name: told of by the maker, as who subscribes may make up a host of it. Any other may
be a person's own, and is not told of."""

_log = logging.getLogger(__name__)


class Health:
    """How each place takes what is sent there, since this process began. For one thread."""

    def __init__(self) -> None:
        self._failed: dict[str, int] = {}
        """How often in a row, by the name in the log; a place that takes what it is sent is not in it."""

    def note(self, place: Place, result: Result) -> None:
        """Take in what came of an attempt. One that was refused for good says nothing of the place."""
        if result is Result.REFUSED or not (name := _name(place)):
            return
        failed = self._failed.pop(name, 0)
        if result is Result.TAKEN:
            if failed >= FAILING_AFTER:
                _log.warning("%s takes what it is sent again.", name)
            return
        self._failed[name] = failed + 1
        if failed + 1 == FAILING_AFTER:
            _log.warning(
                "%s has not taken what it was sent %d times in a row. It is tried again, ever more rarely.", name, failed + 1
            )


def _name(place: Place) -> str:
    """What a place is called in the log; empty where it might tell of a person."""
    match place.channel:
        case Channel.WEBHOOK:
            return f"Webhook {place.name}" if place.name else ""
        case Channel.EMAIL:
            return "The server of letters (FINDER_SMTP_URL)"
        case Channel.SMS:
            return "The gateway of short messages (FINDER_SMS_URL)"
        case Channel.PUSH:
            makers = [maker for maker in _MAKERS_OF_BROWSERS if f".{place.name}".endswith(f".{maker}")]
            return f"The push service of {makers[0]}" if makers else ""
