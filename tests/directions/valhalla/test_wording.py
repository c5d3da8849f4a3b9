"""Valhalla's Spanish, put right."""

import pytest

from finder.directions.estimate import TravelMode
from finder.directions.router import RouteRequest
from finder.directions.valhalla import EmbeddedValhalla
from finder.directions.valhalla.wording import instruction_in
from finder.geo.points import LonLat


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("es-MX", "Gire a la izquierda hacia la calzada.", "Gire a la izquierda hacia el andador."),
        ("es", "Siga por la izquierda en dirección a la calzada.", "Siga por la izquierda en dirección al andador."),
        ("es", "Gire a la derecha hacia the crosswalk.", "Gire a la derecha hacia el cruce peatonal."),
        ("es", "Gire a la derecha hacia Calzada del Tecnológico.", "Gire a la derecha hacia Calzada del Tecnológico."),
        ("en-US", "Turn right onto the crosswalk.", "Turn right onto the crosswalk."),
    ],
)
def test_unnamed_ways(language: str, text: str, meant: str) -> None:
    assert instruction_in(language, text) == meant


def test_no_english_is_left_in_a_real_way(helsinki: EmbeddedValhalla) -> None:
    request = RouteRequest(origin=LonLat(24.948, 60.166), target=LonLat(24.9375, 60.1694), mode=TravelMode.FOOT, language="es-MX")
    told = " ".join(step.instruction for step in helsinki.route(request).steps)
    assert "andador" in told
    assert "the " not in told
    assert "calzada" not in told
