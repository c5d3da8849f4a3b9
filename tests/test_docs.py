"""The documents are true: commands and settings are in them, the README's shell blocks run, links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from finder.config import PREFIX, Brand, Settings
from tests.cli.test_commands import commands
from tests.conftest import REPOSITORY

PAGES = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def test_every_command_is_in_the_operators_guide() -> None:
    guide = (REPOSITORY / "docs/operating.md").read_text()
    assert set(re.findall(r"`(finder [a-z]+(?: [a-z]+)?)`", guide)) >= {name for _, name in commands()}


def test_every_setting_is_listed_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", (REPOSITORY / "docs/settings.md").read_text(), re.MULTILINE))
    fields = {f"{PREFIX}{field.name.upper()}": field for field in msgspec.structs.fields(Settings) if field.name != "brand"}
    fields |= {f"{PREFIX}BRAND_{field.name.upper()}": field for field in msgspec.structs.fields(Brand)}
    assert set(rows) == set(fields)
    for name, field in fields.items():
        if isinstance(field.default, str) and field.default:
            assert rows[name].strip("`") == field.default


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert link.startswith("https://") or (page.parent / link).exists(), f"{page.name}: {link}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((REPOSITORY / "docs/decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def shell_blocks() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
    return [block for block in blocks if not block.startswith("make ")]  # those two are what runs this


@pytest.mark.parametrize("block", shell_blocks())
def test_the_readmes_shell_blocks_run(block: str, tmp_path: Path) -> None:
    here = f"{Path(sys.executable).parent}/"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    script = "set -e\n" + block.replace(".venv/bin/", here)
    done = subprocess.run(["bash", "-c", script], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # What the README shows of it is what it says.
    shown = re.findall(r"```console\n(tijuana\.csv.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)[0]
    for line in shown.strip().splitlines():
        assert line == "…" or line in done.stdout


def test_the_readme_shows_the_policy_in_force() -> None:
    from finder.privacy.policy import CURRENT_POLICY

    assert f'{{"version":"{CURRENT_POLICY}"}}' in (REPOSITORY / "README.md").read_text()
