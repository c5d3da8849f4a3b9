"""Why an event was told, in plain words and without a place: for the person whose visit it was, and for the log."""

from typing import Final

from finder.domain.fence import Trigger
from finder.errors import BadInput
from finder.notices.tracker.event import Confidence, Event

__all__ = ["why"]

_TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "enter": "You went in: {fixes} positions over {span} put you at least {depth} inside, give or take {error}.",
        "enter_beacon": "You went in: your device met a beacon that stands inside.",
        "exit": "You left: {fixes} positions over {span} put you at least {depth} away from it, give or take {error}.",
        "dwell": "You have stayed for {wish}: since you went in, no position has put you clearly outside.",
        "approach": "You were on your way there: as you moved for {span}, you would have arrived in about {eta}.",
        "wrong_entrance": "You were at another door: {fixes} positions over {span} put you there, give or take {error}.",
        "wrong_entrance_beacon": "You were at another door: your device met a beacon that stands there.",
        "crossing": "Between two positions {asleep} apart the straight way leads through. You may have been there or not: "
        "nobody is told.",
        "already_inside": "You were inside when your visit was first looked at, so when you came is not known.",
        "leapt": "Your positions had leapt shortly before, so more of them were waited for.",
        "asleep": "For {asleep} of that time your device sent nothing.",
        "late": "By your device's own clock its positions came {late} late.",
        "fixes": "Positions number {first} to {last} led to it.",
        "fix": "Position number {first} led to it.",
        "none": "How sure that is: not at all.",
        "low": "How sure that is: not very.",
        "medium": "How sure that is: fairly.",
        "high": "How sure that is: very.",
        "s": "{n} s",
        "min": "{n} min",
    },
    "es": {
        "enter": "Usted entró: {fixes} posiciones durante {span} lo sitúan al menos {depth} dentro, con un margen de {error}.",
        "enter_beacon": "Usted entró: su dispositivo encontró una baliza que está dentro.",
        "exit": "Usted salió: {fixes} posiciones durante {span} lo sitúan al menos a {depth} de allí, con un margen de {error}.",
        "dwell": "Usted lleva allí {wish}: desde que entró, ninguna posición lo ha situado claramente fuera.",
        "approach": "Usted iba hacia allí: según avanzó durante {span}, habría llegado en unos {eta}.",
        "wrong_entrance": "Usted estaba en otra puerta: {fixes} posiciones durante {span} lo sitúan allí, "
        "con un margen de {error}.",
        "wrong_entrance_beacon": "Usted estaba en otra puerta: su dispositivo encontró una baliza que está allí.",
        "crossing": "Entre dos posiciones separadas por {asleep}, el camino recto pasa por allí. Quizá estuvo o quizá no: "
        "no se avisa a nadie.",
        "already_inside": "Usted estaba dentro cuando se miró su visita por primera vez, así que no se sabe cuándo llegó.",
        "leapt": "Sus posiciones habían dado un salto poco antes, así que se esperaron más.",
        "asleep": "Durante {asleep} de ese tiempo su dispositivo no envió nada.",
        "late": "Según el reloj de su dispositivo, sus posiciones llegaron con {late} de retraso.",
        "fixes": "Lo causaron las posiciones número {first} a {last}.",
        "fix": "Lo causó la posición número {first}.",
        "none": "Certeza: ninguna.",
        "low": "Certeza: poca.",
        "medium": "Certeza: bastante.",
        "high": "Certeza: mucha.",
        "s": "{n} s",
        "min": "{n} min",
    },
}


def why(event: Event, language: str) -> str:
    """Return why this event was told, in ``en`` or ``es``. Raises :class:`BadInput` for another language."""
    if language not in _TEXTS:
        raise BadInput("That is told in English (en) and Spanish (es).")
    texts, grounds = _TEXTS[language], event.grounds
    numbers = {"first": event.fixes[0], "last": event.fixes[-1]}

    def lasting(seconds: float) -> str:
        return texts["s"].format(n=round(seconds)) if seconds < 120.0 else texts["min"].format(n=round(seconds / 60.0))

    if event.confidence is Confidence.NONE:
        what = "crossing"
    else:
        what = f"{event.trigger}_beacon" if grounds.beacon and f"{event.trigger}_beacon" in texts else str(event.trigger)
    said = [what]
    if event.confidence is not Confidence.NONE:
        if grounds.already_inside and event.trigger in {Trigger.ENTER, Trigger.DWELL}:
            said.append("already_inside")
        said += [doubt for doubt in ("leapt",) if grounds.leapt]
        said += [doubt for doubt in ("asleep",) if grounds.asleep_s]
        said += [doubt for doubt in ("late",) if grounds.late_s]
    said += ["fix" if numbers["first"] == numbers["last"] else "fixes", str(event.confidence)]
    filled = {
        "fixes": grounds.fixes,
        "span": lasting(grounds.span_s),
        "depth": f"{abs(grounds.edge_m)} m",
        "error": f"{grounds.error_m} m",
        "wish": lasting(event.wish_s or 0.0),
        "eta": lasting(grounds.eta_s or 0),
        "asleep": lasting(grounds.asleep_s),
        "late": lasting(grounds.late_s),
    }
    return " ".join(texts[one].format(**filled | numbers if one in {"fixes", "fix"} else filled) for one in said)
