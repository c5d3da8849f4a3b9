"""What a verdict says, in plain words and without a place."""

from typing import Final

__all__ = ["TEXTS"]

TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "allowed": "Allowed in {jurisdiction}, for people who have given their express consent.",
        "forbidden": "Not allowed in {jurisdiction}.",
        "beyond_own_site": "Not allowed in {jurisdiction}: a fence may reach {beyond_m} m beyond the perimeter of the own site, "
        "and this one reaches further. Draw it smaller, or give the outline of the site if it has none yet.",
        "outside_own_site": "Not allowed in {jurisdiction}: a fence must lie inside the perimeter of the own site, and this one "
        "reaches further. Draw it smaller, or give the outline of the site if it has none yet.",
        "near_line": "A line between jurisdictions is so near that the laws of both sides must allow it.",
        "sensitive_near": "Not allowed: it comes within {near_m} m of a place of reproductive, mental or addiction care. Draw "
        "it smaller; where that place has no outline yet, give it one.",
        "sensitive_site": "Not allowed: places of reproductive, mental or addiction care are never fenced.",
        "no_row": "Not allowed: the table of the law says nothing of {jurisdiction}, which is there or too near to tell.",
        "unknown_place": "Not allowed: part of it lies in no country that is known here.",
        "no_boundaries": "Not allowed: the outlines of countries are not installed, so which law rules cannot be told. Run "
        "python web-assets/install.py, or install the finder again.",
        "neighbours_unknown": "Not allowed: nobody looked whose sites are near.",
        "perimeter_doubtful": "Not allowed: the outline given for the site is too large for one, or not where the facility is. "
        "Correct it.",
        "too_large": "Not allowed: it is larger than any site of care.",
        "source": "{law}; read {read_on} at {source} (row {row}).",
    },
    "es": {
        "allowed": "Permitida en {jurisdiction}, para quienes han dado su consentimiento expreso.",
        "forbidden": "No permitida en {jurisdiction}.",
        "beyond_own_site": "No permitida en {jurisdiction}: una geocerca puede llegar {beyond_m} m más allá del perímetro del "
        "propio sitio, y esta llega más lejos. Dibújela más pequeña, o dé el contorno del sitio si aún no lo tiene.",
        "outside_own_site": "No permitida en {jurisdiction}: una geocerca debe quedar dentro del perímetro del propio sitio, y "
        "esta llega más lejos. Dibújela más pequeña, o dé el contorno del sitio si aún no lo tiene.",
        "near_line": "Hay un límite entre jurisdicciones tan cerca que las leyes de ambos lados deben permitirla.",
        "sensitive_near": "No permitida: llega a {near_m} m o menos de un lugar de atención reproductiva, mental o de "
        "adicciones. Dibújela más pequeña; si ese lugar aún no tiene contorno, déselo.",
        "sensitive_site": "No permitida: los lugares de atención reproductiva, mental o de adicciones nunca se cercan.",
        "no_row": "No permitida: la tabla de la ley no dice nada de {jurisdiction}, que está allí o demasiado cerca para "
        "distinguirlo.",
        "unknown_place": "No permitida: una parte no está en ningún país que se conozca aquí.",
        "no_boundaries": "No permitida: los contornos de los países no están instalados, así que no se sabe qué ley rige. "
        "Ejecute python web-assets/install.py, o instale el buscador de nuevo.",
        "neighbours_unknown": "No permitida: nadie miró de quién son los sitios cercanos.",
        "perimeter_doubtful": "No permitida: el contorno dado para el sitio es demasiado grande para uno, o no está donde está "
        "el lugar. Corríjalo.",
        "too_large": "No permitida: es más grande que cualquier sitio de atención.",
        "source": "{law}; leído el {read_on} en {source} (fila {row}).",
    },
}
