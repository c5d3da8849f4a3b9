"""``finder demo``: a city with real streets and real places of care, and fictional ones at home, in one command."""

from importlib.resources import files
from ipaddress import ip_network
from pathlib import Path

import click

from finder.cli.console import ERR, OUT, current_settings, opened_desk, publish_if_behind
from finder.cli.serve import run
from finder.config import Settings
from finder.errors import Damaged, NotFound
from finder.geo.points import LonLat
from finder.locate.demo_ip import write_demo_database
from finder.region.build import build_region
from finder.region.demo_extract import fetch_demo_extract
from finder.region.install import install_facilities
from finder.region.pack import RegionPack

__all__ = ["demo"]

REGION = "helsinki"
# Networks that are set aside for documentation: nobody has one, so the demo says nothing of real people.
DEMO_NETWORKS = (
    (ip_network("192.0.2.0/24"), LonLat(24.9410, 60.1700), 5.0, "Helsinki", "FI"),
    (ip_network("198.51.100.0/24"), LonLat(-117.0382, 32.5149), 10.0, "Tijuana", "MX"),
    (ip_network("203.0.113.0/24"), LonLat(-117.1611, 32.7157), 10.0, "San Diego", "US"),
    (ip_network("2001:db8::/32"), LonLat(-117.0382, 32.5149), 20.0, "Tijuana", "MX"),
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--no-serve", is_flag=True, help="Prepare everything and stop there.")
def demo(host: str, port: int, no_serve: bool) -> None:
    """Prepare the demo and serve it.

    The centre of Helsinki as OpenStreetMap has it, with its 21 real places of care; fictional places of care in Tijuana and
    San Diego; a database of the network addresses that are set aside for documentation.
    """
    settings = current_settings()
    OUT.print(f"Data: {settings.data_dir}")
    pack = _region(settings)
    with opened_desk(settings) as desk:
        done = install_facilities(pack, desk.store)
        OUT.print(f"Region {pack.name}: {done.added + done.changed:,} changes, {done.unchanged:,} unchanged.")
        for path in _sample_files():
            done = desk.load(path).load
            OUT.print(f"{path.name}: {done.added + done.changed:,} changes, {done.unchanged:,} unchanged.")
        if published := publish_if_behind(desk):
            OUT.print(published)
    write_demo_database(settings.ip_dir / "demo.mmdb", DEMO_NETWORKS)
    if not no_serve:
        run(host, port, workers=1)


def _region(settings: Settings) -> RegionPack:
    try:
        pack = RegionPack.open(settings.regions_dir / REGION)
    except (NotFound, Damaged) as error:
        pack = None
        if isinstance(error, Damaged):
            ERR.print(f"  {error}")
    # One of before there were roads is built again, and one that lost them.
    if pack is not None and pack.roads_path is not None and pack.roads_path.is_file():
        return pack
    extract = fetch_demo_extract(settings.data_dir / "extracts")
    OUT.print("Building the region from OpenStreetMap (© OpenStreetMap contributors, ODbL):")
    return build_region(extract, settings.regions_dir, REGION, lambda message: ERR.print(f"  {message}"))


def _sample_files() -> list[Path]:
    """The sample files of the project, or of the installed package, which carries a copy."""
    beside = Path(__file__).parents[2] / "data" / "facilities"
    packaged = Path(str(files("finder"))) / "sample_facilities"
    folder = beside if beside.is_dir() else packaged
    return [folder / name for name in ("tijuana.csv", "san_diego.csv", "tijuana_doctors.csv", "san_diego_doctors.csv")]
