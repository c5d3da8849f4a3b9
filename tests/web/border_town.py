"""Three clinics around San Ysidro's port of entry, and waits measured there: 20 minutes in one lane, 135 in the others."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from finder.directory import Directory
from finder.domain.facility import Address, Entrance, Facility, FacilityKind, Wheelchair
from finder.domain.place import Place, PlaceKind
from finder.geo.points import LonLat

from .town import facility, publish_town

__all__ = ["BY_A_DOOR", "RIO", "ROSARITO", "SAN_YSIDRO", "SOURCE", "TIJUANA", "publish_border_town", "write_port", "write_waits"]

RIO = LonLat(-117.02, 32.525)
SOURCE = "Border desk of the county"
_ZONE: dict[str, Any] = {"time_zone": "America/Tijuana", "opening_hours": "24/7"}


def _clinic(number: int, name: str, at: LonLat, city: str, country: str, **more: Any) -> Facility:
    address = Address(city=city, country=country)
    return facility(number, name, FacilityKind.CLINIC, *at, address=address, **{**_ZONE, **more})


SAN_YSIDRO = _clinic(91, "Clinic North", LonLat(-117.045, 32.556), "San Ysidro", "US")
ROSARITO = _clinic(92, "Clinic South", LonLat(-117.05, 32.34), "Rosarito", "MX")
TIJUANA = [
    Place(name="Zona Río", kind=PlaceKind.STREET, lon_lat=RIO, radius_m=100.0, city="Tijuana", country="MX"),
    Place(name="Playas", kind=PlaceKind.STREET, lon_lat=LonLat(-117.05, 32.3401), radius_m=100.0, city="Rosarito", country="MX"),
]
BY_A_DOOR = _clinic(
    93,
    "Clinic with a door",
    LonLat(-117.03, 32.50),
    "Tijuana",
    "MX",
    entrances=(Entrance(LonLat(-117.0297, 32.5002), "main", Wheelchair.LIMITED),),
)


def publish_border_town(folder: Path, *more: Facility) -> Directory:
    """One clinic on either side, and those that a test adds; the nearer one by distance lies across."""
    return publish_town(folder, [SAN_YSIDRO, ROSARITO, *more], known=TIJUANA)


def write_waits(path: Path, at: datetime) -> Path:
    """A file for ``FINDER_BORDER_WAITS``, measured a quarter of an hour before an aware moment."""
    measured_at = (at - timedelta(minutes=15)).isoformat()
    minutes = {("san_ysidro", "sentri"): 20, ("san_ysidro", "general"): 135, ("otay_mesa", "general"): 135}
    waits = [
        {"port": port, "direction": "MX>US", "lane": lane, "wait_min": [wait, wait, wait], "measured_at": measured_at}
        for (port, lane), wait in minutes.items()
    ]
    path.write_text(json.dumps({"source": SOURCE, "waits": waits}), encoding="utf-8")
    return path


def write_port(path: Path) -> Path:
    """A file for ``FINDER_BORDER_PORTS``: one port of entry, between Finland and Russia, in both directions."""
    lanes = "lanes = { general = { usual_min = [5, 10, 20] }, pedestrian = { usual_min = [5, 10, 20] } }"
    passages = "".join(f'[[port.passage]]\ndirection = "{way}"\n{lanes}\n' for way in ("FI>RU", "RU>FI"))
    path.write_text(
        '[[port]]\nid = "gate"\nname_en = "The Gate"\nname_es = "La Puerta"\ncountries = ["FI", "RU"]\n'
        'lon_lat = [27.83, 60.58]\ntime_zone = "Europe/Helsinki"\n' + passages,
        encoding="utf-8",
    )
    return path
