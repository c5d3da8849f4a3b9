"""Positions from network addresses: MaxMind's own test databases with their JSON as judge, and the flat layout."""

import json
from ipaddress import IPv6Network, ip_address, ip_network

import maxminddb
import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from finder.domain.position import PositionSource
from finder.errors import BadFile, BadInput
from finder.geo.points import LonLat
from finder.locate.demo_ip import write_demo_database
from finder.locate.ip import CITY_RADIUS_M, COUNTRY_RADIUS_M, STATE_RADIUS_M, IpDatabases
from finder.locate.ip_credits import DBIP, Attribution, write_attribution


def write_mmdb(path, networks, *, ip_version=6, database_type="city"):
    writer = MMDBWriter(ip_version=ip_version, ipv4_compatible=ip_version == 6, database_type=database_type)
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path))
    return path


def flat(lat, lon, city="", state1="", country_code="MX"):
    return {"city": city, "state1": state1, "state2": "", "country_code": country_code, "latitude": lat, "longitude": lon}


@pytest.mark.parametrize("name", ["GeoIP2-City-Test", "GeoLite2-City-Test"])
def test_every_network_of_maxminds_own_list(shared_data, name):
    listed = json.loads((shared_data / "ip" / f"{name}.json").read_text())
    databases = IpDatabases.open([shared_data / "ip" / f"{name}.mmdb"])
    located = 0
    for entry in listed:
        ((network, record),) = entry.items()
        network = ip_network(network)
        for address in (network[0], network[-1]):
            # The list writes IPv4 networks as ::a.b.c.d: those are asked for as IPv4 as well.
            asked = [address]
            if isinstance(network, IPv6Network) and int(address) < 2**32 and network.prefixlen >= 96:
                asked.append(ip_address(int(address)))
            for one in asked:
                position = databases.locate(one)
                location = record.get("location", {})
                if "latitude" not in location:
                    assert position is None, network
                    continue
                located += 1
                assert position is not None, network
                assert position.source is PositionSource.IP
                assert position.lon_lat == (location["longitude"], location["latitude"])
                if "accuracy_radius" in location:
                    assert position.accuracy_m == location["accuracy_radius"] * 1000
                if "city" in record:
                    assert position.label == record["city"]["names"]["en"]
    assert located > 400
    databases.close()


def test_names_in_the_language_asked_for(shared_data):
    databases = IpDatabases.open([shared_data / "ip" / "GeoIP2-City-Test.mmdb"])
    address = ip_address("81.2.69.142")
    assert databases.locate(address).label == "London"
    assert databases.locate(address, language="es-MX").label == "Londres"
    assert databases.locate(address, language="xx").label == "London"


def test_flat_layout_in_two_files(tmp_path):
    v4 = write_mmdb(
        tmp_path / "v4.mmdb",
        {
            "203.0.113.0/25": flat(32.5, -117.0, "Tijuana", "Baja California"),
            "203.0.113.128/26": flat(30.5, -115.0, "", "Baja California"),
            "203.0.113.192/26": flat(23.0, -102.0),
        },
        ip_version=4,
    )
    v6 = write_mmdb(tmp_path / "v6.mmdb", {"2001:db8:1::/48": flat(32.7, -117.2, "San Diego", "California", "US")})
    databases = IpDatabases.open([v4, v6])
    city = databases.locate(ip_address("203.0.113.5"))
    assert (city.lon_lat, city.accuracy_m, city.label) == ((-117.0, 32.5), CITY_RADIUS_M, "Tijuana")
    state = databases.locate(ip_address("203.0.113.130"))
    assert (state.accuracy_m, state.label) == (STATE_RADIUS_M, "Baja California")
    country = databases.locate(ip_address("203.0.113.200"))
    assert (country.accuracy_m, country.label) == (COUNTRY_RADIUS_M, None)
    assert databases.locate(ip_address("2001:db8:1::5")).label == "San Diego"
    assert databases.locate(ip_address("::ffff:203.0.113.5")) == city
    assert databases.locate(ip_address("2001:db8:2::5")) is None
    assert databases.locate(None) is None


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.9.9", "192.168.1.1", "169.254.1.1", "100.64.0.1", "::1", "fd12::1", "fe80::1", "0.1.2.3",
     "::ffff:10.1.2.3", "224.0.0.1"],
)  # fmt: skip
def test_addresses_of_private_use_have_no_place_whatever_the_database_says(tmp_path, address):
    everywhere = {"0.0.0.0/0": flat(32.5, -117.0, "Tijuana"), "8000::/1": flat(32.5, -117.0, "Tijuana")}
    databases = IpDatabases.open([write_mmdb(tmp_path / "all.mmdb", everywhere)])
    assert databases.locate(ip_address(address)) is None
    assert databases.locate(ip_address("192.0.2.1")).label == "Tijuana"


