"""Which sites are never fenced, because being there says too much: reproductive and mental health, and addiction."""

from collections.abc import Iterable

from finder.care.specialties import specialties
from finder.domain.facility import Facility
from finder.notices.law.table import LawTable
from finder.words.folding import fold

__all__ = ["is_sensitive"]


def is_sensitive(facility: Facility, practised: Iterable[str], table: LawTable) -> bool:
    """Tell whether a facility is a sensitive site, by what it is, what it says, and ``practised``: who works there.

    ``practised`` are ids or NUCC codes of specialties. A general hospital with a ward for births or a psychiatrist is one too:
    whom a notice there is about, nobody can tell.
    """
    sensitive = table.sensitive
    if facility.kind in sensitive.kinds:
        return True
    care = specialties()
    meant = [care.of_text(service) for service in facility.services]
    practises = [care.of_code(one) or care.of_text(one) for one in practised]
    if any(one is not None and one.id in sensitive.care for one in (*meant, *practises)):
        return True
    said = (f" {fold(text)} " for text in (facility.name, *facility.names.values(), *facility.services))
    return any(f" {word}" in text for text in said for word in sensitive.words)
