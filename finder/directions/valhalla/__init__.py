"""Valhalla, a road engine: https://valhalla.github.io/valhalla/. Inside this process, or a server somewhere."""

from finder.directions.valhalla.barriers import Barriers, read_barriers, write_barriers
from finder.directions.valhalla.embedded import EmbeddedValhalla
from finder.directions.valhalla.remote import RemoteValhalla
from finder.directions.valhalla.timetables import Timetables

__all__ = ["Barriers", "EmbeddedValhalla", "RemoteValhalla", "Timetables", "read_barriers", "write_barriers"]
