"""What a note of a way says to a person, in English and Spanish."""

from collections.abc import Mapping
from typing import Final

from finder.directory.way_there import WayNote

__all__ = ["note_text"]

_TEXTS: Final[Mapping[WayNote, tuple[str, str]]] = {
    WayNote.ESTIMATE: (
        "This is an estimate as the crow flies: we have no way to follow.",
        "Es una estimación en línea recta: no tenemos un camino que seguir.",
    ),
    WayNote.NO_WAY_KNOWN: (
        "Our map knows no way there by this means. Call before you set out.",
        "Nuestro mapa no conoce un camino hasta ahí con este medio. Llame antes de salir.",
    ),
    WayNote.ROUGH_START: (
        "We only know roughly where you are. Use your location or type a street for the way itself.",
        "Solo sabemos más o menos dónde está. Use su ubicación o escriba una calle para ver el camino.",
    ),
    WayNote.START_ABOUT: (
        "We know where you are to some hundred metres: the way begins in the middle of that, and its time is a range.",
        "Sabemos dónde está con unos cientos de metros de margen: el camino empieza en el centro y su duración es un rango.",
    ),
    WayNote.ROUGH_TARGET: (
        "We only know roughly where this place is. Ask for the way when you call.",
        "Solo sabemos más o menos dónde queda este lugar. Pregunte cómo llegar cuando llame.",
    ),
    WayNote.START_OFF_ROAD: (
        "The way begins at the nearest road, some way from where you are.",
        "El camino empieza en la calle más cercana, a cierta distancia de donde está.",
    ),
    WayNote.TARGET_OFF_ROAD: (
        "The way ends at the nearest road, some way from the place itself.",
        "El camino termina en la calle más cercana, a cierta distancia del lugar.",
    ),
    WayNote.START_FAR_FROM_ROAD: (
        "Our map has no road for this means within 300 m of where you are, so we give no way from there.",
        "Nuestro mapa no tiene vías para este medio a menos de 300 m de donde está, así que no damos un camino desde ahí.",
    ),
    WayNote.TARGET_FAR_FROM_ROAD: (
        "Our map has no road for this means within 300 m of this place. Call before you set out.",
        "Nuestro mapa no tiene vías para este medio a menos de 300 m de este lugar. Llame antes de salir.",
    ),
    WayNote.TOLL: ("There are tolls to pay on this way.", "En este camino hay casetas de cobro."),
    WayNote.FERRY: ("A ferry is part of this way: look up when it goes.", "Parte del camino es en ferri: consulte los horarios."),
    WayNote.BORDER: (
        "The way that our map knows leads through another country: you would need documents for the border.",
        "El camino que conoce nuestro mapa pasa por otro país: necesitaría documentos para cruzar la frontera.",
    ),
    WayNote.STEP_FREE_UNKNOWN: (
        "We do not know of a step-free way to the door. Ask when you call.",
        "No sabemos de un camino sin escalones hasta la puerta. Pregunte cuando llame.",
    ),
    WayNote.STEP_FREE_AS_MAPPED: (
        "Without steps and escalators as far as the map knows. It does not know every kerb, slope or broken lift.",
        "Sin escalones ni escaleras eléctricas, hasta donde sabe el mapa, que no conoce cada banqueta, pendiente o elevador "
        "descompuesto.",
    ),
    WayNote.BY_TIMETABLE: (
        "Buses and trains by the timetable, which knows nothing of delays. Whoever misses one waits for the next.",
        "Autobuses y trenes según el horario, que no sabe de retrasos. Si pierde uno, tendrá que esperar al siguiente.",
    ),
    WayNote.TIMETABLE_ASSUMED: (
        "The timetable does not tell of this day: these are the times of other days. Look them up before you set out.",
        "El horario no incluye este día: son las horas de otros días. Consúltelas antes de salir.",
    ),
    WayNote.NO_TIMETABLE: (
        "We have no timetable of public transport for this way and day. Look up buses and trains before you set out.",
        "No tenemos horarios de transporte público para este camino y este día. Consulte autobuses y trenes antes de salir.",
    ),
    WayNote.ON_FOOT_QUICKER: (
        "On foot is quicker than any bus or train that we know of now: this is the way on foot.",
        "A pie es más rápido que cualquier autobús o tren que conozcamos a esta hora: este es el camino a pie.",
    ),
    WayNote.ROADS_END_HERE: (
        "The roads on our map end at the edge of this area: more may be within reach.",
        "Las calles de nuestro mapa terminan en el borde de esta zona: puede que llegue más lejos.",
    ),
}


def note_text(note: WayNote, language: str) -> str:
    """The note as a sentence or two: Spanish for ``es`` and its regions, else English."""
    return _TEXTS[note][language.lower().startswith("es")]
