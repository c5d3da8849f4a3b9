"""Letters by e-mail, through a mail server of the operator's. They name no place: who has the mailbox need not be the person."""

import smtplib
import ssl
import time
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Final, override
from urllib.parse import unquote, urlsplit

import msgspec

from finder.domain.delivery import Delivery
from finder.notices.delivery.attempt import LATER, REFUSED, TAKEN, Attempt

__all__ = ["LetterChannel", "letter"]

_LONGEST_S: Final = 30.0
"""From the look-up of the server's name to its last answer: shorter than a lease, so that nobody else sends it meanwhile."""
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

    ``tls`` is the system's own but in tests, and so is ``longest_s``, in which all of an attempt has its time.
    """

    def __init__(self, url: str, sender: str, *, tls: ssl.SSLContext | None = None, longest_s: float = _LONGEST_S) -> None:
        parts = urlsplit(url)
        self._implicit: Final = parts.scheme == "smtps"
        self._host: Final = parts.hostname or ""
        self._port: Final = parts.port or (465 if self._implicit else 587)
        self._user: Final = unquote(parts.username or "")
        self._password: Final = unquote(parts.password or "")
        self._sender: Final = sender
        self._tls: Final = tls or ssl.create_default_context()
        self._longest_s: Final = longest_s

    def __call__(self, delivery: Delivery, now: datetime) -> Attempt:
        """See :data:`Send`."""
        message = self._message(delivery, now)
        try:
            server = self._connected()
            try:
                server.send_message(message)
            finally:
                with suppress(smtplib.SMTPException, OSError):  # what it has taken it has, whatever it says to this
                    server.quit()
                server.close()
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
            server = _HurriedTls(self._host, self._port, longest_s=self._longest_s, context=self._tls)
        else:
            server = _Hurried(self._host, self._port, longest_s=self._longest_s)
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


class _Hurried(smtplib.SMTP):
    """Each step has what is left of the time of all, and none begins after it: a letter that comes so late may be sent anew."""

    def __init__(self, host: str, port: int, *, longest_s: float, **of_tls: Any) -> None:
        self._deadline = time.monotonic() + longest_s
        super().__init__(host, port, timeout=longest_s, **of_tls)

    @override
    def send(self, s: Any) -> None:
        self._hurry()
        super().send(s)

    @override
    def getreply(self) -> tuple[int, bytes]:
        self._hurry()
        return super().getreply()

    def _hurry(self) -> None:
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(left_s)


class _HurriedTls(_Hurried, smtplib.SMTP_SSL):
    """By TLS from the first byte on."""


def _of_status(status: int) -> Attempt:
    """What is refused for the person's own address is for good; what a server says of itself, such as of our password, is not."""
    return REFUSED if status in _NO_SUCH_MAILBOX else LATER
