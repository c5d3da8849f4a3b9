"""Everything that is written about people: what it is, what for, where, until when, and what takes it away.

The one table of it: the sweeper goes by it, the privacy centre and ``docs/retention.md`` are made from it.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec

from finder.store.apps import sweep_app_grants, sweep_app_tokens
from finder.store.audit import AUDIT_KEPT, sweep_audit
from finder.store.deliveries import sweep_deliveries
from finder.store.keys import ENDED_KEYS_KEPT, sweep_keys
from finder.store.ledger_sweep import LINES_KEPT, TOMBSTONES_KEPT, sweep_lines, sweep_tombstones
from finder.store.mail_requests import sweep_mail_requests
from finder.store.notice_log import NOTICE_LOG_KEPT, sweep_notice_log
from finder.store.push_subscriptions import SUBSCRIPTIONS_KEPT, sweep_push_subscriptions
from finder.store.saved_places import sweep_saved_places
from finder.store.search_counts import sweep_waiting
from finder.store.sent_messages import SENT_MESSAGES_KEPT, sweep_sent_messages
from finder.store.sweeping import Sweep, in_batches
from finder.store.visits import ENDED_VISITS_KEPT, sweep_visits

__all__ = ["KINDS", "UPLOADS", "UPLOADS_KEPT", "WEB_LOG", "WEB_LOG_DAYS", "Kind", "Text", "Where", "kinds"]

UPLOADS: Final = "uploads"
WEB_LOG: Final = "web-log"
WEB_LOG_DAYS: Final = 14
"""At most: so the privacy policy says."""
UPLOADS_KEPT: Final = timedelta(days=7)
"""They hold what an insurer or a ministry sent: nothing is kept for longer than it takes to load it."""


class Where(StrEnum):
    """Where a kind is kept."""

    DATABASE = "database"
    FILES = "files"
    """In the data folder."""
    BROWSER = "browser"
    MEMORY = "memory"


class Text(msgspec.Struct, frozen=True):
    """The same in both languages of the pages."""

    en: str
    es: str

    def in_language(self, language: str) -> str:
        """The Spanish text for ``es``, else the English one."""
        return self.es if language == "es" else self.en


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of datum."""

    id: str
    what: Text
    why: Text
    """The purpose."""
    until: Text
    """When it goes, in words."""
    where: Where
    held_in: tuple[str, ...]
    """The tables, the files within the data folder, the cookie, or the browser's store and the name there: ``localStorage/…``."""
    lasts: timedelta | None
    """From the moment that ``until`` counts from; ``None`` for what no clock ends."""
    sweep: Sweep | None = None
    """Of tables."""

    @property
    def is_swept(self) -> bool:
        """Whether the sweeper takes it away: files by :class:`finder.privacy.sweeper.Sweeper`'s own functions."""
        return self.where in {Where.DATABASE, Where.FILES} and self.lasts is not None


