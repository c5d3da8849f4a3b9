"""One published town for all tests of the pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from finder.directory import Directory

from .centre import Centre, open_centre
from .doctors import PEOPLE, ROLES
from .town import publish_town, services, site


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    return publish_town(tmp_path_factory.mktemp("town"), people=PEOPLE, roles=ROLES)


@pytest.fixture
def client(town: Directory) -> Iterator[TestClient[Any]]:
    with TestClient(site(services(town))) as client:
        client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
        yield client


@pytest.fixture
def centre(town: Directory, tmp_path: Path) -> Iterator[Centre]:
    with open_centre(town, tmp_path) as opened:
        yield opened
