"""What of a name, or of a typed name, is compared: folded words, without titles; and which of them tell people apart."""

from collections.abc import Sequence

__all__ = ["MOST_WORDS", "tells", "without_titles"]

MOST_WORDS = 60
"""Words of one name that are kept: no name has more, and 64 are what the bits of one number can mark."""

# Forms of address; "don" is not here: it is a given name in English. Then what stands behind names in the United States and
# Mexico: registers hold it in the name itself at times.
_TITLES_TEXT = (
    "dr dra drs dras doctor doctora lic licenciado licenciada licda licdo ing mtro mtra prof profr profra profesor profesora "
    "psic qfb tsu enf sr sra srta mr mrs ms "
    "md dds dmd dpm dvm phd pharmd psyd dnp lcsw lmft lpc rn np aprn fnp mph facp facs faap esq jr"
)
_TITLES = frozenset(_TITLES_TEXT.split())
_PARTICLES_TEXT = "de del la las los el lo le y e da das do dos di du van von der den the of and en"
_PARTICLES = frozenset(_PARTICLES_TEXT.split())


def without_titles(folded: Sequence[str]) -> list[str]:
    """Return the folded words that are no title, or all of them where nothing else is left: something may be called just so."""
    return [word for word in folded if word not in _TITLES] or list(folded)


def tells(word: str) -> bool:
    """Tell whether a folded word must be there: particles ("de la") and initials may be missing on either side."""
    return word not in _PARTICLES and not (len(word) == 1 and word.isascii() and word.isalpha())
