"""What people search: published snapshots, memory-mapped, and the answers read from them. No database is asked here."""

from finder.directory.asking import Answer, Stated, answer, understood_in
from finder.directory.directory import Directory
from finder.directory.finding.find import find
from finder.directory.marks import Wanted
from finder.directory.publish import is_behind, publish
from finder.directory.search import (
    AreaChoice,
    Emergency,
    Facets,
    FacilityHit,
    Hit,
    OpenWish,
    PractitionerHit,
    Search,
    SearchPage,
    Sort,
    What,
)
from finder.directory.snapshot import Snapshot

__all__ = [
    "Answer",
    "AreaChoice",
    "Directory",
    "Emergency",
    "Facets",
    "FacilityHit",
    "Hit",
    "OpenWish",
    "PractitionerHit",
    "Search",
    "SearchPage",
    "Snapshot",
    "Sort",
    "Stated",
    "Wanted",
    "What",
    "answer",
    "find",
    "is_behind",
    "publish",
    "understood_in",
]
