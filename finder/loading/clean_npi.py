"""National Provider Identifiers: ten digits, the last of which checks the others."""

import re

from finder.loading.row_error import CellProblem

__all__ = ["clean_npi", "npi_adds_up"]

ISSUER = "80840"
"""Health care (80) in the United States (840): stands before the number when the check digit is worked out."""
NPI = re.compile(r"(\d{10})(?:\.0+)?")


def clean_npi(text: str) -> str:
    """The ten digits, without blanks, hyphens and a spreadsheet's ``.0``. Raises :class:`CellProblem` for anything else."""
    if match := NPI.fullmatch(re.sub(r"[\s-]", "", text)):
        return match[1]
    raise CellProblem("This is not an NPI.", "Write its ten digits.")


def npi_adds_up(npi: str) -> bool:
    """Whether the check digit of ten digits is right: Luhn's formula (ISO/IEC 7812-1, annex B) over the issuer and the number."""
    digits = [int(digit) for digit in reversed(ISSUER + npi)]
    doubled = (2 * digit for digit in digits[1::2])
    return (sum(digits[::2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)) % 10 == 0
