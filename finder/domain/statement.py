"""What one load says of one thing. All that the store tells is made of statements (``finder.loading.merge``)."""

import msgspec

from finder.domain.facility import Facility
from finder.domain.practitioner import Practitioner, Role

__all__ = ["HAND", "Statement"]

HAND = "hand"
"""The source of what an admin corrects by hand."""


class Statement[T: (Facility, Practitioner, Role)](msgspec.Struct, frozen=True, kw_only=True):
    """What a load of ``source`` says; the fields that it fills are the keys of ``said.provenance``."""

    load_id: int
    source: str
    own_id: str
    """The id that the thing has where nobody else speaks of it: by its best identifier, else by name and address."""
    said: T
    silent: frozenset[str] = frozenset()
    """Fields of which the load says nothing at all, such as one whose cell cannot be read: what was known before stays.
    A field that is neither filled nor here was empty, which takes back what the same source said before."""
