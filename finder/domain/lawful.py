"""The proof, in a type, that a fence is lawful where it lies. Without one the store takes no fence."""

from datetime import datetime
from typing import final

import msgspec

from finder.domain.fence import Fence
from finder.domain.proof import Proof

__all__ = ["Judgement", "LawfulFence"]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """When the law was asked about a fence, which law, and by which of its rows the fence is lawful."""

    at: datetime
    law: str
    """The SHA-256, in hex, of the table and the outlines that were asked: another law, another judgement."""
    rows: tuple[str, ...]
    """Ids of rows of ``finder/notices/law/law.toml``."""


@final
class _Key:
    """What only this module has, and without which nothing is lawful."""


_KEY = _Key()


@final
class LawfulFence(Proof):
    """A fence that the law allows, as it was when the law was asked. Made by ``finder.notices.law.ruled`` only.

    No other fence can be put in its place: what is to be changed is asked about anew. The store keeps the judgement.
    """

    __slots__ = ("fence", "judgement")
    fence: Fence
    judgement: Judgement

    def __init__(self, key: _Key, fence: Fence, judgement: Judgement) -> None:
        if key is not _KEY:
            raise TypeError("Whether a fence is lawful says finder.notices.law.ruled().")
        self._set(fence=fence, judgement=judgement)


def _lawful(fence: Fence, judgement: Judgement) -> LawfulFence:  # pyright: ignore[reportUnusedFunction] - finder.notices.law's
    return LawfulFence(_KEY, fence, judgement)
