"""Who may make what: a position only the room that checks consent, a grant only the function that checks the policy."""

import ast

import pytest

from tests.conftest import REPOSITORY

FINDER = REPOSITORY / "finder"


@pytest.mark.parametrize(("made", "maker"), [("Position", "locate/"), ("Grant", "privacy/consent.py")])
def test_only_one_room_makes_it(made: str, maker: str) -> None:
    makers = {
        path.relative_to(FINDER).as_posix()
        for path in FINDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == made
    }
    assert makers
    assert [path for path in makers if not path.startswith(maker)] == []
