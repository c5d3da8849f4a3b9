"""In what languages Valhalla tells a way."""

from typing import Final

__all__ = ["LANGUAGES", "language_of"]

# fmt: off
LANGUAGES: Final = (
    "en-US", "en-GB", "en-AU", "es-ES", "ar-SA", "bg-BG", "ca-ES", "cs-CZ", "da-DK", "de-DE", "el-GR", "et-EE", "fi-FI", "fr-FR",
    "he-IL", "hi-IN", "hu-HU", "it-IT", "ja-JP", "ko-KR", "mn-MN", "nb-NO", "nl-NL", "pl-PL", "pt-PT", "pt-BR", "ro-RO", "ru-RU",
    "sk-SK", "sl-SI", "sv-SE", "tr-TR", "uk-UA", "vi-VN",
)
# fmt: on
"""In what languages Valhalla 3.9 says what to do. In all others it would silently speak English."""

_BY_TAG: Final = {tag.lower(): tag for tag in LANGUAGES}
# The first one of a language is the one for its other countries: es-MX is told in es-ES.
_BY_LANGUAGE: Final = {tag.split("-")[0]: tag for tag in reversed(LANGUAGES)} | {"no": "nb-NO", "nn": "nb-NO"}


def language_of(tag: str) -> str:
    """Return the language of :data:`LANGUAGES` for a BCP 47 tag: itself, another country's, or else en-US."""
    lowered = tag.strip().lower().replace("_", "-")
    return _BY_TAG.get(lowered) or _BY_LANGUAGE.get(lowered.split("-")[0]) or "en-US"
