"""``docs/notices.md`` is true: its file of fences is read, its lines of Python verify what is sent."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Circle, Outline
from finder.errors import NotFound
from finder.geo.points import LonLat
from finder.notices.delivery.keys import new_secret, webhook_signature
from finder.notices.fences.reading import ReadFence, fences_of_rows
from finder.notices.fences.tables import rows_in
from finder.notices.law import Site
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs/notices.md").read_text(encoding="utf-8")
NOW = datetime.now(UTC)


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


class OneSite:
    """The facility of the page."""

    def site(self, facility_id: str) -> Site:
        if facility_id != "q6rsw4fni3ryv3is":
            raise NotFound("another")
        lon_lat = LonLat(24.9381038, 60.1694597)
        return Site(facility=Facility(id=facility_id, kind=FacilityKind.DOCTORS, name="Mehiläinen", lon_lat=lon_lat))

    def others(self, shape: Circle | Outline, but: str) -> list[Site]:
        raise AssertionError((shape, but))


def test_the_file_of_the_page_is_one() -> None:
    [read] = fences_of_rows(rows_in(block("csv").encode(), "fences.csv"), "norte", OneSite(), NOW)
    assert isinstance(read, ReadFence), read
    assert [wish.texts["es"] for wish in read.fence.wishes] == ["Bienvenida a {facility}.", "Pase a la ventanilla 3."]


def test_the_columns_of_the_page_are_those_that_are_read() -> None:
    from finder.notices.fences import tables

    named = {name for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    known: frozenset[str] = tables._COLUMNS
    assert named == known | {"text_en", "text_es"}


def test_what_is_sent_is_verified_as_the_page_says() -> None:
    space: dict[str, Any] = {}
    exec(block("python"), space)  # noqa: S102 - what a reader would copy
    verified: Callable[[str, dict[str, str], bytes], bool] = space["verified"]
    secret, body, now = new_secret(), b'{"type": "visit.enter"}', datetime.now(UTC)

    def headers(at: datetime) -> dict[str, str]:
        signature = webhook_signature(secret, "m1", at, body)
        return {"webhook-id": "m1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": f"v1,AAAA {signature}"}

    assert verified(secret, headers(now), body)
    assert not verified(secret, headers(now), body + b" ")
    assert not verified(new_secret(), headers(now), body)
    assert not verified(secret, headers(now) | {"webhook-id": "m2"}, body)
    assert not verified(secret, headers(datetime(2026, 1, 1, tzinfo=UTC)), body)
