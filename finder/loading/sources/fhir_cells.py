"""Cells of a record from what FHIR's resources have in common: addresses, telecom, identifiers, codes, names."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from finder.loading.clean_text import clean_text
from finder.loading.sources.fhir_codes import NUCC, scheme_of
from finder.loading.sources.fhir_resources import Address, Concept, ContactPoint, HumanName, Identifier, Period

__all__ = [
    "address_cells",
    "ended",
    "first_address",
    "identifier_cells",
    "joined",
    "languages_of",
    "name_cells",
    "nucc_codes",
    "phones_of",
    "terms_of",
    "website_of",
    "without_empty",
]

NO_PLACES = ("old", "home", "billing")
"""Uses of addresses at which no patient is seen."""
DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


def without_empty(cells: dict[str, str | None]) -> dict[str, str]:
    """Each cell that says something, its white space tidied and control characters gone."""
    return {field: text for field, value in cells.items() if value and (text := clean_text(value))}


def ended(period: Period | None) -> bool:
    """Whether the period is over today: ``2012-03`` is over on 1 April 2012."""
    end = DATE.match((period and period.end) or "")
    return end is not None and end[0] < datetime.now(UTC).date().isoformat()[: len(end[0])]


def joined(texts: Iterable[str]) -> str:
    """Each text once, in one cell, with ``;`` between; such a mark in a text becomes a comma."""
    return ";".join(dict.fromkeys(text.replace(";", ",").replace("|", ",") for text in texts))


def first_address(addresses: Iterable[Address]) -> Address | None:
    """The first that leads to a place: not old, not somebody's home, and not for letters or bills only."""
    return next(
        (each for each in addresses if each.use not in NO_PLACES and each.type != "postal" and not ended(each.period)),
        None,
    )


def address_cells(address: Address | None) -> dict[str, str]:
    """The first line is the street, the others lead on from there. FHIR's ``district``, a county, is no field of ours."""
    if address is None:
        return {}
    lines = [line for line in address.line if line and line.strip()]
    return without_empty(
        {
            "street": lines[0] if lines else None if address.city else address.text,
            "unit": ", ".join(lines[1:]),
            "city": address.city,
            "state": address.state,
            "postcode": address.postal_code,
            "country": address.country,
        }
    )


def phones_of(telecom: Iterable[ContactPoint]) -> str:
    """The numbers for calling, in the order of their ranks; those without a rank behind them."""
    phones = [each for each in _in_use(telecom) if each.system == "phone" and each.use != "home"]
    phones.sort(key=lambda each: each.rank if each.rank is not None else len(phones) + 1_000_000)
    return joined((each.value or "").removeprefix("tel:").strip() for each in phones)


def website_of(telecom: Iterable[ContactPoint]) -> str | None:
    """The first web address."""
    return next((each.value for each in _in_use(telecom) if each.system == "url"), None)


def _in_use(telecom: Iterable[ContactPoint]) -> list[ContactPoint]:
    return [each for each in telecom if each.value and each.use != "old" and not ended(each.period)]


def identifier_cells(identifiers: Iterable[Identifier], schemes: Sequence[str]) -> dict[str, str]:
    """``identifiers.<scheme>`` for those of ``schemes`` that are there; the first of each that still holds."""
    found: dict[str, str | None] = {}
    for each in identifiers:
        scheme = scheme_of(each.system)
        if scheme in schemes and each.use != "old" and not ended(each.period):
            found.setdefault(f"identifiers.{scheme}", each.value)
    return without_empty(found)


def nucc_codes(concepts: Iterable[Concept]) -> list[str]:
    """NUCC taxonomy codes only."""
    codings = (coding for concept in concepts for coding in concept.coding)
    return [coding.code for coding in codings if coding.code and (coding.system or "").rstrip("/").endswith(NUCC)]


def terms_of(concepts: Iterable[Concept]) -> list[str]:
    """What each is, once: its NUCC code, or else its words."""
    terms = (term for each in concepts for term in (nucc_codes((each,)) or [each.words() or ""]))
    return [text for term in terms if (text := clean_text(term))]


def languages_of(communication: Iterable[Concept]) -> str:
    """BCP 47 tags, or words where there is no code; R5 has them one level down."""
    spoken = [each.language or each for each in communication]
    return joined(tag for each in spoken if (tag := (each.codes() or [each.words() or ""])[0].strip()))


def name_cells(names: Iterable[HumanName]) -> dict[str, str]:
    """The name that a patient would hear: the official or usual one, from its parts where it has a family name.

    ``text`` may be “SMITH, JOE”; the parts say which is which.
    """
    order = {"official": 0, "usual": 1, None: 2}
    current = [name for name in names if name.use not in ("old", "maiden", "nickname", "anonymous") and not ended(name.period)]
    for name in sorted(current, key=lambda name: order.get(name.use, 3)):
        given, prefix, suffix = (" ".join(filter(None, part)) for part in (name.given, name.prefix, name.suffix))
        parts = " ".join(filter(None, (prefix, given, name.family)))
        cells = without_empty(
            {
                "name": parts if name.family else name.text or parts,
                "given": given,
                "family": name.family,
                "prefix": prefix,
                "credential": suffix,
            }
        )
        if "name" in cells:
            return cells
    return {}
