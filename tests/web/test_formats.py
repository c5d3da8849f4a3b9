"""How long a way takes, as a reader writes it."""

import re

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from finder.directions.estimate import TravelMode
from finder.directions.router import Basis
from finder.web.formats import age_text, minutes_text, span_text
from finder.web.language import LOCALES_DIR, Reader

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
        (157, 330, USA, CAR, Basis.ESTIMATE, "up to 6 min by car"),
        (600, 900, USA, FOOT, Basis.ESTIMATE, "about 10\u201315 min on foot"),
        (60, 2_000, MEXICO, FOOT, Basis.ESTIMATE, "hasta 35 min a pie"),
        (7_300, 14_400, MEXICO, CAR, Basis.ESTIMATE, "unas 2\u20134 h en auto"),
        (600, 900, MEXICO, WHEELCHAIR, Basis.ESTIMATE, "unos 10\u201315 min en silla de ruedas"),
    ],
)
def test_times(least_s: float, most_s: float, reader: Reader, mode: TravelMode, basis: Basis, expected: str) -> None:
    assert minutes_text(least_s, most_s, reader, mode, basis).replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("least_s", "most_s", "spanish", "english"),
    [
        (1_200, 1_200, "unos 20 min", "about 20 min"),
        (700, 750, "unos 11\u201313 min", "about 11\u201313 min"),
        (210, 450, "unos 3\u20138 min", "about 3\u20138 min"),
        (0, 0, "hasta 1 min", "up to 1 min"),
        (16, 33, "hasta 1 min", "up to 1 min"),
        (1_320, 1_560, "unos 20\u201330 min", "about 20\u201330 min"),
        (0, 2_100, "hasta 35 min", "up to 35 min"),
        (600, 900, "unos 10\u201315 min", "about 10\u201315 min"),
        (100, 10_800, "hasta 3 h", "up to 3 h"),
        (600, 10_800, "de unos 10 min a 3 h", "about 10 min to 3 h"),
        (2_640, 9_000, "de unos 40 min a 2.5 h", "about 40 min to 2.5 h"),
        (8_900, 9_100, "unas 2\u20133 h", "about 2\u20133 h"),
        (7_200, 9_000, "unas 2\u20132.5 h", "about 2\u20132.5 h"),
        (14_400, 14_400, "unas 4 h", "about 4 h"),
    ],
)
def test_a_time_that_is_a_range(least_s: float, most_s: float, spanish: str, english: str) -> None:
    assert span_text(least_s, most_s, MEXICO) == spanish
    assert span_text(least_s, most_s, USA) == english


@pytest.mark.parametrize(
    ("seconds", "spanish", "english"),
    [
        (-5, "hace un momento", "just now"),
        (60, "hace un momento", "just now"),
        (1_500, "hace 25 min", "25 min ago"),
        (7_199, "hace 120 min", "120 min ago"),
        (10_800, "hace 3 h", "3 h ago"),
    ],
)
def test_how_long_ago(seconds: float, spanish: str, english: str) -> None:
    assert age_text(seconds, MEXICO) == spanish
    assert age_text(seconds, USA) == english


@pytest.mark.parametrize(("least_s", "most_s"), [(600, 900), (0, 2_100), (2_640, 9_000), (100, 10_800), (14_400, 14_400)])
def test_no_sentence_says_of_twice(least_s: float, most_s: float) -> None:
    """Every text that takes a time, with every form that a time has."""
    with (LOCALES_DIR / "es" / "LC_MESSAGES" / "finder.po").open("rb") as file:
        takers = [message.id for message in read_po(file) if isinstance(message.id, str) and "%(time)s" in message.id]
    span = span_text(least_s, most_s, MEXICO)
    texts = [re.sub(r"%\(time\)s", span, MEXICO.text(one)) for one in takers]
    assert len(texts) > 10
    assert not [text for text in texts if re.search(r"\b(de|a|en) (de|hasta|a) ", text)]


def test_a_sentence_ends_in_one_stop() -> None:
    assert MEXICO.text("Arrive at %(time)s", time="5 p.m..") == "Llegada: 5 p.m."
    assert USA.text("From: %(start)s.", start="Ensenada, B.C.") == "From: Ensenada, B.C."
    assert USA.text("From: %(start)s.", start="Wait…") == "From: Wait…."
