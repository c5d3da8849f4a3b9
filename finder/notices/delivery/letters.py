"""Letters by e-mail, through a mail server of the operator's. They name no place: who has the mailbox need not be the person."""

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from finder.domain.delivery import Delivery
from finder.notices.delivery.attempt import LATER, REFUSED, TAKEN, Attempt

__all__ = ["LetterChannel", "letter"]

_LONGEST_S: Final = 10.0
_NO_SUCH_MAILBOX: Final = frozenset({550, 551, 552, 553, 556})
_SUBJECTS: Final = {"en": "You have a notice", "es": "Tiene un aviso"}
_BODIES: Final = {
    "en": "You have a notice about a visit that you asked to be told about. Open the page of notices to read it.",
    "es": "Tiene un aviso sobre una visita de la que pidió que se le avisara. Abra la página de avisos para leerlo.",
}


class _Letter(msgspec.Struct, frozen=True):
    subject: str
    text: str
    language: str


def letter(language: str, notices_url: str) -> bytes:
    """Return the body of a delivery that says that there is a notice, in English or Spanish, and where to read it, if known."""
    language = "es" if language.partition("-")[0] == "es" else "en"
    text = _BODIES[language] + (f"\n\n{notices_url}" if notices_url else "")
    return msgspec.json.encode(_Letter(_SUBJECTS[language], text, language))


class LetterChannel:
    """Sends by ``url``: ``smtps://``, or ``smtp://`` with STARTTLS where the server offers it; a password goes by TLS only.

    ``tls`` is the system's own but in tests.
    """

    def __init__(self, url: str, sender: str, *, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._implicit: Final = parts.scheme == "smtps"
        self._host: Final = parts.hostname or ""
        self._port: Final = parts.port or (465 if self._implicit else 587)
        self._user: Final = unquote(parts.username or "")
        self._password: Final = unquote(parts.password or "")
        self._sender: Final = sender
        self._tls: Final = tls or ssl.create_default_context()

    def __call__(self, delivery: Delivery, now: datetime) -> Attempt:
        """See :data:`Send`."""
        message = self._message(delivery, now)
        try:
            with self._connected() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            return _of_status(max(status for status, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            return _of_status(error.smtp_code)
        except (smtplib.SMTPException, OSError):
            return LATER
        return TAKEN

    def _message(self, delivery: Delivery, now: datetime) -> EmailMessage:
        written = msgspec.json.decode(delivery.body, type=_Letter)
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = delivery.target
        message["Subject"] = written.subject
        message["Date"] = format_datetime(now)
        # The same at each attempt: mailboxes show what comes twice once.
        message["Message-ID"] = f"<{delivery.id}@{self._sender.rpartition('@')[2].strip('> ')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(written.text)
        message["Content-Language"] = written.language
        return message

    def _connected(self) -> smtplib.SMTP:
        if self._implicit:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=_LONGEST_S, context=self._tls)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=_LONGEST_S)
        try:
            server.ehlo()
            if not self._implicit and (server.has_extn("starttls") or self._user):
                server.starttls(context=self._tls)
                server.ehlo()
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def _of_status(status: int) -> Attempt:
    """What is refused for the person's own address is for good; what a server says of itself, such as of our password, is not."""
    return REFUSED if status in _NO_SUCH_MAILBOX else LATER
