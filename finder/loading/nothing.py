"""What a field is when nobody has said anything of it."""

from finder.domain.facility import Accessibility, Address

__all__ = ["says_nothing"]


def says_nothing(value: object) -> bool:
    """Whether the value of a facility's field is empty, an address or an access without any part too."""
    return value in (None, (), {}, Address(), Accessibility())
