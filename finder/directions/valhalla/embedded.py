"""Valhalla inside this process, over the road tiles of one region."""

import copy
import os
import tempfile
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Final

import msgspec
import valhalla.config
from valhalla import Actor

from finder.directions.valhalla.barriers import Barriers
from finder.directions.valhalla.codec import Action
from finder.directions.valhalla.engine import Valhalla
from finder.directions.valhalla.faults import fault_of
from finder.directions.valhalla.tiles import check_tiles
from finder.directions.valhalla.timetables import Timetables
from finder.errors import NotReady

__all__ = ["EmbeddedValhalla"]

_METHODS: Final = {
    Action.ROUTE: "route",
    Action.MATRIX: "matrix",
    Action.REACH: "isochrone",
    Action.MATCH: "trace_route",
    Action.EDGES: "trace_attributes",
    Action.SNAP: "locate",
    Action.STATUS: "status",
}
# What a search leaves reserved for the next one, in each thread: ten thousands of edges are a city, millions a country.
_RESERVED_LABELS: Final = 100_000
_PATIENCE_S: Final = 5.0
# The shape of a long way has more points than a measured trace.
_MAX_SHAPE: Final = 200_000


class EmbeddedValhalla(Valhalla):
    """The engine over ``tiles``, the archive of road tiles (``roads.tar``) that the region's build made.

    Raises :class:`NotReady` where the file is missing and :class:`finder.errors.Damaged` where it is not whole. The file must
    stay as it is: for new roads, put a new file in its place in one rename, and make a new engine. ``timetables`` are those of
    public transport in the tiles; None where there are none. ``barriers`` are those of the extract that the tiles are of; None
    where they are not known, which costs time only.

    An Actor of Valhalla takes one call at a time, so there are several, each lent to one thread for one call: as many as the
    machine has processors, for more would only wait for those. One takes up to 75 ms to make and 25 MB, and is kept where
    threads come and go. Other threads run while one searches.
    """

    def __init__(
        self,
        tiles: Path,
        *,
        timetables: Timetables | None = None,
        barriers: Barriers | None = None,
        actors: int = os.cpu_count() or 1,
    ) -> None:
        super().__init__(timetables, barriers)
        check_tiles(tiles)
        self._tiles = tiles.resolve()
        self._config = msgspec.json.encode(_config(self._tiles))
        # None stands for one that is still to be made; the last in use comes first, its memory warm.
        self._idle: LifoQueue[Actor | None] = LifoQueue()
        for _ in range(actors):
            self._idle.put(None)

    def ask(self, action: Action, question: str) -> str:
        """Return Valhalla's JSON."""
        try:
            actor = self._idle.get(timeout=_PATIENCE_S)
        except Empty:
            raise NotReady("The road engine is too busy. Try again in a minute.") from None
        try:
            actor = actor or self._new_actor()
            return getattr(actor, _METHODS[action])(question)
        except RuntimeError as error:
            # A ValhallaError has a code; one without comes from deeper down.
            raise fault_of(int(getattr(error, "code", 0))) from None
        finally:
            self._idle.put(actor)

    def _new_actor(self) -> Actor:
        # Valhalla reads its settings from a file, while it is made and never again.
        with tempfile.TemporaryDirectory(prefix="finder-valhalla-") as folder:
            settings = Path(folder) / "valhalla.json"
            settings.write_bytes(self._config)
            try:
                return Actor(str(settings))
            except (OSError, RuntimeError):
                raise NotReady(
                    f"The file of road tiles {self._tiles.name} cannot be opened any more. Build the region again: "
                    "finder region build FILE.osm.pbf."
                ) from None


def _config(tiles: Path) -> dict[str, Any]:
    # get_config hands out its one default, which must stay as it is.
    config: dict[str, Any] = copy.deepcopy(valhalla.config.get_config(tile_extract="", tile_dir=""))
    config["mjolnir"] |= {
        "tile_extract": str(tiles),
        "tile_dir": "",
        "traffic_extract": "",
        "admin": "",
        "landmarks": "",
        "timezone": "",
    }
    config["logging"]["type"] = ""
    # By far the quickest for one origin and many targets.
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    for name in ("astar", "bidir_astar", "dijkstras", "bidir_dijkstras"):
        config["thor"][f"max_reserved_labels_count_{name}"] = _RESERVED_LABELS
    config["service_limits"]["trace"]["max_shape"] = _MAX_SHAPE
    config["service_limits"]["allow_hard_exclusions"] = True  # without it, matrices would go by ferry
    return config
