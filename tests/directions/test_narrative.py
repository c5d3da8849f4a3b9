"""Manoeuvres in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directions.narrative import Manoeuvre, instruction, step_kind
from finder.directions.router import StepKind

# All that OSRM 5.24 documents, and a type of the future.
TYPES = [
    *("turn", "new name", "depart", "arrive", "merge", "on ramp", "off ramp", "fork", "end of road", "use lane", "continue"),
    *("roundabout", "rotary", "roundabout turn", "exit roundabout", "exit rotary", "notification", "teleport"),
]
MODIFIERS = ["", "uturn", "sharp right", "right", "slight right", "straight", "slight left", "left", "sharp left"]


@pytest.mark.parametrize(
    ("manoeuvre", "kind", "english", "spanish"),
    [
        (
            Manoeuvre(type="turn", modifier="left", street="Calle 2ª"),
            StepKind.LEFT,
            "Turn left onto Calle 2ª.",
            "Gire a la izquierda en Calle 2ª.",
        ),
        (Manoeuvre(type="turn", modifier="slight right"), StepKind.SLIGHT_RIGHT, "Bear right.", "Gire ligeramente a la derecha."),
        (
            Manoeuvre(type="depart", bearing_deg=350.0, street="Main Street"),
            StepKind.START,
            "Head north on Main Street.",
            "Diríjase hacia el norte por Main Street.",
        ),
        (
            Manoeuvre(type="depart", bearing_deg=135.0, modifier="right"),
            StepKind.START,
            "Head south-east.",
            "Diríjase hacia el sureste.",
        ),
        (
            Manoeuvre(type="end of road", modifier="right", street="Calle 5"),
            StepKind.RIGHT,
            "At the end of the road, turn right onto Calle 5.",
            "Al final de la calle, gire a la derecha en Calle 5.",
        ),
        (
            Manoeuvre(type="roundabout", modifier="right", exit=2, street="Calle 5"),
            StepKind.ROUNDABOUT,
            "At the roundabout, take the 2nd exit towards Calle 5.",
            "En la glorieta, tome la segunda salida hacia Calle 5.",
        ),
        (
            Manoeuvre(type="rotary", exit=12),
            StepKind.ROUNDABOUT,
            "At the roundabout, take exit number 12.",
            "En la glorieta, tome la salida número 12.",
        ),
        (
            Manoeuvre(type="off ramp", modifier="slight right", towards="San Diego", street="I-5"),
            StepKind.RAMP,
            "Take the exit on the right towards San Diego.",
            "Tome la salida de la derecha hacia San Diego.",
        ),
        (
            Manoeuvre(type="fork", modifier="slight left", street="I-5"),
            StepKind.SLIGHT_LEFT,
            "Keep left on I-5.",
            "Manténgase a la izquierda por I-5.",
        ),
        (
            Manoeuvre(type="new name", modifier="left", street="Ruta 1"),
            StepKind.CONTINUE,
            "Continue on Ruta 1.",
            "Continúe por Ruta 1.",
        ),
        (Manoeuvre(type="continue", modifier="uturn"), StepKind.U_TURN, "Make a U-turn.", "Dé vuelta en U."),
        (
            Manoeuvre(type="arrive", is_last=False),
            StepKind.ARRIVE,
            "You have reached a stop on your way.",
            "Ha llegado a una parada de su recorrido.",
        ),
        (
            Manoeuvre(type="arrive", modifier="left", is_ferry=True),
            StepKind.ARRIVE,
            "You have arrived: your destination is on the left.",
            "Ha llegado: su destino está a la izquierda.",
        ),
        (
            Manoeuvre(type="notification", is_ferry=True, street="La Paz-Mazatlán"),
            StepKind.FERRY,
            "Take the ferry La Paz-Mazatlán.",
            "Tome el transbordador La Paz-Mazatlán.",
        ),
    ],
)
def test_sentences(manoeuvre: Manoeuvre, kind: StepKind, english: str, spanish: str) -> None:
    assert step_kind(manoeuvre) is kind
    assert [instruction(manoeuvre, language) for language in ("en", "en-GB", "fr")] == [english] * 3
    assert [instruction(manoeuvre, language) for language in ("es", "es-MX", "ES")] == [spanish] * 3


@given(
    st.builds(
        Manoeuvre,
        type=st.sampled_from(TYPES),
        modifier=st.sampled_from(MODIFIERS),
        bearing_deg=st.floats(0, 360),
        exit=st.none() | st.integers(0, 30),
        street=st.sampled_from(["", "Calle {0}", "A"]),
        towards=st.sampled_from(["", "%s {}"]),
        is_ferry=st.booleans(),
        is_last=st.booleans(),
    ),
    st.sampled_from(["en", "es"]),
)
def test_each_manoeuvre_is_one_sentence_and_names_stay_as_they_are(manoeuvre: Manoeuvre, language: str) -> None:
    text = instruction(manoeuvre, language)
    assert text[0].isupper()
    assert text.endswith(".")
    assert "  " not in text
    if manoeuvre.street and step_kind(manoeuvre) in {StepKind.LEFT, StepKind.CONTINUE, StepKind.START, StepKind.FERRY}:
        assert manoeuvre.street in text
