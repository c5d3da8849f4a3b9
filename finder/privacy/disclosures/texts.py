"""What a person reads before letting an application in, in the languages of the policies.

After what the ONC (Model Privacy Notice), CMS (Patient Access API) and the CARIN Alliance (Code of Conduct) say that people
should be told of applications that no health law binds. The very texts go into the receipt.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from finder.domain.apps import AppScope

__all__ = ["RISKS", "SCOPES", "Risks"]

SCOPES: Final[Mapping[AppScope, Mapping[str, str]]] = {
    AppScope.PLACES_READ: {
        "en": "The places that you saved here: what you called them, and exactly where they are.",
        "es": "Los lugares que usted guardó aquí: cómo los llamó y dónde están exactamente.",
    },
    AppScope.CONSENTS_READ: {
        "en": "What you have agreed to or refused on this site, and when.",
        "es": "Lo que usted ha aceptado o rechazado en este sitio, y cuándo.",
    },
}
"""What an app may read, by scope and language."""


class Risks(msgspec.Struct, frozen=True):
    """What may happen with data at an app, and what a person should find out before saying yes."""

    may_happen: tuple[str, ...]
    find_out: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it, line by line."""
        return "\n".join((*self.may_happen, *self.find_out))


RISKS: Final[Mapping[str, Risks]] = {
    "en": Risks(
        may_happen=(
            "This app is not ours, and we do not control what it does. Most such apps are not bound by the laws that protect "
            "health data at a clinic (in the USA: HIPAA). What they may do is set by their own privacy policy and by the law on "
            "consumers.",
            "Once the app has your data, it could keep them, use them for advertising, combine them with other data about you, "
            "or pass them on or sell them, unless its own policy rules that out. Saved places can show where you live and what "
            "care you look for.",
            "You can take the access back at any time, and then we give the app nothing more, at once. What it already has stays "
            "with it: ask whoever runs it to delete that.",
        ),
        find_out=(
            "Does the app have a privacy policy that you can understand, and who answers for it?",
            "Does it sell or share your data, or use them for advertising?",
            "Does it say how it protects your data, and what happens to them when the app is sold or closes?",
            "Can you have your data deleted there, and how do you complain?",
        ),
    ),
    "es": Risks(
        may_happen=(
            "Esta aplicación no es nuestra y no controlamos lo que hace. A la mayoría de estas aplicaciones no las obligan las "
            "leyes que protegen los datos de salud en una clínica (en Estados Unidos: HIPAA). Lo que pueden hacer lo fijan su "
            "propio aviso de privacidad y las leyes sobre consumidores y datos personales.",
            "Una vez que la aplicación tenga sus datos, podría guardarlos, usarlos para publicidad, combinarlos con otros datos "
            "sobre usted, o transmitirlos o venderlos, salvo que su propio aviso lo descarte. Los lugares guardados pueden "
            "mostrar dónde vive usted y qué atención busca.",
            "Usted puede retirar el acceso cuando quiera, y desde ese momento no le damos nada más a la aplicación. Lo que ya "
            "tiene se queda con ella: pida que lo borre quien la maneja.",
        ),
        find_out=(
            "¿Tiene la aplicación un aviso de privacidad que usted entienda, y quién responde por ella?",
            "¿Vende o comparte sus datos, o los usa para publicidad?",
            "¿Dice cómo protege sus datos y qué pasa con ellos si la aplicación se vende o cierra?",
            "¿Puede usted pedir que borren sus datos ahí, y cómo se presenta una queja?",
        ),
    ),
}
