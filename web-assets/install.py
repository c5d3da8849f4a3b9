"""Bring the third-party files in from npm, with their licences: the map (MapLibre GL), the font (Public Sans), and boundaries.

The boundaries are countries of Natural Earth (1:10m) and states of the US Census Bureau, both in the public domain, as TopoJSON.
They tell which law rules a fence (``finder/notices/law``); no page is served them.

They are installed at set-up and never committed. ``npm ci`` checks every package against the hashes in package-lock.json.
Run by the build hook (``hatch_build.py``), so also by ``pip install -e .``; by hand: ``python web-assets/install.py``.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "finder" / "web" / "static" / "vendor"
FONT_FILES = [f"public-sans-{subset}-{weight}-normal.woff2" for subset in ("latin", "latin-ext") for weight in (400, 600)]
FILES = {
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl/maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl/maplibre-gl-worker.mjs",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl/maplibre-gl.css",
    "maplibre-gl/LICENSE.txt": "maplibre-gl/LICENSE.txt",
    **{f"@fontsource/public-sans/files/{name}": f"public-sans/{name}" for name in FONT_FILES},
    "@fontsource/public-sans/LICENSE": "public-sans/LICENSE",
    "world-atlas/countries-10m.json": "boundaries/countries-10m.json",
    "world-atlas/LICENSE": "boundaries/world-atlas.LICENSE",
    "us-atlas/states-10m.json": "boundaries/states-10m.json",
    "us-atlas/LICENSE": "boundaries/us-atlas.LICENSE",
}
"""From ``node_modules/`` to ``finder/web/static/vendor/``."""


class CannotInstall(Exception):
    """The files cannot be brought in; the message says what to do."""


def wanted_stamp() -> str:
    """Changes when a package, or the list of files taken from it, changes."""
    parts = [HERE.joinpath("package-lock.json").read_bytes(), repr(sorted(FILES.items())).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_up_to_date(vendor: Path = VENDOR) -> bool:
    """Whether ``vendor`` holds every file that the lock file asks for."""
    stamp = vendor / "stamp"
    return (
        stamp.is_file()
        and stamp.read_text(encoding="utf-8") == wanted_stamp()
        and all(vendor.joinpath(name).is_file() for name in FILES.values())
    )


def install(vendor: Path = VENDOR) -> bool:
    """Fill ``vendor`` by ``npm ci``; False when there was nothing to do. Raises :class:`CannotInstall`."""
    if is_up_to_date(vendor):
        return False
    npm = shutil.which("npm")
    if npm is None:
        raise CannotInstall("npm was not found. Install Node.js 20 or later (it brings npm), then run this again.")
    run = subprocess.run(  # noqa: S603 - npm as found on PATH, with fixed arguments
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=HERE, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if run.returncode != 0:
        raise CannotInstall(f"npm ci failed in {HERE.name}/:\n{run.stderr.strip()[-2000:]}")
    beside = vendor.with_name(vendor.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    for source, target in FILES.items():
        beside.joinpath(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / "node_modules" / source, beside / target)
    beside.joinpath("stamp").write_text(wanted_stamp(), encoding="utf-8")
    shutil.rmtree(vendor, ignore_errors=True)
    beside.rename(vendor)
    return True


if __name__ == "__main__":
    try:
        install()
    except CannotInstall as error:
        sys.exit(str(error))
