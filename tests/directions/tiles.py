"""Road tiles for tests and benchmarks, made by Valhalla's own builders."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import valhalla
from valhalla.config import get_config

from finder.directions.estimate import TravelMode

BY_ROAD = tuple(mode for mode in TravelMode if mode is not TravelMode.TRANSIT)
"""The modes for which roads are enough: public transport needs timetables."""

BUILDERS = Path(valhalla.__file__).parent / "bin"
"""Where the wheel has the builders and the server."""


def build_tiles(pbf: Path, folder: Path) -> Path:
    """The archive of road tiles of an extract, built in an existing folder."""
    config = _config(folder / "roads.tar")
    (folder / "tiles").mkdir()
    config["mjolnir"] |= {"tile_dir": str(folder / "tiles"), "admin": str(folder / "admin.sqlite"), "concurrency": 1}
    written = folder / "build.json"
    written.write_bytes(msgspec.json.encode(config))
    for command in (
        [str(BUILDERS / "valhalla_build_admins"), "-c", str(written), str(pbf)],
        [str(BUILDERS / "valhalla_build_tiles"), "-c", str(written), str(pbf)],
        [sys.executable, "-m", "valhalla.valhalla_build_extract", "-c", str(written), "--overwrite"],
    ):
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "roads.tar"


def settings(tiles: Path, **listen: str) -> Path:
    """Settings, beside the tiles, for an Actor or a server that answers with them."""
    config = _config(tiles)
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    config["httpd"]["service"] |= listen
    config["loki"]["service"]["proxy"], config["thor"]["service"]["proxy"], config["odin"]["service"]["proxy"] = (
        f"ipc://{tiles.parent / name}" for name in ("loki", "thor", "odin")
    )
    written = tiles.parent / "serve.json"
    written.write_bytes(msgspec.json.encode(config))
    return written


def _config(tiles: Path) -> dict[str, Any]:
    config = copy.deepcopy(get_config(tile_extract="", tile_dir=""))
    config["mjolnir"] |= {"tile_extract": str(tiles), "tile_dir": "", "traffic_extract": "", "admin": "", "timezone": ""}
    return config
