"""``finder webhooks``: the secret is shown once, a sample is sent, and one that fails is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from standardwebhooks import Webhook as Verifier

from finder.cli import main
from finder.store.webhooks import Webhooks
from tests.notices.delivery.receivers import Said, receiver


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def test_a_webhook_is_entered_tried_told_when_it_fails_and_disabled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINDER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FINDER_OUTGOING_NETWORKS", "127.0.0.0/8, ::1/128")
    assert run("webhooks", "list") == (0, "No webhook yet: finder webhooks add TENANT URL\n")
    assert run("tenants", "add", "norte", "Clínicas del Norte")[0] == 0
    with receiver() as other:
        code, told = run("webhooks", "add", "norte", other.url("/hook"))
        assert code == 0
        first, secret = told.splitlines()
        webhook_id = first.split()[1]
        assert run("webhooks", "test", webhook_id) == (0, "A sample (finder.test) was taken. It answered 201.\n")
        other.says = lambda _: Said(503)
        assert run("webhooks", "test", webhook_id) == (3, "A sample (finder.test) was not taken. It answered 503.\n")
        [got, _] = other.received
    assert Verifier(secret).verify(got.body, got.headers)["data"] == {"webhook": webhook_id}
    assert run("webhooks", "test", webhook_id)[0] == 3
    assert secret not in run("webhooks", "list")[1]
    with Webhooks.open(f"sqlite:///{tmp_path / 'finder.sqlite'}") as webhooks:
        webhooks.note_failure(webhook_id, at=datetime.now(UTC) - timedelta(hours=30))
    assert "FAILING since" in run("webhooks", "list")[1]
    assert "(30 h)" in run("webhooks", "list")[1]
    assert run("webhooks", "disable", webhook_id)[0] == 0
    assert "disabled" in run("webhooks", "list")[1]
    code, told = run("webhooks", "add", "norte", "https://10.1.2.3/")
    assert code == 1
    assert "FINDER_OUTGOING_NETWORKS" in told
    assert "10.1.2.3" not in told
