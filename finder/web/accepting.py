"""Whether a practitioner takes new patients, with the age of the word: it goes stale soonest of all."""

from dataclasses import dataclass
from datetime import datetime

from finder.directory.finding.ageing import LIMIT_DAYS, NOT_DATED, Fact, day_number, day_of
from finder.domain.practitioner import Role
from finder.web.formats import date_text
from finder.web.language import Reader

__all__ = ["AcceptingLine", "accepting_line", "accepts_for_certain"]

_FIELD = "accepting_new_patients"


@dataclass(frozen=True)
class AcceptingLine:
    """``state`` is open, closed or unknown, as of a badge; ``label`` says it; ``detail`` says as of when, or nothing."""

    state: str
    label: str
    detail: str


def accepting_line(role: Role, at: datetime, reader: Reader) -> AcceptingLine:
    """What is known of new patients in a role. What is too old to rely on is no longer a yes, but something to ask about."""
    if role.accepting_new_patients is None:
        return AcceptingLine("unknown", reader.text("Ask whether new patients are accepted"), "")
    accepts = role.accepting_new_patients
    label = reader.text("Accepting new patients") if accepts else reader.text("Not accepting new patients")
    fact = role.provenance.get(_FIELD)
    if fact is None or fact.verified_at is None:
        return AcceptingLine("unknown", label, reader.text("date not known: ask"))
    day = date_text(fact.verified_at, reader)
    age_days = day_of(at) - day_number(fact)
    if age_days <= LIMIT_DAYS[Fact.ACCEPTING]:
        return AcceptingLine("open" if accepts else "closed", label, reader.text("as of %(date)s", date=day))
    return AcceptingLine("unknown", label, reader.text("as of %(date)s, %(age)s: ask", date=day, age=_age(age_days, reader)))


def accepts_for_certain(role: Role, at: datetime) -> bool | None:
    """Whether new patients are accepted; ``None`` where nobody has said, or nobody has looked for too long."""
    day = day_number(role.provenance.get(_FIELD))
    old = day == NOT_DATED or day_of(at) - day > LIMIT_DAYS[Fact.ACCEPTING]
    return None if old else role.accepting_new_patients


def _age(days: int, reader: Reader) -> str:
    """``over 3 months ago``, ``over 1 year ago``: whole ones, never more than have passed."""
    if days >= 366:
        return reader.plural("over %(num)d year ago", "over %(num)d years ago", int(days / 365.25))
    return reader.plural("over %(num)d month ago", "over %(num)d months ago", days // 31)
