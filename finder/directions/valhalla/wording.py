"""What Valhalla's Spanish says of unnamed ways, put right: it calls a footway *la calzada*, the roadway, and has no word for a
crossing (3.9.1, ``empty_street_name_labels`` of its es-ES).
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["instruction_in"]

# With the article first, since it melts into the words before it: "a el" is "al".
_SPANISH: Final[Mapping[str, str]] = {
    " a la calzada": " al andador",
    " de la calzada": " del andador",
    "la calzada": "el andador",
    " a the crosswalk": " al cruce peatonal",
    " de the crosswalk": " del cruce peatonal",
    "the crosswalk": "el cruce peatonal",
}


def instruction_in(language: str, text: str) -> str:
    """Return an instruction of Valhalla's as a person of that language (BCP 47) would say it."""
    if language.lower().startswith("es"):
        for said, meant in _SPANISH.items():
            text = text.replace(said, meant)
    return text
