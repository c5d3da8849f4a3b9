"""Who is being sent to now, and who has room for more: so that nobody who is slow to answer holds up anybody else."""

from collections import Counter
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from finder.domain.delivery import Channel

__all__ = ["AT_ONCE", "AT_ONE_PLACE", "Place", "Places", "place_of"]

AT_ONCE: Final = {Channel.PUSH: 24, Channel.WEBHOOK: 24, Channel.EMAIL: 4, Channel.SMS: 4}
"""By each channel, so that none takes what another needs."""
AT_ONE_PLACE: Final = {Channel.PUSH: 12, Channel.WEBHOOK: 4, Channel.EMAIL: 4, Channel.SMS: 4}
"""Nearly all pushes go to one or two hosts; to a webhook there are few at a time, and it is small."""


class Place(NamedTuple):
    """What is slow together: a host, a webhook, the server of letters or that of short messages."""

    channel: Channel
    name: str


def place_of(channel: Channel, target: str) -> Place:
    """Return the place of a target, opened."""
    match channel:
        case Channel.PUSH:
            return Place(channel, urlsplit(target).hostname or "")
        case Channel.WEBHOOK:
            return Place(channel, target)
        case Channel.EMAIL | Channel.SMS:
            return Place(channel, "")


class Places:
    """How much is being sent where, within the limits above. For one thread."""

    def __init__(self) -> None:
        self._at = Counter[Place]()
        self._by = Counter[Channel]()

    @property
    def are_empty(self) -> bool:
        """Whether nothing is being sent."""
        return not self._at

    def enter(self, place: Place) -> bool:
        """Return whether one more may be sent there now, and count it if so, until :meth:`leave`."""
        has_room = self._at[place] < AT_ONE_PLACE[place.channel] and self._by[place.channel] < AT_ONCE[place.channel]
        if has_room:
            self._at[place] += 1
            self._by[place.channel] += 1
        return has_room

    def leave(self, place: Place) -> None:
        """Count one less, which has been sent or not."""
        self._by[place.channel] -= 1
        self._at[place] -= 1
        if not self._at[place]:
            del self._at[place]
