"""Closing what waits to go out: it says who is told of a visit, and whoever has but the database must not read that."""

from base64 import b64decode, b64encode
from binascii import Error

import msgspec

from finder.domain.delivery import Delivery
from finder.errors import Damaged
from finder.privacy.sealing import ServiceKey

__all__ = ["closed", "opened"]


def closed(delivery: Delivery, key: ServiceKey) -> Delivery:
    """Return the delivery as it is kept, target and body sealed. Raises what :meth:`ServiceKey.seal` raises."""
    target = key.seal(delivery.target.encode(), bound_to=f"target {delivery.id}")
    body = key.seal(delivery.body, bound_to=f"body {delivery.id}")
    return msgspec.structs.replace(delivery, target=b64encode(target).decode(), body=body)


def opened(delivery: Delivery, key: ServiceKey) -> Delivery:
    """Return what was closed. Raises :class:`Damaged` for what it does not open, and what :meth:`ServiceKey.open` raises."""
    try:
        sealed = b64decode(delivery.target, validate=True)
    except Error:
        raise Damaged("What waits to go out has not the form that this release knows.") from None
    target = key.open(sealed, bound_to=f"target {delivery.id}").decode()
    return msgspec.structs.replace(delivery, target=target, body=key.open(delivery.body, bound_to=f"body {delivery.id}"))
