"""A place that a person saved as the start of a page: named by a posted form alone, and exact as the person has agreed.

No address holds anything of it. What the page leads on to goes by forms, which carry the place's id.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request

from finder.domain.consent import Purpose, Via, WithPosition
from finder.domain.position import PositionFor
from finder.errors import BadInput, Damaged, NotFound, NotReady
from finder.http.persons import asking_person
from finder.locate.saved import SavedPlace
from finder.privacy.exactness import grant_as_wished
from finder.privacy.policy import policy_version
from finder.privacy.subjects import Person
from finder.web.language import LANGUAGES, Reader
from finder.web.services import WebServices

__all__ = ["SAVED_FIELDS", "SavedChoice", "SavedStart", "saved_choice", "saved_start"]

SAVED_FIELDS: Final = frozenset({"saved", "saved_before", "area", "say", "policy", "language"})
"""Of a posted form. ``saved``: the id of the place to start from; ``saved_before``: of the one that the page before started from,
which a place that was typed since goes before; ``area``: the purpose for which the person wishes it blurred; the others are a
yes to its exact use, as ``POST /privacy/consents`` takes it."""
_ID: Final = re.compile(r"[0-9a-f]{24}")
_Request = Request[Any, Any, Any]


@dataclass(frozen=True)
class SavedStart[P: WithPosition]:
    """The place that a form names. ``position`` is ``None`` where it cannot be opened: it is gone, or the person's key is."""

    id: str
    position: PositionFor[P] | None
    area: str
    """The value of the purpose for which it is blurred as the person wishes, else empty."""


@dataclass(frozen=True)
class SavedChoice:
    """What a page shows of saved places: those to choose from, and the one that it starts from."""

    places: Sequence[tuple[str, str]]
    """(id, as the person calls it), by name."""
    purpose: Purpose
    id: str = ""
    """Of the one that the page starts from."""
    name: str = ""
    area: str = ""
    is_blurred: bool = False
    asks: bool = False
    """Whether the person is to be asked for the exact place."""
    is_lost: bool = False
    """The form named one that cannot be opened."""


def saved_start[P: WithPosition](
    request: _Request, posted: Mapping[str, str], services: WebServices, purpose: type[P], reader: Reader
) -> SavedStart[P] | None:
    """Return the saved place that a posted form starts from, and remember that it was used; ``None`` where it names none.

    A yes that the form says is written down first. Raises :class:`BadInput` for what no form of ours sends, and for the yes what
    :meth:`finder.privacy.desk.ConsentDesk.say_yes` raises.
    """
    place_id = posted.get("saved") or ("" if posted.get("place", "").strip() else posted.get("saved_before", ""))
    area = posted.get("area", "")
    if (place_id and not _ID.fullmatch(place_id)) or area not in {"", *Purpose} or posted.get("say", "yes") != "yes":
        raise BadInput("The form cannot be read: choose one of your saved places.")
    if not place_id:
        return None
    person = asking_person(request)
    if person is None:
        return SavedStart(place_id, None, "")
    if "say" in posted:
        language = posted.get("language", "")
        services.consents.say_yes(
            person.subject,
            purpose.purpose,
            version=policy_version(posted.get("policy", "")),
            language=language if language in LANGUAGES else reader.language,
            via=Via.WEB,
        )
    exact = False if area == purpose.purpose else None
    return SavedStart(place_id, _position(person, place_id, services, purpose, exact=exact), area)


def saved_choice[P: WithPosition](
    request: _Request,
    services: WebServices,
    purpose: type[P],
    start: SavedStart[P] | None,
    *,
    is_used: bool = True,
    urgent: bool = False,
) -> SavedChoice:
    """Return what a page shows of saved places: nothing for who has none.

    ``is_used``: whether the page starts from ``start`` in the end. Where it is ``urgent`` nobody is asked anything.
    """
    places = _names(request, services)
    if start is None or start.position is None:
        return SavedChoice(places, purpose.purpose, is_lost=start is not None)
    is_blurred = is_used and start.position.coarsened
    return SavedChoice(
        places,
        purpose.purpose,
        id=start.id,
        name=dict(places).get(start.id, ""),
        area=start.area,
        is_blurred=is_blurred,
        asks=is_blurred and not urgent and start.area != purpose.purpose,
    )


def _position[P: WithPosition](
    person: Person, place_id: str, services: WebServices, purpose: type[P], *, exact: bool | None
) -> PositionFor[P] | None:
    try:
        place = SavedPlace(services.rights.use_place(person, place_id), person.key, person.subject)
        grant = grant_as_wished(services.consents, purpose, person, exact=exact, agreed=None)
        return place.precise(grant) if grant is not None else place.blurred()
    except (NotFound, NotReady, Damaged):  # care is found from elsewhere too, and the page says so
        return None


def _names(request: _Request, services: WebServices) -> Sequence[tuple[str, str]]:
    """Those that the person's key opens; none where the database does not answer."""
    person = asking_person(request)
    if person is None:
        return ()
    try:
        lines = services.rights.places(person)
    except NotReady:
        return ()
    return [(line.id, line.name) for line in lines if line.name is not None]
