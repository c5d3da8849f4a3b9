"""What a card says of the hours: never more than is known of the change to come."""

from datetime import UTC, datetime

import pytest
from babel import Locale

from finder.domain.facility import FacilityKind
from finder.web.cards import hours_line
from finder.web.language import Reader

from .town import facility

READER = Reader("en", Locale("en", "GB"), miles=False)
SATURDAY_NOON = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
"""12:00 in Helsinki."""


@pytest.mark.parametrize(
    ("opening_hours", "state", "detail"),
    [
        ("Sa 08:00-14:00", "open", "until 14:00"),
        ("Su 08:00-14:00", "closed", "opens tomorrow 08:00"),
        ("Mo 08:00-14:00", "closed", "opens Mon 23 Nov, 08:00"),
        ('Sa off; Su unknown "by appointment"', "closed", ""),
        ('Sa 08:00-14:00, Sa 14:00-18:00 unknown "by appointment"', "open", ""),
        ("24/7", "open", ""),
    ],
)
def test_only_a_change_that_is_known_is_announced(opening_hours: str, state: str, detail: str) -> None:
    one = facility(1, "Clinic", FacilityKind.CLINIC, 24.94, 60.17, opening_hours=opening_hours)
    line = hours_line(one, SATURDAY_NOON, READER)
    assert (line.state, line.detail) == (state, detail)
