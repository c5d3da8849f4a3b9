"""What is kept of a visit's way, for the person to take along: with the names that the store leaves out."""

from typing import Any, cast

import msgspec

from finder.notices.visits.progress import Progress

__all__ = ["plain_state"]


def plain_state(state: object) -> object:
    """Return what is kept as MessagePack, once it is decoded, with every value under its name; the names have the units.

    What another release kept is returned as it is, since this one does not know what is what in it.
    """
    try:
        return _named(msgspec.convert(state, Progress))
    except msgspec.ValidationError:
        return state


def _named(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        return {name: _named(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):  # of a longitude and a latitude, too: that is the order that the name says
        return [_named(one) for one in cast("tuple[Any, ...]", value)]
    return value
