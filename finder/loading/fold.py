"""Comparing words without case, accents and punctuation."""

import unicodedata
from functools import lru_cache

__all__ = ["folded"]

ASCII_PUNCTUATION = {code: None for code in range(128) if not chr(code).isalnum()}


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Letters and digits only, in lower case, without accents: ``Código_Postal`` and ``codigo postal`` become one."""
    if text.isascii():
        return text.lower().translate(ASCII_PUNCTUATION)
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if letter.isalnum())
