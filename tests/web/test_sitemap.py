"""The list of pages for search engines, against the rules of https://www.sitemaps.org/protocol.html."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from litestar.testing import TestClient

from finder.directory import Directory
from finder.web import sitemap
from finder.web.find import QUESTION_FIELDS
from finder.web.sitemap import PAGES_IN_A_FILE, sitemap_texts

from .practice import FACILITIES, PEOPLE, publish_practice
from .town import services, site

SITE = "http://testserver.local"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
PATHS = {
    *("/", "/care", "/privacy", "/privacy/policy"),
    *(f"/facilities/{one.id}" for one in FACILITIES),
    *(f"/practitioners/{one.id}" for one in PEOPLE),
}
MOST_ADDRESSES, MOST_BYTES = 50_000, 52_428_800


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    return publish_practice(tmp_path_factory.mktemp("practice"))


@pytest.fixture
def client(practice: Directory) -> Iterator[TestClient[Any]]:
    with TestClient(site(services(practice))) as client:
        yield client


def files(client: TestClient[Any], site_address: str = SITE) -> list[str]:
    """The addresses of the files that the index lists."""
    answer = client.get("/sitemap.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    index = ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer
    assert index.tag == f"{NAMESPACE}sitemapindex"
    assert len(index) <= MOST_ADDRESSES
    addresses: list[str] = []
    for entry in index:
        assert [child.tag for child in entry] == [f"{NAMESPACE}loc", f"{NAMESPACE}lastmod"]
        assert datetime.fromisoformat(str(entry[1].text)).tzinfo is not None
        addresses.append(str(entry[0].text))
    assert all(address.startswith(f"{site_address}/") for address in addresses)
    return addresses


def entries(client: TestClient[Any], address: str) -> list[tuple[str, dict[str, str]]]:
    """(address, {language: address}) of each page of a file."""
    answer = client.get(urlsplit(address).path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    assert len(answer.content) <= MOST_BYTES
    assert answer.content.decode("utf-8").startswith('<?xml version="1.0" encoding="UTF-8"?>')
    urlset = ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer
    assert urlset.tag == f"{NAMESPACE}urlset"
    assert 0 < len(urlset) <= MOST_ADDRESSES
    found: list[tuple[str, dict[str, str]]] = []
    for entry in urlset:
        loc, *links = entry
        assert (entry.tag, loc.tag) == (f"{NAMESPACE}url", f"{NAMESPACE}loc")
        assert {link.tag for link in links} == {LINK}
        assert {link.attrib["rel"] for link in links} == {"alternate"}
        assert len(str(loc.text)) < 2048
        found.append((str(loc.text), {link.attrib["hreflang"]: link.attrib["href"] for link in links}))
    return found


@pytest.mark.parametrize("in_a_file", [1, 4, 7, PAGES_IN_A_FILE])
def test_every_page_is_listed_once_in_each_language(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch, in_a_file: int
) -> None:
    monkeypatch.setattr(sitemap, "PAGES_IN_A_FILE", in_a_file)
    addresses = files(client)
    assert len(addresses) == -(-len(PATHS) // in_a_file)
    listed = [entry for address in addresses for entry in entries(client, address)]
    assert sorted(loc for loc, _ in listed) == sorted(f"{SITE}{path}?lang={lang}" for path in PATHS for lang in ("en", "es"))
    for loc, alternates in listed:
        plain = loc.partition("?")[0]
        # Each version names all others and itself, as search engines ask for.
        assert alternates == {"en": f"{plain}?lang=en", "es": f"{plain}?lang=es", "x-default": plain}


def test_what_is_listed_is_there(client: TestClient[Any]) -> None:
    client.headers.update({"Accept": "text/html"})
    for loc, _ in entries(client, files(client)[0]):
        page = client.get(loc.removeprefix(SITE))
        assert page.status_code == 200
        assert f'<html lang="{loc[-2:]}">' in page.text


@pytest.mark.parametrize("name", ["0.xml", "2.xml", "01.xml", "-1.xml", "1", "x.xml", "²" + ".xml", "9999999.xml", "1.xml.xml"])
def test_no_such_file(client: TestClient[Any], name: str) -> None:
    assert client.get(f"/sitemaps/{name}").status_code == 404


def test_the_fullest_file_is_not_too_large(practice: Directory) -> None:
    """Of the longest name that a host can have, and no id is longer than those of these tests by more than 64 letters."""
    host = f"https://{'a' * 253}:65535"
    start, *batches, end = sitemap_texts(practice.current(), 0, host)
    longest = max(len(line.encode()) for batch in batches for line in batch.splitlines())
    assert len(start) + len(end) + 2 * PAGES_IN_A_FILE * (longest + 4 * 64) <= MOST_BYTES
    assert 2 * PAGES_IN_A_FILE <= MOST_ADDRESSES


@pytest.mark.parametrize("host", ["finder.example", "finder.example:8443", "[::1]:8000"])
def test_addresses_are_those_of_the_site_as_it_was_called(client: TestClient[Any], host: str) -> None:
    client.headers.update({"Host": host})
    addresses = files(client, f"http://{host}")
    assert all(loc.startswith(f"http://{host}/") for loc, _ in entries(client, addresses[0]))
    assert f"Sitemap: http://{host}/sitemap.xml" in client.get("/robots.txt").text


@pytest.mark.parametrize("host", ["<evil>", "a b", "finder.example/x", "user@finder.example", ""])
def test_what_is_no_host_is_refused(client: TestClient[Any], host: str) -> None:
    for path in ("/sitemap.xml", "/sitemaps/1.xml", "/robots.txt"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.text


def test_robots_are_told_what_is_a_page(client: TestClient[Any]) -> None:
    answer = client.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    assert robots.site_maps() == [f"{SITE}/sitemap.xml"]
    for path in (*PATHS, "/?lang=es", "/care?lang=en", "/static/1/css/finder.css", "/brand.css"):
        assert robots.can_fetch("Googlebot", f"{SITE}{path}")
    searches = [f"/?{field}=x" for field in QUESTION_FIELDS]
    for path in ("/api/v1/search", "/results", "/tiles/helsinki/1/0/0", *searches):
        assert not robots.can_fetch("Googlebot", f"{SITE}{path}")
