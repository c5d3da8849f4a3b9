"""Which language, units and number formats a person reads, and the catalogues of the texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from litestar import Request

from finder.http.languages import accepted_languages
from finder.web.preferences import LANGUAGES, preferences_of

__all__ = ["LANGUAGES", "LOCALES_DIR", "Reader", "reader_of", "translations"]

LOCALES_DIR = Path(__file__).parent / "locales"
"""The texts in code and templates are English: ``en`` has no catalogue."""
_DEFAULT_LOCALES = {"en": Locale("en", "US"), "es": Locale("es", "MX")}


@cache
def translations(language: str) -> NullTranslations:
    """The texts of a language, compiled in memory from its ``.po`` file."""
    path = LOCALES_DIR / language / "LC_MESSAGES" / "finder.po"
    if not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled, domain="finder")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the page: the language of the texts, the locale of numbers and times, and whether distances are in miles."""

    language: str
    locale: Locale
    miles: bool

    def text(self, message: str, **values: object) -> str:
        """The message in the reader's language with its ``%(name)s`` filled in."""
        translated = str(translations(self.language).gettext(message))
        return _one_stop(translated % values) if values else translated

    def plural(self, singular: str, plural: str, num: int, **values: object) -> str:
        """Like :meth:`text`, in the number that ``num`` asks for; ``%(num)d`` stands for it."""
        return _one_stop(str(translations(self.language).ngettext(singular, plural, num)) % {"num": num, **values})


def _one_stop(text: str) -> str:
    """A sentence ends in one full stop, even after ``5 p.m.``; an ellipsis stays."""
    return re.sub(r"(?<!\.)\.\.(?!\.)", ".", text)


def reader_of(request: Request[Any, Any, Any], default_language: str) -> Reader:
    """By ``?lang=``, else the cookie, else ``Accept-Language``, else the default.

    The region comes from the header: number formats from the first tag of the chosen language, and miles where the first region
    is the USA, unless the cookie says which units.
    """
    accepted, chosen = list(_accepted(request.headers.get("accept-language", ""))), preferences_of(request)
    wishes = [request.query_params.get("lang"), chosen.language, *(locale.language for locale in accepted)]
    language = next((wish for wish in wishes if wish in LANGUAGES), None) or default_language
    regions = [locale.territory for locale in accepted if locale.territory]
    same = [locale for locale in accepted if locale.language == language and locale.territory]
    return Reader(
        language=language,
        locale=same[0] if same else _DEFAULT_LOCALES[language],
        miles=chosen.units == "mi" if chosen.units else regions[:1] == ["US"],
    )


def _accepted(header: str) -> Iterator[Locale]:
    """The locales of an Accept-Language header, most wanted first; what nobody can read is left out."""
    for tag in accepted_languages(header):
        try:
            yield Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
