"""Why an answer stands where it stands: each reason has a name, what it costs in minutes, and words for it in two languages."""

from enum import StrEnum

import msgspec

from finder.care.specialties import specialties
from finder.directions.router import Basis
from finder.directory.understanding.labels import language_name

__all__ = ["Reason", "ReasonCode", "reason_text"]


class ReasonCode(StrEnum):
    """What can be said of an answer. Those above ``EMERGENCY`` may cost minutes, those below never do."""

    TRAVEL = "travel"
    CLOSED_ON_ARRIVAL = "closed_on_arrival"
    CLOSES_AFTER_ARRIVAL = "closes_after_arrival"
    HOURS_UNKNOWN = "hours_unknown"
    HOURS_UNVERIFIED = "hours_unverified"
    NOT_ACCEPTING = "not_accepting"
    ACCEPTING_UNKNOWN = "accepting_unknown"
    ACCEPTING_UNVERIFIED = "accepting_unverified"
    PHONE_UNVERIFIED = "phone_unverified"
    WHEELCHAIR_LIMITED = "wheelchair_limited"
    EMERGENCY = "emergency"
    ACROSS_BORDER = "across_border"
    BORDER_WAIT = "border_wait"
    WAY_UNCHECKED = "way_unchecked"
    OPEN_ON_ARRIVAL = "open_on_arrival"
    ACCEPTING = "accepting"
    TAKES_PLAN = "takes_plan"
    PLACE_TAKES_PLAN = "place_takes_plan"
    SPEAKS_LANGUAGE = "speaks_language"
    OFFERS_CARE = "offers_care"
    RELATED_CARE = "related_care"
    NAME_MATCHES = "name_matches"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason. ``number`` is what its sentence counts (minutes, days); ``what`` is what it names: the text of a plan, the
    BCP 47 tag of a language, the id of a specialty or service, on what a travel time rests
    (:class:`finder.directions.router.Basis`). ``range_min`` are the minutes between which a time lies, where ``number`` of them
    is only the likeliest."""

    code: ReasonCode
    costs_min: float = 0.0
    number: int | None = None
    range_min: tuple[int, int] | None = None
    what: str = ""


_TEXTS: dict[ReasonCode, tuple[str, str]] = {
    ReasonCode.TRAVEL: ("%(minutes)s min away (estimate)", "a %(minutes)s min (estimado)"),
    ReasonCode.CLOSED_ON_ARRIVAL: ("closed when you arrive", "cerrado cuando llegue"),
    ReasonCode.CLOSES_AFTER_ARRIVAL: ("closes %(number)d min after you arrive", "cierra %(number)d min después de que llegue"),
    ReasonCode.HOURS_UNKNOWN: ("hours not known: call first", "horario desconocido: llame antes"),
    ReasonCode.HOURS_UNVERIFIED: ("hours unverified for %(number)d days", "horario sin verificar desde hace %(number)d días"),
    ReasonCode.NOT_ACCEPTING: ("not accepting new patients", "no acepta pacientes nuevos"),
    ReasonCode.ACCEPTING_UNKNOWN: ("ask whether new patients are accepted", "pregunte si acepta pacientes nuevos"),
    ReasonCode.ACCEPTING_UNVERIFIED: (
        "“accepting new patients” unverified for %(number)d days",
        "«acepta pacientes nuevos» sin verificar desde hace %(number)d días",
    ),
    ReasonCode.PHONE_UNVERIFIED: ("phone unverified for %(number)d days", "teléfono sin verificar desde hace %(number)d días"),
    ReasonCode.WHEELCHAIR_LIMITED: ("limited wheelchair access", "acceso limitado en silla de ruedas"),
    ReasonCode.EMERGENCY: ("emergency care", "atención de urgencias"),
    ReasonCode.ACROSS_BORDER: (
        "across the border: the wait there is not in the estimate",
        "al otro lado de la frontera: la espera no está en el estimado",
    ),
    ReasonCode.BORDER_WAIT: (
        "across the border: about %(minutes)s min of waiting are counted",
        "al otro lado de la frontera: ya se cuentan unos %(minutes)s min de espera",
    ),
    ReasonCode.WAY_UNCHECKED: (
        "nobody has checked this way for steps and escalators: see the directions",
        "nadie ha revisado si en este camino hay escalones o escaleras eléctricas: vea cómo llegar",
    ),
    ReasonCode.OPEN_ON_ARRIVAL: ("open when you arrive", "abierto cuando llegue"),
    ReasonCode.ACCEPTING: ("accepts new patients", "acepta pacientes nuevos"),
    ReasonCode.TAKES_PLAN: ("takes %(what)s", "acepta %(what)s"),
    ReasonCode.PLACE_TAKES_PLAN: (
        "%(what)s is taken there: ask for this doctor",
        "ahí aceptan %(what)s: pregunte por este médico",
    ),
    ReasonCode.SPEAKS_LANGUAGE: ("speaks %(what)s", "habla %(what)s"),
    ReasonCode.OFFERS_CARE: ("%(what)s", "%(what)s"),
    ReasonCode.RELATED_CARE: ("related: %(what)s", "relacionado: %(what)s"),
    ReasonCode.NAME_MATCHES: ("the name matches", "el nombre coincide"),
}
_BY_ROAD = "%(minutes)s min by road", "a %(minutes)s min por calles y carreteras"
_NEVER_VERIFIED = {
    ReasonCode.HOURS_UNVERIFIED: ("hours never verified", "horario nunca verificado"),
    ReasonCode.ACCEPTING_UNVERIFIED: ("“accepting new patients” never verified", "«acepta pacientes nuevos» nunca verificado"),
    ReasonCode.PHONE_UNVERIFIED: ("phone never verified", "teléfono nunca verificado"),
}


def reason_text(reason: Reason, language: str) -> str:
    """The reason as a phrase: in Spanish for ``es`` and its regions, else in English."""
    texts = _TEXTS[reason.code]
    if reason.code is ReasonCode.TRAVEL and reason.what == Basis.ROADS:
        texts = _BY_ROAD
    if reason.number is None:
        texts = _NEVER_VERIFIED.get(reason.code, texts)
    return texts[language.startswith("es")] % {
        "number": reason.number,
        "minutes": reason.number if reason.range_min is None else "{}\u2013{}".format(*reason.range_min),
        "what": _named(reason, language),
    }


def _named(reason: Reason, language: str) -> str:
    match reason.code:
        case ReasonCode.SPEAKS_LANGUAGE:
            return language_name(reason.what, language)
        case ReasonCode.OFFERS_CARE | ReasonCode.RELATED_CARE:
            return specialties().get(reason.what).name(language)
        case _:
            return reason.what
