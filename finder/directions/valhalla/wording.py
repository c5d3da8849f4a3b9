"""What Valhalla's instructions (3.9.1) say amiss, put right.

Its Spanish is that of Spain: here Mexico's words stand for it. It calls a footway *la calzada*, the roadway, and has no word for
a crossing (``empty_street_name_labels`` of its es-ES). Who is in a wheelchair is told to walk. Who is no driver is sent onto a
*ramp* or an *exit*, which are a slope and a door to them, and mean the short road that links two others.
"""

import re
from collections.abc import Mapping
from typing import Final

from finder.directions.estimate import TravelMode

__all__ = ["instruction_in", "ride_in"]

# With the article first, since it melts into the words before it: "a el" is "al".
_SPANISH: Final[Mapping[str, str]] = {
    " a la calzada": " al andador",
    " de la calzada": " del andador",
    "la calzada": "el andador",
    " a the crosswalk": " al cruce peatonal",
    " de the crosswalk": " del cruce peatonal",
    "the crosswalk": "el cruce peatonal",
    "el carril bici": "la ciclovía",
}
# At the beginning of a sentence only: further on a street may bear such a name.
_SPANISH_BEGINNINGS: Final[Mapping[str, str]] = {
    "Conduzca hacia ": "Maneje hacia ",
    "Haga la rotonda y tome ": "En la glorieta, tome ",
    "Haga la rotonda": "Entre en la glorieta",
    "Salga de la rotonda": "Salga de la glorieta",
    "Haga un cambio de sentido ": "Dé vuelta en U ",
    "Tome el ascensor": "Tome el elevador",
    "Tome la escalera mecánica": "Tome las escaleras eléctricas",
}
_WHEELED: Final[Mapping[str, str]] = {"Camine hacia ": "Avance hacia ", "Walk ": "Go "}
# The word is looked for first, which few instructions have: most are done in a quarter of the time.
_NO_DRIVER: Final = (
    ("salida", re.compile(r"^Tome la salida\b"), "Tome la vía de enlace"),
    ("salida", re.compile(r"\bla vía de salida\b"), "la vía de enlace"),
    ("exit", re.compile(r"^Take the exit\b"), "Take the link road"),
    ("ramp", re.compile(r"\b([Tt])ake the ((?:.+ )?)ramp\b"), r"\1ake the \2link road"),
)

_BLANK_BRACKETS: Final = re.compile(r"\(\s+([^()]*?)\s+\)")


def instruction_in(language: str, text: str, mode: TravelMode) -> str:
    """Return an instruction of Valhalla's as a person of that language (BCP 47) would say it to who travels so."""
    if language.lower().startswith("es"):
        for said, meant in _SPANISH.items():
            text = text.replace(said, meant)
        text = _begun(text, _SPANISH_BEGINNINGS)
    if mode is TravelMode.WHEELCHAIR:
        text = _begun(text, _WHEELED)
    if mode is not TravelMode.CAR:
        for word, pattern, meant in _NO_DRIVER:
            if word in text:
                text = pattern.sub(meant, text)
    return text


def ride_in(language: str, text: str, departs: str, arrives: str) -> str:
    """Return what to take, when it leaves and when it gets there, in Valhalla's own three sentences.

    Names of lines and stops are in them, so nothing is replaced but the blanks within the brackets of its Spanish.
    """
    if language.lower().startswith("es"):
        text = _BLANK_BRACKETS.sub(r"(\1)", text)
    return " ".join(sentence for sentence in (text, departs, arrives) if sentence)


def _begun(text: str, beginnings: Mapping[str, str]) -> str:
    for said, meant in beginnings.items():
        if text.startswith(said):
            return meant + text.removeprefix(said)
    return text
