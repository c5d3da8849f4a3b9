"""The operator's colours as a style sheet, and the operator's logo: served as files, so that the strict CSP holds."""

import hashlib
import re
from functools import cached_property

from finder.errors import BadInput
from finder.web.services import WebBrand

__all__ = ["BrandFiles"]

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


class BrandFiles:
    """What ``/brand.css`` and ``/brand-logo`` answer, checked at start-up.

    Raises :class:`BadInput` for a colour that is none, one on which white text cannot be read, or a logo of another kind.
    """

    def __init__(self, brand: WebBrand) -> None:
        self.brand = brand
        for name, colour in (("colour", brand.colour), ("accent", brand.accent)):
            if not _HEX.fullmatch(colour):
                raise BadInput(f"The brand's {name} must be written as #rrggbb.")
            if white_contrast(colour) < 4.5:
                raise BadInput(f"White text is not readable on the brand's {name} {colour}: choose a darker one (contrast 4.5).")
        self.css = f":root{{--brand:{brand.colour};--accent:{brand.accent}}}\n".encode()
        self.logo: bytes | None = None
        self.logo_type = ""
        if brand.logo_path is not None:
            self.logo_type = _LOGO_TYPES.get(brand.logo_path.suffix.lower(), "")
            if not self.logo_type or not brand.logo_path.is_file():
                raise BadInput("The brand's logo must be an SVG or PNG file that exists.")
            self.logo = brand.logo_path.read_bytes()

    @cached_property
    def version(self) -> str:
        """Changes with the colours and the logo."""
        return hashlib.sha256(self.css + (self.logo or b"")).hexdigest()[:12]

    def name(self, language: str) -> str:
        """The brand's name in a language."""
        return self.brand.name_es if language == "es" else self.brand.name_en

    def contact_link(self) -> str | None:
        """The address behind the contact line: mailto, tel or https; None when it is only text."""
        contact = self.brand.contact
        if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", contact):
            return f"mailto:{contact}"
        if contact.startswith("https://"):
            return contact
        digits = re.sub(r"[\s().-]", "", contact)
        return f"tel:{digits}" if re.fullmatch(r"\+?\d{5,15}", digits) else None


def white_contrast(colour: str) -> float:
    """Contrast of white text on ``#rrggbb``, 1 to 21, by the formula of WCAG 2.2 (relative luminance, IEC 61966-2-1)."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
