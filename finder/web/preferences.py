"""The one cookie that stays: the language and the units that a person chose, by words that the person can read in it."""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

from litestar import Request, Response
from litestar.datastructures import Cookie

__all__ = ["LANGUAGES", "PREFERENCES_COOKIE", "UNITS", "Preferences", "forget_preferences", "keep_preferences", "preferences_of"]

PREFERENCES_COOKIE: Final = "finder_preferences"
LANGUAGES: Final = {"en": "English", "es": "Español"}
"""Each language by its own name, for the switch."""
UNITS: Final = ("km", "mi")
_YEAR_S: Final = 365 * 24 * 3600
_Request = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What was chosen; ``None`` is not chosen, and then the browser's own languages decide."""

    language: str | None = None
    units: str | None = None

    @classmethod
    def read(cls, value: str) -> Self:
        """From the value of the cookie, such as ``es.km``; what nobody of ours wrote is left out."""
        words = value.split(".")[:2]
        return cls(
            language=next((word for word in words if word in LANGUAGES), None),
            units=next((word for word in words if word in UNITS), None),
        )

    def __str__(self) -> str:
        return ".".join(filter(None, (self.language, self.units)))

    def but(self, *, language: str | None = None, units: str | None = None) -> Self:
        """The same with what is newly chosen; what nobody can choose changes nothing."""
        return replace(
            self,
            language=language if language in LANGUAGES else self.language,
            units=units if units in UNITS else self.units,
        )


def preferences_of(request: _Request) -> Preferences:
    """What the request's cookie says."""
    return Preferences.read(request.cookies.get(PREFERENCES_COOKIE, ""))


def keep_preferences(request: _Request, response: Response[Any], chosen: Preferences) -> None:
    """Let the browser keep them for a year."""
    response.set_cookie(_cookie(request, str(chosen), max_age=_YEAR_S))


def forget_preferences(request: _Request, response: Response[Any]) -> None:
    """Let the browser forget them."""
    response.set_cookie(_cookie(request, "", max_age=0))


def _cookie(request: _Request, value: str, *, max_age: int) -> Cookie:
    secure = request.url.scheme == "https"
    return Cookie(PREFERENCES_COOKIE, value=value, max_age=max_age, samesite="lax", secure=secure, httponly=True)
