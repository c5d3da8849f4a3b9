"""Fences and facilities for tests of what serves them."""

from datetime import UTC, datetime
from typing import Any

from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Circle, Fence, FenceStatus, Trigger, Wish
from finder.geo.points import LonLat

__all__ = ["HELSINKI", "a_facility", "a_fence"]

HELSINKI = LonLat(24.94, 60.17)
ENTER = Wish(trigger=Trigger.ENTER, texts={"en": "Welcome to {facility}.", "es": "Bienvenido a {facility}."})


def a_facility(number: int = 0, **fields: Any) -> Facility:
    """A clinic in Helsinki; each number is one."""
    told = {"id": f"clinic{number}", "kind": FacilityKind.CLINIC, "name": f"Clinic {number}", "lon_lat": HELSINKI}
    return Facility(**{**told, "time_zone": "Europe/Helsinki", **fields})


def a_fence(number: int = 0, **fields: Any) -> Fence:
    """An active fence of 50 m around the clinic of that number."""
    told = {
        "id": f"fence{number:06}",
        "tenant": "harbour",
        "facility_id": f"clinic{number}",
        "name": f"Fence {number}",
        "shape": Circle(centre=HELSINKI, radius_m=50.0),
        "wishes": (ENTER,),
        "status": FenceStatus.ACTIVE,
        "changed_at": datetime(2026, 11, 1, tzinfo=UTC),
    }
    return Fence(**{**told, **fields})
