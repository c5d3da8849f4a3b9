"""The table of what is kept and how long, in words for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from finder.privacy.retention import Kind, Where
from finder.web.labels import N_
from finder.web.language import Reader

__all__ = ["KeptGroup", "KeptLine", "kept_groups"]

_WHERE_LABELS = {
    Where.DATABASE: N_("In our database"),
    Where.FILES: N_("In files on our server"),
    Where.BROWSER: N_("In your browser"),
    Where.MEMORY: N_("In our server's memory"),
}


@dataclass(frozen=True)
class KeptLine:
    """One kind of datum: what it is, what for, and until when."""

    what: str
    why: str
    until: str


@dataclass(frozen=True)
class KeptGroup:
    """All kinds that are kept in one place."""

    where: str
    lines: tuple[KeptLine, ...]


def kept_groups(kinds: Iterable[Kind], reader: Reader) -> list[KeptGroup]:
    """Every kind, by where it is kept."""
    order = list(_WHERE_LABELS)
    by_place = groupby(sorted(kinds, key=lambda kind: order.index(kind.where)), key=lambda kind: kind.where)
    return [
        KeptGroup(reader.text(_WHERE_LABELS[where]), tuple(_line(kind, reader.language) for kind in group))
        for where, group in by_place
    ]


def _line(kind: Kind, language: str) -> KeptLine:
    what = kind.what.in_language(language)
    return KeptLine(what=what[:1].upper() + what[1:], why=kind.why.in_language(language), until=kind.until.in_language(language))
