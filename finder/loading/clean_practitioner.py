"""What the cells of a practitioner say, in the form that the domain has for it. As in :mod:`finder.loading.clean`."""

import re
from collections.abc import Callable

from finder.domain.practitioner import Gender
from finder.loading.clean import split_list
from finder.loading.clean_npi import clean_npi
from finder.loading.fold import folded
from finder.loading.identity import clean_identifier
from finder.loading.practitioner_words import genders, titles, yes_no_words
from finder.loading.row_error import CellProblem
from finder.words.folding import words

__all__ = ["clean_cedula", "clean_gender", "clean_number_of", "clean_specialties", "clean_yes_no", "name_key"]

NUCC = re.compile(r"[0-9A-Z]{9}X")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ,.](?=\d{3}\b)")
CEDULA = re.compile(r"(?<!\d)\d{5,8}(?!\d)")


def clean_specialties(text: str) -> tuple[str, ...]:
    """Codes of the provider taxonomy in capitals, everything else as written; each once."""
    return tuple(dict.fromkeys(part.upper() if NUCC.fullmatch(part.upper()) else part for part in split_list(text)))


def clean_gender(text: str) -> Gender:
    """The gender that a word stands for."""
    gender = genders().get(folded(text))
    if gender is None:
        raise CellProblem(
            "This word for a gender is not known, or it has two meanings (M: mujer, masculino).",
            f"Write {', '.join(Gender)}, or leave the cell empty.",
        )
    return gender


def clean_yes_no(text: str) -> bool:
    """Whether a word is a yes."""
    answer = yes_no_words().get(folded(text))
    if answer is None:
        raise CellProblem("This is neither yes nor no.", "Write yes or no, or leave the cell empty.")
    return answer


def clean_cedula(text: str) -> str:
    """The number of a Mexican professional licence; one who has several writes that of the first degree first."""
    if match := CEDULA.search(BETWEEN_DIGITS.sub("", text)):
        return match[0]
    raise CellProblem("This is not a cédula profesional.", "Write its number, of five to eight digits.")


def clean_number_of(scheme: str) -> Callable[[str], str]:
    """The cleaner of identifiers of a scheme."""
    cleaners: dict[str, Callable[[str], str]] = {"npi": clean_npi, "cedula": clean_cedula}
    return cleaners.get(scheme, lambda text: clean_identifier(scheme, text))


def name_key(name: str) -> str:
    """What stands in for an identifier: the name's words without title, case, accents and punctuation."""
    found = words(name)
    while len(found) > 1 and found[0] in titles():
        found = found[1:]
    return " ".join(found)
