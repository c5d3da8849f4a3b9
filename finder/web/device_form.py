"""What a page's form or script posts, and the position that comes of a device's fix: used as the person has agreed."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from litestar import Request
from litestar.exceptions import PermissionDeniedException

from finder.domain.consent import WithPosition
from finder.domain.position import PositionFor
from finder.errors import BadInput
from finder.http.persons import asking_person
from finder.http.site import is_of_own_page
from finder.locate.device import DeviceFix
from finder.privacy.desk import ConsentDesk
from finder.privacy.exactness import grant_as_wished
from finder.privacy.policy import policy_version

__all__ = ["FIX_FIELDS", "posted_position", "posted_texts"]


class _FixForm(msgspec.Struct, frozen=True, kw_only=True):
    """A device's fix, whether it is to be used exactly, and the policy version agreed to for this one request if any."""

    lat: float
    lon: float
    accuracy_m: float
    consent: str = ""
    exact: Literal["yes", "no", ""] = ""


FIX_FIELDS: Final = frozenset(_FixForm.__struct_fields__)
"""The fields of a device's fix."""


def posted_texts(request: Request[Any, Any, Any], data: Mapping[str, Any], fields: frozenset[str]) -> dict[str, str]:
    """Return what one of our own pages has posted; it is in ``request.state.posted``, too, for a page that offers to try again.

    Raises :class:`PermissionDeniedException` for what another site's page sends or nobody says the page of, and
    :class:`BadInput` for a field that is not among ``fields``.
    """
    if not is_of_own_page(request):
        raise PermissionDeniedException("Only the page itself may ask this.")
    if not fields.issuperset(data):
        raise BadInput("The form has a field that no form of ours sends.")
    posted = {name: str(value) for name, value in data.items()}
    request.state.posted = posted
    return posted


def posted_position[P: WithPosition](
    request: Request[Any, Any, Any], posted: Mapping[str, str], consents: ConsentDesk, purpose: type[P], *, urgent: bool = False
) -> PositionFor[P]:
    """Return the position of a posted fix for a purpose: exact as the person has agreed, and blurred without.

    Raises :class:`BadInput` for a fix that cannot be read, and what :func:`grant_as_wished` raises.
    """
    try:
        form = msgspec.convert({name: posted[name] for name in FIX_FIELDS if name in posted}, _FixForm, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"The form cannot be read: {error}.") from error
    fix = DeviceFix(lat=form.lat, lon=form.lon, accuracy_m=form.accuracy_m)
    grant = grant_as_wished(
        consents,
        purpose,
        asking_person(request),
        exact={"yes": True, "no": False}.get(form.exact),
        agreed=policy_version(form.consent) if form.consent else None,
        urgent=urgent,
    )
    return fix.precise(grant) if grant is not None else fix.blurred()
