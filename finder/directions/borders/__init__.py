"""Borders: ports of entry, their lanes and waits, and who is sent across where. A person without documents never is."""

from finder.directions.borders.along import LASTING_M, CountryChange, crossings_of
from finder.directions.borders.crossing import MAX_DETOUR_M, Borders, Crossing, Crossings, MayCross
from finder.directions.borders.documents import Documents, lanes_open_to
from finder.directions.borders.measurements import LaneKey, Measurement, Measurements, measurements_from_json
from finder.directions.borders.ports import Direction, Lane, Port, known_ports, ports_between, read_ports
from finder.directions.borders.steps import with_border_steps
from finder.directions.borders.wait_sources import PATIENCE_S, FileWaits, HttpWaits
from finder.directions.borders.waits import FORGOTTEN, FRESH, Wait, WaitBasis, WaitBook, WaitSource

__all__ = [
    "FORGOTTEN",
    "FRESH",
    "LASTING_M",
    "MAX_DETOUR_M",
    "PATIENCE_S",
    "Borders",
    "CountryChange",
    "Crossing",
    "Crossings",
    "Direction",
    "Documents",
    "FileWaits",
    "HttpWaits",
    "Lane",
    "LaneKey",
    "MayCross",
    "Measurement",
    "Measurements",
    "Port",
    "Wait",
    "WaitBasis",
    "WaitBook",
    "WaitSource",
    "crossings_of",
    "known_ports",
    "lanes_open_to",
    "measurements_from_json",
    "ports_between",
    "read_ports",
    "with_border_steps",
]
