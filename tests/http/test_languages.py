"""The languages of an Accept-Language header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.http.languages import accepted_languages


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", ["es-MX", "es", "en"]),
        ("en;q=0.2, es;q=0.3", ["es", "en"]),
        # RFC 9110, 12.5.4
        ("da, en-gb;q=0.8, en;q=0.7", ["da", "en-gb", "en"]),
        ("*, es;q=0", []),
        ("fi;q=nonsense, es;q=nan, en;q=2", []),
        ("", []),
    ],
)
def test_most_wanted_first(header: str, expected: list[str]) -> None:
    assert list(accepted_languages(header)) == expected


@given(st.text(alphabet="es-;q=0.19, *", max_size=80))
def test_never_raises(header: str) -> None:
    assert all(tag and tag != "*" for tag in accepted_languages(header))
