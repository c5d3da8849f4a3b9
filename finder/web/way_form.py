"""What a person asks on the directions page: parsing only, nothing of HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from finder.directions.borders import Documents
from finder.directions.estimate import TravelMode
from finder.directions.router import Avoid
from finder.errors import BadInput
from finder.web.find import Question, travel_mode_from

__all__ = ["WAY_FIELDS", "WayForm", "way_form_from"]

WAY_FIELDS: Final = ("mode", "avoid")
"""The parameters of the directions page's own form, of which a search has ``mode`` too. Documents are never among them."""


@dataclass(frozen=True)
class WayForm:
    """The form as it was filled in. ``mode`` is None where nobody has chosen one."""

    mode: TravelMode | None = None
    avoid_tolls: bool = False
    documents: Documents | None = None
    """With what the person can cross a border: only a posted form says so, and None is not said."""

    @property
    def avoid(self) -> frozenset[Avoid]:
        """What the way shall keep off."""
        return frozenset({Avoid.TOLLS} if self.avoid_tolls else ())

    def address(self, facility_id: str, question: Question) -> str:
        """The directions page's address for this form and a search's question: neither coordinates nor documents, ever."""
        told = question.values()
        if self.mode is not None:
            told["mode"] = self.mode.value
        if self.avoid_tolls:
            told["avoid"] = Avoid.TOLLS.value
        query = urlencode(told)
        return f"/facilities/{facility_id}/directions{'?' if query else ''}{query}"


def way_form_from(values: Mapping[str, str], documents: Documents | None = None) -> WayForm:
    """Read the form's values; ``documents`` come from a posted form. Raises :class:`BadInput` for what no form of ours sends."""
    avoid = values.get("avoid", "")
    if avoid not in {"", Avoid.TOLLS.value}:
        raise BadInput("Nothing but tolls can be avoided here.")
    return WayForm(
        mode=travel_mode_from(values),
        avoid_tolls=bool(avoid),
        documents=documents,
    )
