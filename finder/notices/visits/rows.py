"""Visits and notices from the store's sealed rows, and back."""

import msgspec

from finder.domain.visit import SealedNotice, SealedVisit
from finder.notices.visits.nouns import Notice, Visit
from finder.privacy.subjects import Person
from finder.privacy.visits import NoticeSaid, VisitSaid, sealed_notice

__all__ = ["notice_of", "sealed_of", "visit_of"]


def visit_of(sealed: SealedVisit, said: VisitSaid) -> Visit:
    """Return an opened visit as its person sees it."""
    shown = {name: getattr(said, name) for name in VisitSaid.__struct_fields__ if name != "secret"}
    return Visit(id=sealed.id, armed_at=sealed.armed_at, ends_at=sealed.ends_at, **shown)


def notice_of(sealed: SealedNotice, said: NoticeSaid) -> Notice:
    """Return an opened notice as its person sees it."""
    row = {name: getattr(sealed, name) for name in ("id", "visit_id", "seq", "is_seen")}
    return Notice(**row, **msgspec.structs.asdict(said))


def sealed_of(notice: Notice, person: Person) -> SealedNotice:
    """Return what is stored of a notice that has no number yet."""
    sealed = sealed_notice(notice, person.key, person.subject, notice.id)
    return SealedNotice(seq=0, id=notice.id, visit_id=notice.visit_id, subject=person.subject, sealed=sealed)
