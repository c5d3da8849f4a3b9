"""Which applications an operator can enter, and where they may have people sent back to."""

from pathlib import Path
from typing import Any

import pytest

from finder.errors import BadInput
from finder.privacy.disclosures.redirects import checked_redirect_uri, is_registered
from finder.store.apps import AppStore
from tests.privacy.disclosures.app_client import entered
from tests.stores import migrated_sqlite


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """What the two databases do alike is asked of one: what they may do otherwise is in tests/store and test_showing_out.py."""
    return migrated_sqlite(tmp_path / "finder.sqlite")


@pytest.mark.parametrize(
    "uri",
    [
        "http://amigo.example/back",
        "http://localhost/back",
        "http://127.0.0.1.evil.example/back",
        "https://amigo.example/back#here",
        "https://user:pass@amigo.example/back",
        "https:///back",
        "https://*.amigo.example/back",
        "https://amigo.example/ back",
        "https://amigo.example\\@evil.example/",
        "https://amigo.example/\nback",
        "javascript:alert(1)",
        "data:text/html,hello",
        "amigo:/back",
        "com.example.amigo",
        "//amigo.example/back",
        "",
        f"https://amigo.example/{'x' * 500}",
    ],
)
def test_such_a_redirect_uri_is_not_entered(uri: str) -> None:
    with pytest.raises(BadInput, match="redirect URI"):
        checked_redirect_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "https://amigo.example",
        "https://amigo.example:8443/back?from=finder",
        "http://127.0.0.1:8080/back",
        "http://[::1]/back",
        "com.example.amigo:/back",
        "com.example.amigo://back",
    ],
)
def test_such_a_redirect_uri_is_entered(uri: str) -> None:
    assert checked_redirect_uri(uri) == uri
    assert is_registered(uri, (uri,))


@pytest.mark.parametrize(
    ("asked", "registered", "is_one"),
    [
        ("http://127.0.0.1:51004/back", "http://127.0.0.1/back", True),
        ("http://127.0.0.1/back", "http://127.0.0.1:51004/back", True),
        ("http://[::1]:51004/back", "http://[::1]/back", True),
        ("http://[::1]:51004/back", "http://127.0.0.1/back", False),
        ("http://127.0.0.1:51004/back?x=1", "http://127.0.0.1/back", False),
        ("http://127.0.0.1:51004/back#x", "http://127.0.0.1/back", False),
        ("http://127.0.0.1:51004/Back", "http://127.0.0.1/back", False),
        ("http://127.0.0.1:510040000/back", "http://127.0.0.1/back", False),
        ("http://127.0.0.1:51004/back\n", "http://127.0.0.1/back", False),
        ("https://amigo.example:8443/back", "https://amigo.example/back", False),
        ("HTTPS://amigo.example/back", "https://amigo.example/back", False),
    ],
)
def test_only_of_loopback_addresses_the_port_may_be_another(asked: str, registered: str, is_one: bool) -> None:
    assert is_registered(asked, ("com.example.amigo:/back", registered)) is is_one


@pytest.mark.parametrize(
    "change",
    [
        {"name": "  "},
        {"name": "a" * 81},
        {"name": "Amigo\u202eogima"},  # would turn around what follows it on the page
        {"name": "Amigo\nde todos"},
        {"contact": ""},
        {"homepage": "http://amigo.example"},
        {"homepage": "javascript:alert(1)"},
        {"redirect_uris": []},
        {"redirect_uris": [f"https://amigo.example/{at}" for at in range(11)]},
        {"scopes": []},
    ],
)
def test_an_app_that_people_could_not_judge_is_not_entered(apps: AppStore, change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        entered(apps, **change)
    assert apps.list() == []
