"""``finder apps``: an application is entered with what people will be shown, and shut out for good."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from finder.cli.apps import apps
from finder.domain.admin import Action
from finder.domain.apps import AppScope
from finder.store.apps import AppStore
from finder.store.audit import AuditLog

ABOUT = ("--homepage", "https://amigo.example/", "--contact", "hola@amigo.example")
BACK = ("--redirect", "https://amigo.example/back")


class Finder:
    """``finder apps …`` over a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.url = f"sqlite:///{data_dir / 'finder.sqlite'}"

    def __call__(self, *arguments: str, fails: bool = False) -> Result:
        environment = {"FINDER_DATA_DIR": str(self.data_dir), "COLUMNS": "240"}
        result = CliRunner().invoke(apps, arguments, env=environment)
        assert (result.exit_code != 0) is fails, result.output
        return result


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    return Finder(tmp_path / "data")


def test_an_app_is_entered_listed_and_shut_out(finder: Finder) -> None:
    assert "finder apps add" in finder("list").output
    made = finder("add", "Médico [b]amigo[/b]", *ABOUT, *BACK, "--scope", "places.read")
    [client_id] = re.findall(r"^[a-z2-7]{16}$", made.stdout, re.MULTILINE)
    with AppStore.open(finder.url) as stored:
        app = stored.find(client_id)
        assert app is not None
        assert (app.name, app.scopes) == ("Médico [b]amigo[/b]", (AppScope.PLACES_READ,))
        listed = finder("list").output
        assert client_id in listed
        assert "[b]amigo[/b]" in listed
        assert "disabled" in finder("disable", client_id).output
        disabled = stored.find(client_id)
        assert disabled is not None
        assert disabled.disabled_at is not None
    assert "disabled" in finder("list").output
    with AuditLog.open(finder.url) as audit:
        assert [(entry.action, entry.actor.name[:4]) for entry in audit.page()] == [
            (Action.APP_DISABLE, "cli:"),
            (Action.APP_ADD, "cli:"),
        ]


def test_what_cannot_be_entered_says_what_can(finder: Finder) -> None:
    told = finder("add", "Amigo", *ABOUT, "--redirect", "http://amigo.example/", "--scope", "places.read", fails=True).output
    assert "https://" in told
    assert "Traceback" not in told
    assert "apps list" in finder("disable", "a" * 16, fails=True).output
    assert "No application yet" in finder("list").output
