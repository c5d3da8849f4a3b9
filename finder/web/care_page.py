"""The page to browse: every specialty and service by letter, every plan with how many take it."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get

from finder.care.specialties import Specialty, specialties
from finder.directory.plans import PlanBook
from finder.web.language import Reader
from finder.web.render import Pages
from finder.web.visit import canonical_address, with_cookie
from finder.words.folding import fold

__all__ = ["care_handler"]


@dataclass(frozen=True)
class PlanLine:
    """One plan, the search for who takes it, and how many that are in words."""

    label: str
    address: str
    taken: str


def care_handler(pages: Pages) -> Any:
    """The handler of ``GET /care``."""

    @get("/care", sync_to_thread=False, include_in_schema=False)
    def care_page(request: Request[Any, Any, Any]) -> Response[str]:
        """All that can be asked for, each a link to the search for it."""
        reader = pages.reader(request)
        values = {
            "letters": _by_letter(specialties().all, reader),
            "plans": _plans(pages.services.directory.current().plans, reader),
            "canonical": canonical_address(request),
        }
        return with_cookie(request, pages.respond(request, "care.html", values))

    return care_page


def _by_letter(cares: tuple[Specialty, ...], reader: Reader) -> list[tuple[str, list[tuple[str, str]]]]:
    """(letter, [(name, address of the search)]) in the order of the alphabet, accents apart."""
    names = sorted((care.name(reader.language) for care in cares), key=lambda name: (fold(name), name))
    return [
        (letter, [(name, f"/?{urlencode({'words': name})}") for name in group])
        for letter, group in groupby(names, key=lambda name: fold(name)[:1].upper())
    ]


def _plans(book: PlanBook, reader: Reader) -> list[PlanLine]:
    """By name, each network behind its plan."""
    lines = list[PlanLine]()
    for plan in sorted(book.all, key=lambda plan: (fold(plan.name), plan.name, fold(plan.network or ""))):
        taken = book.taken(plan.id)
        counts = (
            reader.plural("%(num)d place", "%(num)d places", taken.facilities) if taken.facilities else "",
            reader.plural("%(num)d doctor's listing", "%(num)d doctors' listings", taken.listings) if taken.listings else "",
        )
        lines.append(PlanLine(plan.label(), f"/?{urlencode({'plan': plan.id})}", ", ".join(filter(None, counts))))
    return lines
