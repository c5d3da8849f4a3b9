"""Problems name what a request lacks, whatever it brought."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from finder.domain.admin import Scope
from tests.api.admin_app import Admin
from tests.api.conftest import Call


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(tmp_path)
    with made.client:
        yield made


@pytest.mark.parametrize(("path", "name"), [("/api/v1/fences?limit=20", "cell"), ("/api/v1/places?limit=3", "q")])
def test_a_query_parameter_that_is_missing_is_named(call: Call, path: str, name: str) -> None:
    answer = call("GET", path)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": name, "detail": "This query parameter is needed."}]
    assert path.partition("?")[2] not in answer.text


def test_a_header_that_is_missing_is_named(admin: Admin) -> None:
    answer = admin("POST", "/fences?dry_run=true", token=admin.token(Scope.NOTICES_WRITE), content=b"a,b")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "X-File-Name", "detail": "This header is needed."}]
    assert "dry_run" not in answer.text