def kinds(web_log_days: int = WEB_LOG_DAYS) -> tuple[Kind, ...]:
    """Every kind, with the days that the operator lets the log of visits stay; 0: none is written."""
    return (
        Kind(
            id="consents",
            what=Text("what you agreed to, refused or took back", "lo que aceptó, rechazó o retiró"),
            why=Text(
                "to do what you agreed to and nothing else, and to prove what you were asked",
                "para hacer lo que aceptó y nada más, y para demostrar qué se le preguntó",
            ),
            until=Text(
                "a year after it ended: by its date, or because you took it back or answered anew",
                "un año después de que terminó: por su fecha, o porque lo retiró o respondió de nuevo",
            ),
            where=Where.DATABASE,
            held_in=("consent_entry",),
            lasts=LINES_KEPT,
            sweep=sweep_lines,
        ),
        Kind(
            id="erasures",
            what=Text(
                "that something was erased, and when, under a random number",
                "que algo se borró, y cuándo, bajo un número al azar",
            ),
            why=Text("to prove that your wish was followed", "para demostrar que se cumplió su deseo"),
            until=Text("three years after the erasure", "tres años después del borrado"),
            where=Where.DATABASE,
            held_in=("consent_entry",),
            lasts=TOMBSTONES_KEPT,
            sweep=in_batches(sweep_tombstones),
        ),
        Kind(
            id="saved-places",
            what=Text("places that you saved, locked with your key", "los lugares que guardó, cerrados con su llave"),
            why=Text("to start from them without typing", "para partir de ellos sin escribirlos"),
            until=Text(
                "when you delete them, or a year after you last used one",
                "cuando los borre, o un año después de usar uno por última vez",
            ),
            where=Where.DATABASE,
            held_in=("saved_place",),
            lasts=timedelta(days=365),
            sweep=in_batches(sweep_saved_places),
        ),
        Kind(
            id="app-grants",
            what=Text("which apps you let read what, with the receipt", "qué aplicaciones dejó leer qué cosa, con la constancia"),
            why=Text(
                "to let in the apps that you chose and no others",
                "para dejar entrar a las aplicaciones que eligió y a ninguna otra",
            ),
            until=Text("a year after it ended or you took it back", "un año después de que terminó o lo retiró"),
            where=Where.DATABASE,
            held_in=("app_grant",),
            lasts=timedelta(days=365),
            sweep=in_batches(sweep_app_grants),
        ),
        Kind(
            id="app-tokens",
            what=Text("what an app shows to be let in", "lo que una aplicación muestra para poder entrar"),
            why=Text("to let in the app and nobody else", "para dejar entrar a la aplicación y a nadie más"),
            until=Text(
                "when it expires: after ten minutes, an hour or 90 days, by its sort; it opens nothing once you took it back",
                "cuando vence: a los diez minutos, a la hora o a los 90 días, según su tipo; no abre nada desde que lo retiró",
            ),
            where=Where.DATABASE,
            held_in=("app_token",),
            lasts=timedelta(0),
            sweep=in_batches(sweep_app_tokens),
        ),
        Kind(
            id="statistics-waiting",
            what=Text(
                "that somebody searched for a specialty in an area, under a number that is thrown away with the week; only if "
                "you turned statistics on",
                "que alguien buscó una especialidad en una zona, bajo un número que se desecha con la semana; solo si activó las "
                "estadísticas",
            ),
            why=Text("to count it in the statistics of the week", "para contarlo en las estadísticas de la semana"),
            until=Text(
                "at the end of the week, when the counts are made; should that fail, a week later",
                "al final de la semana, cuando se hacen las cuentas; si eso fallara, una semana después",
            ),
            where=Where.DATABASE,
            held_in=("search_waiting", "search_week"),
            lasts=timedelta(days=7),
            sweep=in_batches(sweep_waiting),
        ),
        Kind(
            id="statistics",
            what=Text(
                "how many people, about, searched for a specialty in an area in a week, counted by their keys; nobody can be "
                "told from it",
                "cuántas personas, más o menos, buscaron una especialidad en una zona en una semana, contadas por sus llaves; no "
                "permite conocer a nadie",
            ),
            why=Text("to know where which care is missing", "para saber dónde falta qué atención"),
            until=Text("it stays, since it is about nobody", "se queda, pues no trata de nadie"),
            where=Where.DATABASE,
            held_in=("search_count", "search_week"),
            lasts=None,
        ),
        Kind(
            id="visits",
            what=Text(
                "visits that you armed notices for, what is known of the way there, and the notices, locked with your key; "
                "only if you turned notices on",
                "las visitas para las que activó avisos, lo que se sabe del camino y los avisos, cerrados con su llave; solo si "
                "activó los avisos",
            ),
            why=Text("to tell you in time what you asked to be told", "para avisarle a tiempo de lo que pidió"),
            until=Text(
                "the way when the visit ends, or an hour later; the rest a day after it ended; all of it at once when you take "
                "your yes back",
                "el camino cuando termina la visita, o una hora después; lo demás un día después de que terminó; todo en "
                "seguida cuando retira su consentimiento",
            ),
            where=Where.DATABASE,
            held_in=("visit", "notice"),
            lasts=ENDED_VISITS_KEPT,
            sweep=sweep_visits,
        ),
        Kind(
            id="push-subscriptions",
            what=Text(
                "where your browsers are reached by the push service of their maker, locked with your key; only if you turned "
                "that on",
                "dónde alcanza a sus navegadores el servicio de notificaciones de su fabricante, cerrado con su llave; solo si "
                "lo activó",
            ),
            why=Text(
                "to tell you that there is a notice while no page is open; a push holds no place",
                "para decirle que hay un aviso cuando no hay ninguna página abierta; la notificación no contiene ningún lugar",
            ),
            until=Text(
                "when you turn it off or take your yes back, or 90 days after it was last used",
                "cuando lo desactiva o retira su consentimiento, o 90 días después de usarse por última vez",
            ),
            where=Where.DATABASE,
            held_in=("push_subscription",),
            lasts=SUBSCRIPTIONS_KEPT,
            sweep=in_batches(sweep_push_subscriptions),
        ),
        Kind(
            id="deliveries",
            what=Text(
                "what waits to be sent to your browser, your mailbox or your telephone, or to who runs the facility if you let "
                "us tell them; locked with a key of the service's",
                "lo que espera a enviarse a su navegador, su correo o su teléfono, o a quien administra el lugar si permitió "
                "avisarle; cerrado con una llave del servicio",
            ),
            why=Text("to try again when it does not arrive", "para intentarlo de nuevo cuando no llega"),
            until=Text(
                "when it has arrived, or you have seen the notice; at the end of the visit, or after a day for who runs the "
                "facility, if it never does",
                "cuando llegó o usted vio el aviso; si nunca llega, al terminar la visita, o después de un día para quien "
                "administra el lugar",
            ),
            where=Where.DATABASE,
            held_in=("delivery",),
            lasts=timedelta(0),
            sweep=in_batches(sweep_deliveries),
        ),
        Kind(
            id="sent-messages",
            what=Text(
                "that a letter or short message went out, and whereto as a code that only a key of the service's makes",
                "que salió un correo o mensaje corto, y a dónde como un código que solo hace una llave del servicio",
            ),
            why=Text(
                "so that nobody has many of them sent to somebody else",
                "para que nadie haga enviar muchos a otra persona",
            ),
            until=Text("after a day", "después de un día"),
            where=Where.DATABASE,
            held_in=("sent_message",),
            lasts=SENT_MESSAGES_KEPT,
            sweep=in_batches(sweep_sent_messages),
        ),
        Kind(
            id="notice-log",
            what=Text(
                "how many notices on a day were sent or held back at a place, and why; not to whom",
                "cuántos avisos se enviaron o se retuvieron en un día en un lugar, y por qué; no a quién",
            ),
            why=Text("to see whether notices come when they should", "para ver si los avisos llegan cuando deben"),
            until=Text("after 90 days", "después de 90 días"),
            where=Where.DATABASE,
            held_in=("notice_log",),
            lasts=NOTICE_LOG_KEPT,
            sweep=in_batches(sweep_notice_log),
        ),
        Kind(
            id="mail-requests",
            what=Text(
                "requests about data that came by letter: what was asked, and when it was answered; no name",
                "solicitudes sobre datos que llegaron por carta: qué se pidió y cuándo se respondió; sin nombre",
            ),
            why=Text("to answer in time, and to prove it", "para responder a tiempo y demostrarlo"),
            until=Text("three years after the answer", "tres años después de la respuesta"),
            where=Where.DATABASE,
            held_in=("mail_request",),
            lasts=timedelta(days=3 * 365),
            sweep=in_batches(sweep_mail_requests),
        ),
        Kind(
            id=WEB_LOG,
            what=Text(
                "the log of visits: time, sort of page, status, network address without its last part",
                "el registro de visitas: hora, tipo de página, estado, dirección de red sin su última parte",
            ),
            why=Text("to find faults and misuse", "para encontrar fallas y abusos"),
            until=Text(
                f"after {web_log_days} days" if web_log_days else "none is kept",
                f"después de {web_log_days} días" if web_log_days else "no se guarda ninguno",
            ),
            where=Where.FILES,
            held_in=("logs/web-YYYY-MM-DD.jsonl",),
            lasts=timedelta(days=web_log_days),
        ),
        Kind(
            id="admin-audit",
            what=Text("what the operator's staff and programs did", "lo que hicieron el personal y los programas del operador"),
            why=Text("to tell who changed what", "para saber quién cambió qué"),
            until=Text("after two years", "después de dos años"),
            where=Where.DATABASE,
            held_in=("audit",),
            lasts=AUDIT_KEPT,
            sweep=in_batches(sweep_audit),
        ),
        Kind(
            id="admin-keys",
            what=Text("keys of the operator's staff and programs", "llaves del personal y los programas del operador"),
            why=Text("to let in only whom the operator lets in", "para dejar entrar solo a quien el operador permite"),
            until=Text("two years after they were revoked or expired", "dos años después de que se revocaron o vencieron"),
            where=Where.DATABASE,
            held_in=("api_key",),
            lasts=ENDED_KEYS_KEPT,
            sweep=in_batches(sweep_keys),
        ),
        Kind(
            id=UPLOADS,
            what=Text(
                "files of places of care and doctors that staff sent",
                "archivos de lugares de atención y médicos que envió el personal",
            ),
            why=Text("to check and load them", "para revisarlos y cargarlos"),
            until=Text("after seven days; what came in part, after one", "después de siete días; lo incompleto, después de uno"),
            where=Where.FILES,
            held_in=("uploads/",),
            lasts=UPLOADS_KEPT,
        ),
        Kind(
            id="directory",
            what=Text(
                "doctors and who works where, as registries and places of care publish it",
                "médicos y quién trabaja dónde, como lo publican los registros y los lugares de atención",
            ),
            why=Text("to be found", "para que se les encuentre"),
            until=Text("when its source leaves it out or takes it back", "cuando su fuente lo omite o lo retira"),
            where=Where.DATABASE,
            held_in=("facility", "practitioner", "role", "statement", "review"),
            lasts=None,
        ),
        Kind(
            id="session-cookie",
            what=Text("your key, a random number, in your browser", "su llave, un número al azar, en su navegador"),
            why=Text("to know what you agreed to without knowing who you are", "para saber qué aceptó sin saber quién es"),
            until=Text(
                "when you close the browser, unless it is set to bring back your last session",
                "cuando cierra el navegador, salvo que esté configurado para recuperar la última sesión",
            ),
            where=Where.BROWSER,
            held_in=("__Host-finder-session",),
            lasts=None,
        ),
        Kind(
            id="preferences-cookie",
            what=Text("the language and units that you chose", "el idioma y las unidades que eligió"),
            why=Text("to remember them", "para recordarlos"),
            until=Text("a year after you chose", "un año después de elegirlos"),
            where=Where.BROWSER,
            held_in=("finder_preferences",),
            lasts=timedelta(days=365),
        ),
        Kind(
            id="device-visit",
            what=Text(
                "while your device looks after a visit: to which place you go and until when, your last positions, and what was "
                "noticed; we do not have it",
                "mientras su dispositivo atiende una visita: a qué lugar va y hasta cuándo, sus últimas ubicaciones y lo que se "
                "detectó; nosotros no lo tenemos",
            ),
            why=Text(
                "to notice on your device alone, even when the page is loaded again",
                "para detectarlo solo en su dispositivo, aunque la página se vuelva a cargar",
            ),
            until=Text(
                "when the visit ends, you stop it or take your yes back; if the page of notices is closed at its end, when you "
                "next open it",
                "cuando termina la visita, la detiene o retira su consentimiento; si al terminar está cerrada la página de "
                "avisos, cuando la abra de nuevo",
            ),
            where=Where.BROWSER,
            held_in=("localStorage/finder-notices", "IndexedDB/finder-notices"),
            lasts=None,
        ),
        Kind(
            id="device-counts",
            what=Text(
                "how often your device told you something of each place on one day; we do not have it",
                "cuántas veces le avisó su dispositivo de cada lugar en un día; nosotros no lo tenemos",
            ),
            why=Text(
                "so that you are told no more often than a place may tell you in a day",
                "para que no le avisen más veces de las que un lugar puede hacerlo en un día",
            ),
            until=Text(
                "when you open the page of notices on another day, or the privacy centre after taking your yes back or erasing "
                "all",
                "cuando abra la página de avisos otro día, o el centro de privacidad después de retirar su consentimiento o de "
                "borrar todo",
            ),
            where=Where.BROWSER,
            held_in=("IndexedDB/finder-notices",),
            lasts=None,
        ),
        Kind(
            id="stopping",
            what=Text(
                "the random numbers of visits that you stopped without a connection to our service",
                "los números al azar de las visitas que detuvo sin conexión con nuestro servicio",
            ),
            why=Text("to stop them there too", "para detenerlas también ahí"),
            until=Text(
                "when our service has heard of it and the page of notices is open, or when you take your yes back",
                "cuando nuestro servicio lo sabe y está abierta la página de avisos, o cuando retira su consentimiento",
            ),
            where=Where.BROWSER,
            held_in=("localStorage/finder-notices-stopping",),
            lasts=None,
        ),
        Kind(
            id="outside-choice",
            what=Text(
                "whether notices of our service are shown outside the page, too",
                "si los avisos de nuestro servicio se muestran también fuera de la página",
            ),
            why=Text("to show them as you chose", "para mostrarlos como usted eligió"),
            until=Text(
                "when the page of notices is open and our service looks after no visit any more; or when you close the tab, "
                "unless the browser is set to bring back your last session",
                "cuando está abierta la página de avisos y nuestro servicio ya no atiende ninguna visita; o cuando cierra la "
                "pestaña, salvo que el navegador esté configurado para recuperar la última sesión",
            ),
            where=Where.BROWSER,
            held_in=("sessionStorage/finder-notices-outside",),
            lasts=None,
        ),
        Kind(
            id="memory",
            what=Text(
                "your position and what you ask, while the answer is made; if you turned statistics on, your search until it "
                "is written down; what you agreed to, and the paths of the last pages without their questions, for speed",
                "su posición y lo que pregunta, mientras se hace la respuesta; si activó las estadísticas, su búsqueda hasta "
                "que se anota; lo que aceptó y las direcciones de las últimas páginas sin sus preguntas, por rapidez",
            ),
            why=Text("to answer", "para responder"),
            until=Text(
                "with the answer; a search that cannot be written down, after an hour; the rest when others take its room or "
                "the service stops",
                "con la respuesta; una búsqueda que no se puede anotar, después de una hora; lo demás cuando otros ocupan su "
                "espacio o el servicio se detiene",
            ),
            where=Where.MEMORY,
            held_in=(),
            lasts=None,
        ),
    )


KINDS: Final = kinds()
"""With the log of visits kept for as long as it may be."""
