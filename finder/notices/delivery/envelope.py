"""Closing what waits to go out: it says who is told of a visit, and whoever has but the database must not read that.

Nor is it to be told by lengths: what is sealed is filled up with zeros to a whole number of steps. All but very long addresses is
one step long, so that the bodies of all fences, triggers and channels look alike.
"""

from base64 import b64decode, b64encode
from binascii import Error
from typing import Final

import msgspec

from finder.domain.delivery import Delivery
from finder.errors import Damaged
from finder.privacy.sealing import ServiceKey

__all__ = ["STEP_BYTES", "closed", "opened", "opened_target"]

STEP_BYTES: Final = 512
_LENGTH_BYTES: Final = 4
"""Of how long it is without the zeros, which stands before it: big-endian, and counted into the step."""


def closed(delivery: Delivery, key: ServiceKey) -> Delivery:
    """Return the delivery as it is kept, target and body sealed. Raises what :meth:`ServiceKey.seal` raises."""
    target = key.seal(_filled_up(delivery.target.encode()), bound_to=f"target {delivery.id}")
    body = key.seal(_filled_up(delivery.body), bound_to=f"body {delivery.id}")
    return msgspec.structs.replace(delivery, target=b64encode(target).decode(), body=body)


def opened(delivery: Delivery, key: ServiceKey) -> Delivery:
    """Return what was closed. Raises :class:`Damaged` for what it does not open, and what :meth:`ServiceKey.open` raises."""
    body = _without_zeros(key.open(delivery.body, bound_to=f"body {delivery.id}"))
    return msgspec.structs.replace(delivery, target=opened_target(delivery, key), body=body)


def opened_target(delivery: Delivery, key: ServiceKey) -> str:
    """Return where a delivery that was closed goes. Raises as :func:`opened` does."""
    try:
        sealed = b64decode(delivery.target, validate=True)
    except Error:
        raise _not_known() from None
    return _without_zeros(key.open(sealed, bound_to=f"target {delivery.id}")).decode()


def _filled_up(data: bytes) -> bytes:
    whole = len(data).to_bytes(_LENGTH_BYTES) + data
    return whole + bytes(-len(whole) % STEP_BYTES)


def _without_zeros(whole: bytes) -> bytes:
    end = _LENGTH_BYTES + int.from_bytes(whole[:_LENGTH_BYTES])
    if not whole or len(whole) % STEP_BYTES or end > len(whole):
        raise _not_known()
    return whole[_LENGTH_BYTES:end]


def _not_known() -> Damaged:
    return Damaged("What waits to go out has not the form that this release knows.")
