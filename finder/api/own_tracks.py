"""The JSON that OwnTracks' apps send over HTTP, and what they understand as an answer.

Their documentation: https://owntracks.org/booklet/tech/json and …/tech/http. ``location`` and ``transition`` are positions; all
other messages are taken and passed over, as an app sends again and again what is not answered with 200.
"""

from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request

from finder.domain.consent import ForNotices
from finder.errors import BadInput, TokenNeeded
from finder.locate.device import DeviceFix
from finder.notices.visits import MeasuredFix, Notice
from finder.privacy.grants import Grant
from finder.privacy.subjects import Person, person_of

__all__ = ["OwnTracksCommand", "OwnTracksFix", "fixes_of", "is_own_tracks", "notices_for", "person_by_password"]


class OwnTracksFix(msgspec.Struct, frozen=True, kw_only=True):
    """A ``location``, or a ``transition``: the app came into or left a region of its own. What else is in them is not looked at.

    A transition need not say where it was. Of the app's own regions nothing is used: the finder watches its fences itself.
    """

    tst: float
    """Seconds since 1970."""
    lat: float
    lon: float
    acc: float = 0.0
    """The radius in metres; left out where it is not known."""

    def measured(self, grant: Grant[ForNotices]) -> MeasuredFix:
        """Return the position. Raises :class:`BadInput`, and what ``datetime`` raises, for one that cannot be."""
        position = DeviceFix(lat=self.lat, lon=self.lon, accuracy_m=self.acc).precise(grant)
        return MeasuredFix(position=position, at_device=datetime.fromtimestamp(self.tst, UTC))


class OwnTracksCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What an app is answered: to show a notice. On Android it is passed over."""

    kind: str = msgspec.field(name="_type", default="cmd")
    action: str = "action"
    notification: str


def is_own_tracks(message: Any) -> bool:
    """Tell whether a decoded body is of OwnTracks: an object with ``_type``, or an array."""
    return isinstance(message, list) or (isinstance(message, dict) and "_type" in message)


def fixes_of(message: Any, grant: Grant[ForNotices]) -> list[MeasuredFix]:
    """Return the positions in a message, or in an array of them; those that cannot be used are left out."""
    messages: Sequence[Any] = message if isinstance(message, list) else [message]
    found: list[MeasuredFix] = []
    for each in messages:
        if isinstance(each, dict) and each.get("_type") in ("location", "transition"):
            with suppress(msgspec.ValidationError, BadInput, ValueError, OverflowError, OSError):
                found.append(msgspec.convert(each, OwnTracksFix).measured(grant))
    return found


def notices_for(notices: Iterable[Notice]) -> list[OwnTracksCommand]:
    """Return notices as an app understands them."""
    return [OwnTracksCommand(notification=f"{notice.title}: {notice.body}") for notice in notices]


def person_by_password(request: Request[Any, Any, Any]) -> Person | None:
    """Return whose token is the password of HTTP Basic, as OwnTracks sends one; the name of the user says nothing.

    ``None`` without HTTP Basic. Raises :class:`TokenNeeded` for a password that is no person's token: then nobody asks, whatever
    else, such as a cookie, is sent with it.
    """
    scheme, _, given = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    password = ""
    with suppress(NoBase64, ValueError):
        _, _, password = b64decode(given.strip(), validate=True).decode().partition(":")
    person = person_of(password)
    if person is None:
        raise TokenNeeded("The password is no person's token: put the token, fs_…, where the app asks for a password.")
    return person
