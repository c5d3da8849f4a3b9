"""What npm brings in: recorded without addresses, complete, and installed anew when the lock file changes."""

import json
import runpy
from typing import Any

import pytest

from finder.web.static_files import STATIC_DIR
from tests.conftest import REPOSITORY

ASSETS = REPOSITORY / "web-assets"


@pytest.fixture
def recipe() -> dict[str, Any]:
    return runpy.run_path(str(ASSETS / "install.py"))


def test_lock_file_names_hashes_and_no_addresses() -> None:
    text = (ASSETS / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    lock = json.loads(text)
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert "node_modules/maplibre-gl" in packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_everything_that_the_pages_use_is_brought_in(recipe: dict[str, Any]) -> None:
    brought = set(recipe["FILES"].values())
    css = (STATIC_DIR / "css" / "finder.css").read_text(encoding="utf-8")
    used = {part.split(")")[0].removeprefix("../vendor/") for part in css.split("url(")[1:]}
    assert used
    assert used <= brought
    assert {"maplibre-gl/LICENSE.txt", "public-sans/LICENSE"} <= brought  # no file goes without its licence


def test_a_changed_or_incomplete_folder_is_not_up_to_date(recipe: dict[str, Any], tmp_path: Any) -> None:
    assert not recipe["is_up_to_date"](tmp_path)
    for name in recipe["FILES"].values():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "stamp").write_text(recipe["wanted_stamp"]())
    assert recipe["is_up_to_date"](tmp_path)
    (tmp_path / "public-sans" / "LICENSE").unlink()
    assert not recipe["is_up_to_date"](tmp_path)
    (tmp_path / "public-sans" / "LICENSE").write_bytes(b"x")
    (tmp_path / "stamp").write_text("of another lock file")
    assert not recipe["is_up_to_date"](tmp_path)


def test_without_npm_it_says_what_to_do(recipe: dict[str, Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(recipe["CannotInstall"], match=r"Install Node\.js"):
        recipe["install"](tmp_path / "vendor")
