"""Saying, in the way that Global Privacy Control asks for, that the browser's wish is followed: https://www.w3.org/TR/gpc/."""

from datetime import date
from typing import Any, Final

import msgspec
from litestar import get

__all__ = ["gpc_handler"]

_FOLLOWED_SINCE: Final = date(2026, 11, 23)
"""When what the finder does about it last changed."""


class GpcAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """The GPC support resource."""

    gpc: bool
    last_update: date


def gpc_handler() -> Any:
    """Return the handler of ``GET /.well-known/gpc.json``."""

    @get("/.well-known/gpc.json", sync_to_thread=False, summary="Whether Global Privacy Control is followed")
    def gpc() -> GpcAnswer:
        """Answer yes: with ``Sec-GPC: 1`` (and ``DNT: 1``) nothing is counted and no other application is let in anew."""
        return GpcAnswer(gpc=True, last_update=_FOLLOWED_SINCE)

    return gpc
