"""Who may make what: a position only the room that checks consent, an exact one and a grant only where it is checked."""

import ast
from collections.abc import Callable
from functools import cache

import pytest

from tests.conftest import REPOSITORY

FINDER = REPOSITORY / "finder"


def calling(name: str) -> Callable[[ast.AST], bool]:
    return lambda node: isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2].partition("[")[0] == name


@cache
def nodes() -> dict[str, list[ast.AST]]:
    files = {path.relative_to(FINDER).as_posix(): path.read_text(encoding="utf-8") for path in FINDER.rglob("*.py")}
    wanted = (ast.Call, ast.keyword)
    return {name: [node for node in ast.walk(ast.parse(text)) if isinstance(node, wanted)] for name, text in files.items()}


def places(wanted: Callable[[ast.AST], bool]) -> set[str]:
    return {name for name, inside in nodes().items() if any(wanted(node) for node in inside)}


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
        ("unseal", {"privacy/places.py", "privacy/subscriptions.py", "privacy/visits.py"}),
        # Where somebody was on a visit is read for the person's own eyes and to go on with the visit, in no other room.
        ("opened_visit", {"notices/visits/desk.py", "privacy/visit_lines.py"}),
        ("opened_notice", {"notices/visits/desk.py", "privacy/visit_lines.py"}),
        ("opened_state", {"notices/visits/progress.py", "privacy/visit_lines.py"}),
        # Where a browser is reached is read to tell it something, and for the person's own eyes.
        ("opened_browser", {"notices/delivery/compose.py", "privacy/delivery_lines.py"}),
        # A position for notices comes of a device that sent it to the calls that ask for the consent.
        ("MeasuredFix", {"api/visit_positions.py", "api/own_tracks.py"}),
        ("_granted", {"privacy/grants.py", "privacy/desk.py"}),
        # Without one the store takes no fence, and only the law gives it.
        ("_lawful", {"notices/law/ruled.py"}),
        ("LawfulFence", {"domain/lawful.py"}),
    ],
)
def test_only_there_it_is_made(made: str, makers: set[str]) -> None:
    assert places(calling(made)) == makers


def test_only_a_fix_with_its_consent_is_made_a_measured_position() -> None:
    def is_said_measured(node: ast.AST) -> bool:
        return isinstance(node, ast.keyword) and ast.unparse(node.value) in {"PositionSource.GPS", "PositionSource.BEACON"}

    assert places(is_said_measured) == {"locate/device.py"}
