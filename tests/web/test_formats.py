"""How long a way takes, as a reader writes it."""

import pytest
from babel import Locale

from finder.directions.estimate import TravelMode
from finder.directions.router import Basis
from finder.web.formats import minutes_text
from finder.web.language import Reader

MEXICO = Reader("es", Locale("es", "MX"), miles=False)
USA = Reader("en", Locale("en", "US"), miles=True)
CAR, FOOT, BICYCLE, WHEELCHAIR = TravelMode.CAR, TravelMode.FOOT, TravelMode.BICYCLE, TravelMode.WHEELCHAIR


@pytest.mark.parametrize(
    ("least_s", "most_s", "reader", "mode", "basis", "expected"),
    [
        (700, 700, USA, CAR, Basis.ROADS, "12 min by car"),
        (700, 700, MEXICO, FOOT, Basis.ROADS, "12 min a pie"),
        (20, 20, USA, FOOT, Basis.ROADS, "1 min on foot"),
        (1_400, 1_400, USA, BICYCLE, Basis.ROADS, "23 min by bicycle"),
        (3_600, 3_600, USA, WHEELCHAIR, Basis.ROADS, "1 h by wheelchair"),
        (5_100, 5_100, MEXICO, CAR, Basis.ROADS, "1 h 25 min en auto"),
        (3_599, 3_599, USA, CAR, Basis.ROADS, "1 h by car"),
        (700, 700, USA, CAR, Basis.ESTIMATE, "about 12 min by car"),
        (600, 900, USA, FOOT, Basis.ESTIMATE, "about 10\u201315 min on foot"),
        (60, 2_000, MEXICO, FOOT, Basis.ESTIMATE, "hasta 35 min a pie"),
        (7_300, 14_400, MEXICO, CAR, Basis.ESTIMATE, "unas 2\u20134 h en auto"),
        (600, 900, MEXICO, WHEELCHAIR, Basis.ESTIMATE, "unos 10\u201315 min en silla de ruedas"),
    ],
)
def test_times(least_s: float, most_s: float, reader: Reader, mode: TravelMode, basis: Basis, expected: str) -> None:
    assert minutes_text(least_s, most_s, reader, mode, basis).replace("\u00a0", " ") == expected
