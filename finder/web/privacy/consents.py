"""What a person has agreed to, purpose by purpose, as the privacy centre shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from finder.domain.consent import Act, Consent, ConsentEntry, Purpose
from finder.web.formats import date_text
from finder.web.language import Reader
from finder.web.privacy.labels import PURPOSE_LABELS, PURPOSE_WORDS

__all__ = ["NEVER_TO_OPTED_OUT", "PurposeLine", "consent_lines", "day_text"]

_OFFERED: Final = (Purpose.SEARCH, Purpose.DIRECTIONS, Purpose.ANALYTICS)
"""What can be agreed to here. Apps are let in one by one on pages of their own."""
NEVER_TO_OPTED_OUT: Final = frozenset({Purpose.ANALYTICS, Purpose.DISCLOSURE})
"""What is not done, and not agreed to here, while the browser asks that it be not done."""


@dataclass(frozen=True)
class PurposeLine:
    """One purpose: its value in forms, what it is about, what the person last said, and whether that is a yes that holds."""

    purpose: str
    name: str
    words: str
    state: str
    holds: bool
    is_offered: bool
    """Whether it can be agreed to here."""
    is_overruled: bool
    """Whether the browser asks that it be not done, whatever the person has agreed to."""


def consent_lines(
    history: Iterable[ConsentEntry], live: Mapping[Purpose, Consent], reader: Reader, *, opted_out: bool
) -> list[PurposeLine]:
    """Every purpose that can be agreed to here, and any other that the person has said something about."""
    last = {entry.purpose: entry for entry in history if entry.purpose}
    shown = [purpose for purpose in Purpose if purpose in _OFFERED or (purpose in last and purpose is not Purpose.DISCLOSURE)]
    return [
        PurposeLine(
            purpose=purpose.value,
            name=reader.text(PURPOSE_LABELS[purpose]),
            words=reader.text(PURPOSE_WORDS[purpose]),
            state=_state(last.get(purpose), live.get(purpose), reader),
            holds=purpose in live,
            is_offered=purpose in _OFFERED,
            is_overruled=opted_out and purpose in NEVER_TO_OPTED_OUT,
        )
        for purpose in shown
    ]


def day_text(at: datetime, reader: Reader) -> str:
    """The day of an aware moment, in UTC, as nobody knows where the person is."""
    return date_text(at.astimezone(UTC).date(), reader)


def _state(last: ConsentEntry | None, live: Consent | None, reader: Reader) -> str:
    if live is not None:
        since, until = day_text(live.given_at, reader), day_text(live.expires_at, reader)
        return reader.text("You agreed on %(since)s. This ends on %(until)s at the latest.", since=since, until=until)
    if last is None:
        return reader.text("You have not agreed.")
    day = day_text(last.at, reader)
    match last.act:
        case Act.REFUSED:
            return reader.text("You said no on %(date)s.", date=day)
        case Act.REVOKED:
            return reader.text("You took your agreement back on %(date)s.", date=day)
        case _:
            return reader.text("You agreed on %(date)s. This has ended: it is too old, or the policy has changed.", date=day)
