"""Who may make what: a position only the room that checks consent, an exact one and a grant only where it is checked."""

import ast
from collections.abc import Callable

import pytest

from tests.conftest import REPOSITORY

FINDER = REPOSITORY / "finder"


def calling(name: str) -> Callable[[ast.AST], bool]:
    return lambda node: isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].partition("[")[0] == name


def places(wanted: Callable[[ast.AST], bool]) -> set[str]:
    return {
        path.relative_to(FINDER).as_posix()
        for path in FINDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if wanted(node)
    }


@pytest.mark.parametrize(
    ("made", "makers"),
    [
        ("Position", set()),
        ("PositionFor", {"locate/device.py", "locate/ip.py", "locate/position.py", "locate/saved.py"}),
        ("Grant", {"privacy/grants.py"}),
        # Exact and without a grant: of the operator at the command line, who types a point and is not located.
        ("stated_position", {"cli/near.py"}),
        # Where a saved place is, is read for the person's own eyes and with a grant, and nowhere else.
        ("opened_place", {"privacy/rights.py", "locate/saved.py"}),
        # So what is kept of a measured position is of who has agreed.
        ("PlaceSaid", {"locate/saved.py"}),
        ("unseal", {"privacy/places.py"}),
        ("_granted", {"privacy/grants.py", "privacy/desk.py"}),
    ],
)
def test_only_there_it_is_made(made: str, makers: set[str]) -> None:
    assert places(calling(made)) == makers


def test_only_a_fix_with_its_consent_is_made_a_measured_position() -> None:
    def is_said_measured(node: ast.AST) -> bool:
        return isinstance(node, ast.keyword) and ast.unparse(node.value) in {"PositionSource.GPS", "PositionSource.BEACON"}

    assert places(is_said_measured) == {"locate/device.py"}
