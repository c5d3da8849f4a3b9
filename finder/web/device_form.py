"""What a page's script posts of the device's position, and the position that comes of it: used as the person has agreed."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.exceptions import PermissionDeniedException

from finder.domain.position import Position
from finder.errors import BadInput
from finder.locate.device import DeviceFix, position_from_fix
from finder.privacy.consent import grant_from_version

__all__ = ["check_same_origin", "posted_position"]


class _FixForm(msgspec.Struct, frozen=True, kw_only=True):
    """A device's fix, and the policy version agreed to if any."""

    lat: float
    lon: float
    accuracy_m: float
    consent: str = ""


_FIELDS: Final = frozenset(_FixForm.__struct_fields__)


def check_same_origin(request: Request[Any, Any, Any]) -> None:
    """Refuse what another site's page sends. Raises :class:`PermissionDeniedException`."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise PermissionDeniedException("Only the page itself may ask this.")


def posted_position(data: Mapping[str, Any], others: frozenset[str]) -> Position:
    """Return the position of a posted form, exact with consent and blurred without; ``others`` are its fields beside the fix.

    Raises :class:`BadInput` for a field that no form of ours sends, and :class:`finder.errors.OutdatedPolicy`.
    """
    if not (_FIELDS | others).issuperset(data):
        raise BadInput("The form has a field that no form of ours sends.")
    try:
        form = msgspec.convert(dict(data), _FixForm, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"The form cannot be read: {error}.") from error
    fix = DeviceFix(lat=form.lat, lon=form.lon, accuracy_m=form.accuracy_m)
    return position_from_fix(fix, grant_from_version(form.consent) if form.consent else None)
