"""What Valhalla says amiss, put right."""

import pytest

from finder.directions.estimate import TravelMode
from finder.directions.router import RouteRequest
from finder.directions.valhalla import EmbeddedValhalla
from finder.directions.valhalla.wording import instruction_in
from finder.geo.points import LonLat


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("es-MX", "Gire a la izquierda hacia el carril bici.", "Gire a la izquierda hacia la ciclovía."),
        ("es", "Siga por la derecha en dirección a el carril bici.", "Siga por la derecha en dirección a la ciclovía."),
        ("es", "Conduzca hacia el sur por Conduzca hacia.", "Maneje hacia el sur por Conduzca hacia."),
        ("es", "Haga la rotonda y tome la salida 2.ª hacia Rotonda.", "En la glorieta, tome la salida 2.ª hacia Rotonda."),
        ("es", "Haga la rotonda.", "Entre en la glorieta."),
        ("es", "Haga un cambio de sentido a la izquierda.", "Dé vuelta en U a la izquierda."),
        ("es", "Tome la salida.", "Tome la salida."),
        ("es-MX", "Gire a la izquierda hacia la calzada.", "Gire a la izquierda hacia el andador."),
        ("es", "Siga por la izquierda en dirección a la calzada.", "Siga por la izquierda en dirección al andador."),
        ("es", "Gire a la derecha hacia the crosswalk.", "Gire a la derecha hacia el cruce peatonal."),
        ("es", "Gire a la derecha hacia Calzada del Tecnológico.", "Gire a la derecha hacia Calzada del Tecnológico."),
        ("en-US", "Turn right onto the crosswalk.", "Turn right onto the crosswalk."),
    ],
)
def test_unnamed_ways(language: str, text: str, meant: str) -> None:
    assert instruction_in(language, text, TravelMode.CAR) == meant


@pytest.mark.parametrize(
    ("mode", "text", "meant"),
    [
        (TravelMode.WHEELCHAIR, "Camine hacia el oeste por el andador.", "Avance hacia el oeste por el andador."),
        (TravelMode.FOOT, "Camine hacia el oeste por el andador.", "Camine hacia el oeste por el andador."),
        (TravelMode.FOOT, "Siga recto para tomar la vía de salida.", "Siga recto para tomar la vía de enlace."),
        (TravelMode.WHEELCHAIR, "Tome la salida.", "Tome la vía de enlace."),
        (TravelMode.FOOT, "Tome el ascensor a Nivel 0.", "Tome el elevador a Nivel 0."),
        (TravelMode.FOOT, "Tome la escalera mecánica.", "Tome las escaleras eléctricas."),
    ],
)
def test_nobody_who_drives_no_car_is_sent_onto_a_ramp(mode: TravelMode, text: str, meant: str) -> None:
    assert instruction_in("es-MX", text, mode) == meant


@pytest.mark.parametrize(
    ("mode", "text", "meant"),
    [
        (TravelMode.WHEELCHAIR, "Walk west on Walk Street.", "Go west on Walk Street."),
        (TravelMode.FOOT, "Walk west on the walkway.", "Walk west on the walkway."),
        (TravelMode.FOOT, "Stay straight to take the ramp.", "Stay straight to take the link road."),
        (TravelMode.WHEELCHAIR, "Take the Main Street ramp on the left.", "Take the Main Street link road on the left."),
        (TravelMode.BICYCLE, "Take the exit.", "Take the link road."),
        (TravelMode.FOOT, "Turn left onto Ramp Street.", "Turn left onto Ramp Street."),
        (TravelMode.CAR, "Stay straight to take the ramp.", "Stay straight to take the ramp."),
    ],
)
def test_in_english_neither(mode: TravelMode, text: str, meant: str) -> None:
    assert instruction_in("en-US", text, mode) == meant


def test_no_english_is_left_in_a_real_way(helsinki: EmbeddedValhalla) -> None:
    request = RouteRequest(origin=LonLat(24.948, 60.166), target=LonLat(24.9375, 60.1694), mode=TravelMode.FOOT, language="es-MX")
    told = " ".join(step.instruction for step in helsinki.route(request).steps)
    assert "andador" in told
    assert "the " not in told
    assert "calzada" not in told
