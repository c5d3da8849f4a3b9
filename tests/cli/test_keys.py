"""``finder keys``: the first key, and taking one back."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finder.cli.keys import keys
from finder.store.audit import AuditLog
from finder.store.keys import ApiKeys


class Finder:
    """``finder keys …`` over a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.url = f"sqlite:///{data_dir / 'finder.sqlite'}"

    def __call__(self, *arguments: str, fails: bool = False) -> Result:
        environment = {"FINDER_DATA_DIR": str(self.data_dir), "COLUMNS": "200"}
        result = CliRunner().invoke(keys, arguments, env=environment)
        assert (result.exit_code != 0) is fails, result.output
        return result


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    return Finder(tmp_path / "data")


def test_the_key_that_is_shown_opens_and_a_revoked_one_does_not(finder: Finder) -> None:
    assert "finder keys create" in finder("list").output
    made = finder("create", "nightly load", "--scope", "loads:write", "--scope", "audit:read", "--expires", "30")
    [token] = re.findall(r"^fk_\S+$", made.stdout, re.MULTILINE)
    with ApiKeys.open(finder.url) as stored:
        key = stored.verified(token)
        assert key is not None
        assert key.scopes == ("loads:write", "audit:read")
        assert key.expires_at is not None
        assert abs(key.expires_at - key.created_at - timedelta(days=30)) < timedelta(minutes=1)
        listed = finder("list").output
        assert key.id in listed
        assert "nightly load" in listed
        assert token not in listed
        assert "revoked" in finder("revoke", key.id).output
        assert stored.verified(token) is None
        assert "revoked" in finder("list").output
    with AuditLog.open(finder.url) as log:
        assert [entry.action for entry in log.page()] == ["key.revoke", "key.create"]
        assert all(entry.actor.name.startswith("cli:") and entry.actor.key_id is None for entry in log.page())


def test_what_cannot_be_done_is_said(finder: Finder) -> None:
    assert "loads:read" in finder("create", "a", "--scope", "everything", fails=True).output
    assert "--scope" in finder("create", "a", fails=True).output
    assert "list the keys" in finder("revoke", "a" * 16, fails=True).output
    assert "name" in finder("create", " ", "--scope", "loads:read", fails=True).output
