"""Runs the scripts of finder/web/static/js/notices in node, which has to be told that they are modules."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from finder.web.static_files import STATIC_DIR

NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed: the device's tracker is tested in it")


def in_node(folder: Path, script: str, given: Any) -> Any:
    """Return what the script gives back for ``given``: the body of an async function that may import from ``./notices/``."""
    assert NODE is not None
    if not (folder / "notices").exists():
        shutil.copytree(STATIC_DIR / "js" / "notices", folder / "notices")
        (folder / "package.json").write_text('{"type": "module"}')
    (folder / "given.json").write_text(json.dumps(given))
    main = folder / "main.js"
    main.write_text(
        "import { readFileSync, writeFileSync } from 'node:fs';\n"
        "const given = JSON.parse(readFileSync('given.json', 'utf8'));\n"
        f"const main = async () => {{\n{script}\n}};\n"
        "writeFileSync('answer.json', JSON.stringify(await main()));\n"
        "process.exit(0);\n"  # timers may be waiting
    )
    done = subprocess.run([NODE, main.name], cwd=folder, capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "answer.json").read_text())
