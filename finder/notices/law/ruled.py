"""The one way to a :class:`LawfulFence`: the law is asked, and allows it."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from finder.domain.fence import Fence
from finder.domain.lawful import Judgement, LawfulFence, _lawful  # pyright: ignore[reportPrivateUsage] - made here only
from finder.errors import BadInput, Unlawful
from finder.notices.law.boundaries import Boundaries, installed_boundaries
from finder.notices.law.table import LawTable, Operator, Purpose, law_table
from finder.notices.law.verdict import Site, verdict

__all__ = ["current_law", "law_sha256", "ruled"]


def ruled(
    fence: Fence,
    site: Site,
    *,
    others: Iterable[Site] | None,
    operator: Operator,
    boundaries: Boundaries | None,
    at: datetime,
    table: LawTable | None = None,
) -> LawfulFence:
    """Return the fence as one that the law allows, for notices, to people who have given their express consent.

    ``site`` is that of the fence's facility; ``others``, ``operator``, ``boundaries`` and ``table`` are those of
    :func:`finder.notices.law.verdict`; ``at`` is now. Raises :class:`Unlawful` with every reason against it, and
    :class:`BadInput` for a shape without area or not on the Earth, and for the site of another facility.
    """
    if site.facility.id != fence.facility_id:
        raise BadInput("A fence is judged by the site of its own facility: give that one.")
    table = table or law_table()
    given = verdict(
        fence.shape, site, others=others, operator=operator, purpose=Purpose.NOTICES, boundaries=boundaries, table=table
    )
    law = law_sha256(boundaries, table)
    if not given.allowed or law is None:
        raise Unlawful(" ".join(dict.fromkeys(reason.text("en") for reason in given.reasons)))
    rows = tuple(dict.fromkeys(reason.row.id for reason in given.reasons if reason.row is not None))
    return _lawful(fence, Judgement(at=at, law=law, rows=rows))


def law_sha256(boundaries: Boundaries | None, table: LawTable | None = None) -> str | None:
    """The SHA-256, in hex, of a law: its table and its outlines. ``None`` without outlines, where nothing is lawful."""
    if boundaries is None:
        return None
    return hashlib.sha256(f"{(table or law_table()).sha256} {boundaries.sha256}".encode()).hexdigest()


def current_law() -> str | None:
    """:func:`law_sha256` of the table that comes with the finder and of the outlines that set-up brought."""
    return law_sha256(installed_boundaries())
