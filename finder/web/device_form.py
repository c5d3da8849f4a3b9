"""What a page's form or script posts, and the position that comes of a device's fix: used as the person has agreed."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import PermissionDeniedException

from finder.domain.consent import ForSearch
from finder.domain.position import Position
from finder.errors import BadInput
from finder.locate.device import DeviceFix
from finder.privacy.grants import once
from finder.privacy.policy import policy_version

__all__ = ["FIX_FIELDS", "posted_position", "posted_texts"]


class _FixForm(msgspec.Struct, frozen=True, kw_only=True):
    """A device's fix, and the policy version agreed to if any."""

    lat: float
    lon: float
    accuracy_m: float
    consent: str = ""


FIX_FIELDS: Final = frozenset(_FixForm.__struct_fields__)
"""The fields of a device's fix."""


def posted_texts(request: Request[Any, Any, Any], data: Mapping[str, Any], fields: frozenset[str]) -> dict[str, str]:
    """Return what one of our own pages has posted.

    Raises :class:`PermissionDeniedException` for what another site's page sends, and :class:`BadInput` for a field that is not
    among ``fields``.
    """
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise PermissionDeniedException("Only the page itself may ask this.")
    if not fields.issuperset(data):
        raise BadInput("The form has a field that no form of ours sends.")
    return {name: str(value) for name, value in data.items()}


def posted_position(posted: Mapping[str, str]) -> Position:
    """Return the position of a posted fix, exact with consent and blurred without.

    Raises :class:`BadInput` for a fix that cannot be read, and :class:`finder.errors.OutdatedPolicy`.
    """
    try:
        form = msgspec.convert({name: posted[name] for name in FIX_FIELDS if name in posted}, _FixForm, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"The form cannot be read: {error}.") from error
    fix = DeviceFix(lat=form.lat, lon=form.lon, accuracy_m=form.accuracy_m)
    return fix.precise(once(ForSearch, policy_version(form.consent))) if form.consent else fix.blurred()
