"""``finder tenants``: entered, given and taken from the command line; and keys that are a tenant's."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finder.cli import main
from finder.directory import publish
from finder.domain.load import Load
from finder.store import Store
from finder.store.audit import AuditLog
from finder.store.keys import ApiKeys
from tests.api.conftest import CLINICS
from tests.facilities import stored

ONE, TWO = CLINICS[0].id, CLINICS[1].id


class Finder:
    """``finder …`` over a data folder with two facilities."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.url = f"sqlite:///{data_dir / 'finder.sqlite'}"
        with Store.open(self.url) as store:
            store.migrate()
            stored(store, CLINICS[:2], Load(source="t", file_name="t", started_at=datetime.now(UTC)))
            publish(store, data_dir / "snapshots", [])

    def __call__(self, *arguments: str, fails: bool = False) -> Result:
        environment = {"FINDER_DATA_DIR": str(self.data_dir), "COLUMNS": "200"}
        result = CliRunner().invoke(main, arguments, env=environment)
        assert (result.exit_code != 0) is fails, result.output
        return result


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    (tmp_path / "data").mkdir()
    return Finder(tmp_path / "data")


def test_a_tenant_is_entered_given_facilities_and_they_are_taken(finder: Finder) -> None:
    assert "finder tenants add" in finder("tenants", "list").output
    assert "runs 1 facility." in finder("tenants", "add", "norte", "Clínicas [b]del[/b] Norte", "--facility", ONE).output
    assert "runs 2 facilities" in finder("tenants", "give", "norte", ONE, TWO).output
    listed = finder("tenants", "list").output
    assert "Clínicas [b]del[/b] Norte" in listed
    assert ONE in listed
    assert "1 facility taken" in finder("tenants", "take", ONE).output
    assert ONE not in finder("tenants", "list").output
    with AuditLog.open(finder.url) as log:
        assert {entry.actor.name[:4] for entry in log.page()} == {"cli:"}


def test_a_tenant_ends(finder: Finder) -> None:
    finder("tenants", "add", "norte", "Norte", "--facility", ONE)
    finder("keys", "create", "norte's own", "--scope", "notices:write", "--tenant", "norte")
    told = finder("tenants", "end", "norte").output
    assert "Tenant norte has ended: 0 fences ended, 0 webhooks disabled, 1 keys revoked" in told
    assert re.search(r"norte +Norte .* ended \d{4}-\d\d-\d\d", finder("tenants", "list").output)
    assert "norte has ended" in finder("tenants", "give", "norte", ONE, fails=True).output
    assert "no tenant este" in finder("tenants", "end", "este", fails=True).output
    finder("tenants", "add", "sur", "Sur", "--facility", ONE)


def test_what_cannot_be_done_is_said(finder: Finder) -> None:
    finder("tenants", "add", "norte", "Norte", "--facility", ONE)
    finder("tenants", "add", "sur", "Sur")
    assert "already" in finder("tenants", "add", "sur", "Otra", fails=True).output
    assert f"Another tenant runs {ONE}: take it" in finder("tenants", "give", "sur", ONE, fails=True).output
    assert "No facility has this id" in finder("tenants", "give", "sur", "nothing", fails=True).output
    assert "list the tenants" in finder("tenants", "give", "este", TWO, fails=True).output
    assert "small letters" in finder("tenants", "add", "Sur!", "Sur", fails=True).output


def test_a_key_of_a_tenant(finder: Finder) -> None:
    finder("tenants", "add", "norte", "Norte")
    made = finder("keys", "create", "norte's own", "--scope", "notices:write", "--tenant", "norte")
    assert "of tenant norte" in made.output
    [token] = re.findall(r"^fk_\S+$", made.stdout, re.MULTILINE)
    with ApiKeys.open(finder.url) as keys:
        key = keys.verified(token)
    assert key is not None
    assert key.tenant == "norte"
    assert "norte " in finder("keys", "list").output
    more = ("keys", "create", "more", "--scope", "notices:write", "--scope", "audit:read", "--tenant", "norte")
    assert "no other" in finder(*more, fails=True).output
    assert "no tenant sur" in finder("keys", "create", "x", "--scope", "notices:write", "--tenant", "sur", fails=True).output
