"""Addresses of the web, as files and mappers write them."""

import re
from functools import lru_cache

from finder.loading.clean_text import clean_text
from finder.loading.row_error import CellProblem

__all__ = ["clean_website"]

BETWEEN_ADDRESSES = re.compile(r"[;,]? |[;,](?=https?:|www\.)", re.IGNORECASE)
DOMAIN = re.compile(r"^[^\s/@:;,]+\.[^\s/@:;,.]{2,}(?::\d+)?(?:[/?#]\S*)?$")


@lru_cache(maxsize=16384)
def clean_website(text: str) -> str:
    """An address of the web; ``https://`` is added where a domain stands alone. Of several in one cell the first is taken."""
    found = [_address_of_web(part) for part in BETWEEN_ADDRESSES.split(clean_text(text).rstrip(";, "))]
    if found and found[0] and all(found):
        return found[0]
    raise CellProblem("This is not an address of the web.", "Write one address that begins with https:// or http://.")


def _address_of_web(text: str) -> str | None:
    scheme, colon, rest = text.partition("://")
    if not colon:
        return f"https://{text}" if DOMAIN.match(text) else None
    return f"{scheme.lower()}://{rest}" if scheme.lower() in ("http", "https") and DOMAIN.match(rest) else None
