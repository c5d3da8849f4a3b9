"""What is held about a person, in the words of the privacy centre."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from finder.domain.consent import Act
from finder.privacy.disclosures.desk import GrantTold
from finder.privacy.disclosures.texts import SCOPES
from finder.privacy.personal_data import ConsentLine, PersonalData, RequestLine, SavedPlaceLine
from finder.privacy.visit_lines import VisitLine
from finder.web.formats import accuracy_text, date_text
from finder.web.labels import N_
from finder.web.language import Reader
from finder.web.privacy.consents import day_text
from finder.web.privacy.labels import OUTCOME_LABELS, PURPOSE_LABELS, REQUEST_LABELS

__all__ = ["AppLine", "HeldView", "PlaceLine", "SaidLine", "held_view"]

_SAID = {
    Act.GRANTED: N_("%(purpose)s: you agreed"),
    Act.REFUSED: N_("%(purpose)s: you did not agree"),
    Act.REVOKED: N_("%(purpose)s: you took it back"),
}


@dataclass(frozen=True)
class SaidLine:
    """One line of the ledger in words, the policy that was read, if any, and when the line goes."""

    date: str
    said: str
    policy: str
    until: str


@dataclass(frozen=True)
class PlaceLine:
    """A saved place; ``where`` is how exactly it lies there, and where, for it is the person alone who reads it."""

    id: str
    name: str
    where: str
    is_open: bool
    """Whether the person's key opened it."""
    saved: str
    used: str
    until: str


@dataclass(frozen=True)
class AppLine:
    """An app that was let in."""

    id: str
    name: str
    homepage: str
    contact: str
    may_read: tuple[str, ...]
    state: str
    holds: bool


@dataclass(frozen=True)
class HeldView:
    """Everything; lists newest first. ``why`` and ``until`` are by kind: ``consents``, ``places`` and so on."""

    said: list[SaidLine]
    places: list[PlaceLine]
    apps: list[AppLine]
    requests: list[str]
    searches: int
    visits: list[str]
    """Where to, and until when."""
    notices: int
    why: dict[str, str]
    until: dict[str, str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held."""
        return not (self.said or self.places or self.apps or self.requests or self.searches or self.visits)


def held_view(data: PersonalData, grants: Sequence[GrantTold], reader: Reader) -> HeldView:
    """All of a person's data; ``grants`` are the apps of the same person."""
    kinds = {
        "consents": data.consents,
        "places": data.saved_places,
        "apps": data.app_grants,
        "requests": data.requests,
        "statistics": data.statistics,
        "visits": data.visits,
    }
    return HeldView(
        said=[_said_line(line, reader) for line in reversed(data.consents.rows)],
        places=[_place_line(line, reader) for line in data.saved_places.rows],
        apps=[_app_line(grant, reader) for grant in grants],
        requests=[_request_text(line, reader) for line in data.requests.rows],
        searches=len(data.statistics.rows),
        visits=[_visit_text(line, data.made_at, reader) for line in data.visits.rows],
        notices=len(data.notices.rows),
        why={name: held.why.in_language(reader.language) for name, held in kinds.items()},
        until={name: held.until.in_language(reader.language) for name, held in kinds.items()},
    )


def _said_line(line: ConsentLine, reader: Reader) -> SaidLine:
    if line.purpose is None:
        said = reader.text("All that you had said before was erased")
    else:
        said = reader.text(_SAID[line.act], purpose=reader.text(PURPOSE_LABELS[line.purpose]))
    return SaidLine(
        date=day_text(line.at, reader),
        said=said,
        policy=date_text(line.policy_version, reader) if line.policy_version else "",
        until=day_text(line.until, reader),
    )


def _place_line(line: SavedPlaceLine, reader: Reader) -> PlaceLine:
    where = reader.text("It cannot be opened with your key. Delete it and save it again.")
    is_open = line.lat is not None and line.lon is not None and line.accuracy_m is not None
    if line.lat is not None and line.lon is not None and line.accuracy_m is not None:
        degrees = reader.text("%(lat)s, %(lon)s degrees", lat=f"{line.lat:.5f}", lon=f"{line.lon:.5f}")
        exact = reader.text("exact to about %(distance)s", distance=accuracy_text(line.accuracy_m, reader))
        where = " · ".join(filter(None, (line.label, degrees, exact)))
    return PlaceLine(
        id=line.id,
        name=line.name or reader.text("A saved place"),
        where=where,
        is_open=is_open,
        saved=date_text(line.saved_on, reader),
        used=date_text(line.used_on, reader),
        until=date_text(line.until, reader),
    )


def _visit_text(line: VisitLine, at: datetime, reader: Reader) -> str:
    name = line.facility_name or reader.text("a place that cannot be opened with your key")
    if line.ends_at <= at:
        return reader.text("%(place)s: ended", place=name)
    return reader.text("%(place)s: switched on", place=name)


def _app_line(grant: GrantTold, reader: Reader) -> AppLine:
    if grant.is_live:
        until = day_text(grant.expires_at, reader)
        latest = day_text(grant.expires_at_latest, reader)
        since = day_text(grant.granted_at, reader)
        if until == latest:
            state = reader.text("You let it in on %(since)s. This ends on %(until)s at the latest.", since=since, until=until)
        else:
            state = reader.text(
                "You let it in on %(since)s. This ends on %(until)s if the app does not come before then, and on %(latest)s at "
                "the latest.",
                since=since,
                until=until,
                latest=latest,
            )
    else:
        state = reader.text("You let it in on %(since)s. This has ended.", since=day_text(grant.granted_at, reader))
    return AppLine(
        id=grant.id,
        name=grant.app.name,
        homepage=grant.app.homepage,
        contact=grant.app.contact,
        may_read=tuple(SCOPES[scope][reader.language] for scope in grant.scopes),
        state=state,
        holds=grant.is_live,
    )


def _request_text(line: RequestLine, reader: Reader) -> str:
    asked = reader.text(
        "%(right)s, by letter of %(date)s (%(reference)s)",
        right=reader.text(REQUEST_LABELS[line.kind]),
        date=date_text(line.received_on, reader),
        reference=line.reference,
    )
    if line.answered_on is None or line.outcome is None:
        return reader.text("%(asked)s: answered by %(date)s at the latest", asked=asked, date=date_text(line.due_on, reader))
    outcome = reader.text(OUTCOME_LABELS[line.outcome])
    return reader.text(
        "%(asked)s: %(outcome)s on %(date)s", asked=asked, outcome=outcome, date=date_text(line.answered_on, reader)
    )