@pytest.mark.parametrize(
    "record",
    [
        flat(91.0, 0.0, "Nowhere"),
        flat(0.0, 181.0, "Nowhere"),
        flat(0.0, 0.0, "Nowhere"),
        flat(float("nan"), 1.0, "Nowhere"),
        {"city": "Nowhere"},
        {"location": {"latitude": "32", "longitude": "-117"}},
        {"location": {"latitude": 32.5}},
        {"location": {"latitude": True, "longitude": True}},
        {"location": {}},
        "not a map",
    ],
)
def test_a_record_without_a_possible_point_is_none(tmp_path, record):
    databases = IpDatabases.open([write_mmdb(tmp_path / "odd.mmdb", {"192.0.2.0/24": record})])
    assert databases.locate(ip_address("192.0.2.1")) is None


def test_the_next_database_is_asked_when_the_first_does_not_know(tmp_path):
    first = write_mmdb(tmp_path / "a.mmdb", {"192.0.2.0/25": flat(1.0, 2.0, "First"), "192.0.2.128/25": {"city": "no point"}})
    second = write_mmdb(tmp_path / "b.mmdb", {"192.0.2.0/24": flat(3.0, 4.0, "Second")})
    databases = IpDatabases.open([first, second])
    assert databases.locate(ip_address("192.0.2.1")).label == "First"
    assert databases.locate(ip_address("192.0.2.200")).label == "Second"


@pytest.mark.parametrize("content", [b"", b"no database", b"\x1f\x8b" + bytes(100)])
def test_a_file_that_is_no_mmdb_is_refused_with_what_to_do(tmp_path, content):
    path = tmp_path / "wrong.mmdb"
    path.write_bytes(content)
    with pytest.raises(BadFile, match="finder ipdb get"):
        IpDatabases.open([path])
    with pytest.raises(BadFile):
        IpDatabases.open([tmp_path / "missing.mmdb"])


def test_credits(tmp_path, shared_data):
    plain = write_mmdb(tmp_path / "plain.mmdb", {"192.0.2.0/24": flat(1.0, 2.0)})
    assert IpDatabases.open([plain, shared_data / "ip" / "GeoIP2-City-Test.mmdb"]).attributions == ()
    (geolite,) = IpDatabases.open([shared_data / "ip" / "GeoLite2-City-Test.mmdb"]).attributions
    assert "GeoLite Data created by MaxMind" in geolite.text
    assert geolite.link == "https://www.maxmind.com"
    by_metadata = write_mmdb(tmp_path / "m.mmdb", {"192.0.2.0/24": flat(1.0, 2.0)}, database_type="DBIP-City-Lite")
    write_attribution(plain, DBIP)
    assert IpDatabases.open([plain, by_metadata]).attributions == (DBIP,)
    write_attribution(plain, Attribution("Somebody", "https://example.org"))
    assert IpDatabases.open([plain]).attributions[0].text == "Somebody"


@pytest.mark.parametrize("sidecar", ["{}", "nonsense", '{"text": "x", "link": "javascript:alert(1)"}'])
def test_a_bad_credit_file_is_refused(tmp_path, sidecar):
    path = write_mmdb(tmp_path / "plain.mmdb", {"192.0.2.0/24": flat(1.0, 2.0)})
    (tmp_path / "plain.attribution.json").write_text(sidecar)
    with pytest.raises(BadFile, match=r"plain\.attribution\.json"):
        IpDatabases.open([path])


def test_the_demo_database(tmp_path):
    path = tmp_path / "ip" / "demo.mmdb"
    centres = [
        (ip_network("192.0.2.0/24"), LonLat(24.94, 60.17), 5.0, "Helsinki", "FI"),
        (ip_network("198.51.100.0/25"), LonLat(-117.04, 32.53), 20.0, "Tijuana", "MX"),
        (ip_network("2001:db8:1::/48"), LonLat(-117.16, 32.72), 20.0, "San Diego", "US"),
    ]
    write_demo_database(path, centres)
    write_demo_database(path, centres)
    databases = IpDatabases.open([path])
    position = databases.locate(ip_address("192.0.2.77"))
    assert (position.lon_lat, position.accuracy_m, position.label) == ((24.94, 60.17), 5000.0, "Helsinki")
    assert databases.locate(ip_address("198.51.100.1")).label == "Tijuana"
    assert databases.locate(ip_address("198.51.100.200")) is None
    assert databases.locate(ip_address("2001:db8:1::1")).label == "San Diego"
    with maxminddb.open_database(path) as reader:
        assert reader.get("198.51.100.1")["country"]["iso_code"] == "MX"
    assert [found.name for found in path.parent.iterdir()] == ["demo.mmdb"]


@pytest.mark.parametrize("network", ["8.8.8.0/24", "192.0.0.0/16", "2001::/16", "0.0.0.0/0"])
def test_the_demo_database_takes_documentation_networks_only(tmp_path, network):
    with pytest.raises(BadInput, match="documentation networks"):
        write_demo_database(tmp_path / "demo.mmdb", [(ip_network(network), LonLat(1.0, 2.0), 5.0, "X", "XX")])
    assert not (tmp_path / "demo.mmdb").exists()
