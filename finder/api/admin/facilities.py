"""One facility's history, and correcting it by hand."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get, patch
from litestar.params import JSONBody, PathParameter
from msgspec import UNSET, Meta, UnsetType

from finder.api.admin.loads import LoadAnswer
from finder.api.admin.services import AdminServices, actor_of
from finder.domain.admin import Action, Scope
from finder.domain.facility import Address, FacilityKind, FacilityStatus
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.loading.edit import LONGEST_NAME

__all__ = ["AddressEdit", "FacilityEdit", "PointEdit", "facility_handlers"]

FacilityId = Annotated[str, PathParameter(max_length=64, description="The id that a search gave.")]
Text = Annotated[str, Meta(min_length=1, max_length=300)]


class PointEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """WGS84 degrees."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]


class AddressEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole address: a part that is not given is not known."""

    house_number: Text | None = None
    street: Text | None = None
    unit: Text | None = None
    neighbourhood: Text | None = None
    city: Text | None = None
    state: Text | None = None
    postcode: Text | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None


class FacilityEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given is corrected, what is left out stays. null and [] say that there is none, or that nobody knows."""

    name: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)] | UnsetType = UNSET
    kind: FacilityKind | UnsetType = UNSET
    status: FacilityStatus | UnsetType = UNSET
    lon_lat: PointEdit | UnsetType = UNSET
    address: AddressEdit | UnsetType = UNSET
    phones: Annotated[tuple[Text, ...], Meta(max_length=10)] | UnsetType = UNSET
    website: Text | UnsetType | None = UNSET
    opening_hours: Text | UnsetType | None = UNSET


class HistoryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one load says of the facility, by field."""

    load_id: int
    source: str
    file_name: str
    at: datetime
    verified_at: date | None
    fields: dict[str, Any]


class HistoriesAnswer(msgspec.Struct, frozen=True):
    """Newest first."""

    history: list[HistoryAnswer]


def facility_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/facilities``."""
    desk = services.desk

    @get(
        "/facilities/{facility_id:str}/history",
        opt={"scope": Scope.LOADS_READ},
        sync_to_thread=True,
        summary="What each load says of a facility",
    )
    def history(facility_id: FacilityId) -> HistoriesAnswer:
        """Answer who says what of the facility."""
        entries = desk.history(facility_id)
        return HistoriesAnswer(
            history=[
                HistoryAnswer(
                    load_id=entry.load_id,
                    source=entry.source,
                    file_name=entry.file_name,
                    at=entry.at,
                    verified_at=entry.verified_at,
                    fields=entry.fields,
                )
                for entry in entries
            ]
        )

    @patch(
        "/facilities/{facility_id:str}",
        opt={"scope": Scope.FACILITIES_WRITE},
        sync_to_thread=True,
        summary="Correct a facility by hand",
    )
    def edit(request: Request[Any, Any, Any], facility_id: FacilityId, data: JSONBody[FacilityEdit]) -> LoadAnswer:
        """Correct fields, and publish. The answer is the load that the correction is: undoing it takes the correction back."""
        changes = _changes(data)
        # Which fields, not their values: a coordinate is never told.
        outcome = f"done: {', '.join(changes)}"
        with services.recorded(actor_of(request), Action.FACILITY_EDIT, f"facility {facility_id}", outcome):
            done = desk.edit(facility_id, changes)
            return LoadAnswer.of(done.what, done.note)

    return [history, edit]


def _changes(data: FacilityEdit) -> dict[str, Any]:
    """The fields of the domain's facility that are given, with values of its types."""
    changes = {name: value for name in FacilityEdit.__struct_fields__ if (value := getattr(data, name)) is not UNSET}
    if not changes:
        raise BadInput("Nothing is to be corrected: give a field of those that /schema lists.")
    if isinstance(point := changes.get("lon_lat"), PointEdit):
        changes["lon_lat"] = LonLat(point.lon, point.lat)
    if isinstance(address := changes.get("address"), AddressEdit):
        changes["address"] = Address(**msgspec.structs.asdict(address))
    return changes
