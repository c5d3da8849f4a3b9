"""Letters and short messages: by a real mail server and gateway on this machine; they name no place."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from finder.domain.delivery import Channel, Delivery
from finder.errors import BadInput
from finder.notices.delivery.attempt import Result
from finder.notices.delivery.letters import LetterChannel, letter
from finder.notices.delivery.outgoing import Outgoing
from finder.notices.delivery.sms import SmsChannel
from finder.store import Store
from tests.notices.delivery.parts import NOW, PLACE, Clock, notice, parts
from tests.notices.delivery.receivers import Received, Said, certificate, receiver
from tests.notices.delivery.waiting import delivery_of

SENDER = "Care Finder <notices@care.example>"


class Mailbox:
    """What a mail server was given; ``says`` is its answer to each letter, and ``goodbye`` to QUIT, if it says one at all.

    ``each_s``: so long it takes for each step.
    """

    goodbye: str | None = "221 Bye"
    each_s = 0.0

    async def handle_QUIT(self, server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - its library's name
        if self.goodbye is None:
            server.transport.abort()
        return self.goodbye or ""

    async def handle_MAIL(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        await asyncio.sleep(self.each_s)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        await asyncio.sleep(self.each_s)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.says = "250 OK"
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its library's name
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return self.says

    def login(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        from aiosmtpd.smtp import AuthResult

        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss")


@contextmanager
def mail_server(mailbox: Mailbox, **kwargs: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **kwargs)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def delivery(channel: Channel, target: str, body: bytes) -> Delivery:
    return delivery_of(channel, target, body, notice_id="n", attempts=1, next_at=NOW)


A_LETTER = delivery(Channel.EMAIL, "ana@mail.example", letter("es", "https://care.example/notices"))


def test_a_letter_says_that_there_is_a_notice_and_nothing_of_where() -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        channel = LetterChannel(f"smtp://127.0.0.1:{port}", SENDER)
        assert [channel(A_LETTER, NOW).result for _ in range(2)] == [Result.TAKEN] * 2
    first, second = mailbox.letters
    assert (first["To"], first["From"], first["Subject"]) == ("ana@mail.example", SENDER, "Tiene un aviso")
    assert first["Message-ID"] == second["Message-ID"] == f"<{A_LETTER.id}@care.example>"
    assert (first["Auto-Submitted"], first["Content-Language"]) == ("auto-generated", "es")
    text = first.get_content()
    assert "Abra la página de avisos" in text
    assert text.strip().endswith("https://care.example/notices")


@pytest.mark.parametrize(
    ("answer", "result"),
    [("550 no such mailbox", Result.REFUSED), ("450 later", Result.LATER), ("554 we do not like you", Result.LATER)],
)
def test_what_a_mail_server_refuses(answer: str, result: Result) -> None:
    mailbox = Mailbox()
    mailbox.says = answer
    with mail_server(mailbox) as port:
        assert LetterChannel(f"smtp://127.0.0.1:{port}", SENDER)(A_LETTER, NOW).result is result
    assert LetterChannel(f"smtp://127.0.0.1:{port}", SENDER)(A_LETTER, NOW).result is Result.LATER, "nobody is there"


@pytest.mark.parametrize("goodbye", ["421 too many idle, closing", "500 what?", None])
@pytest.mark.parametrize(("answer", "result"), [("250 OK", Result.TAKEN), ("550 no such mailbox", Result.REFUSED)])
def test_what_a_server_has_taken_it_has_whatever_it_says_to_the_goodbye(answer: str, result: Result, goodbye: str | None) -> None:
    mailbox = Mailbox()
    mailbox.says, mailbox.goodbye = answer, goodbye
    with mail_server(mailbox) as port:
        assert LetterChannel(f"smtp://127.0.0.1:{port}", SENDER)(A_LETTER, NOW).result is result
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize("by_tls", [False, True])
def test_all_steps_of_a_letter_have_one_time_together(tmp_path: Path, by_tls: bool) -> None:
    """None of them takes longer than that: but the letter would come when somebody else sends it already."""
    server, believes = certificate(tmp_path)
    mailbox = Mailbox()
    mailbox.each_s = 0.7
    with mail_server(mailbox, ssl_context=server if by_tls else None) as port:
        url = f"{'smtps' if by_tls else 'smtp'}://127.0.0.1:{port}"
        assert LetterChannel(url, SENDER, tls=believes, longest_s=1.0)(A_LETTER, NOW).result is Result.LATER
        assert mailbox.letters == []
        assert LetterChannel(url, SENDER, tls=believes)(A_LETTER, NOW).result is Result.TAKEN
    assert len(mailbox.letters) == 1


def test_a_password_goes_by_tls_only(tmp_path: Path) -> None:
    server, believes = certificate(tmp_path)
    mailbox = Mailbox()
    url = "smtp://user%40care.example:p%40ss@127.0.0.1"
    with mail_server(mailbox) as port:
        assert LetterChannel(f"{url}:{port}", SENDER, tls=believes)(A_LETTER, NOW).result is Result.LATER
    assert mailbox.letters == []
    with mail_server(mailbox, tls_context=server, authenticator=mailbox.login) as port:
        assert LetterChannel(f"{url}:{port}", SENDER, tls=believes)(A_LETTER, NOW).result is Result.TAKEN
        assert LetterChannel(f"{url}:{port}", SENDER, tls=ssl.create_default_context())(A_LETTER, NOW).result is Result.LATER
    assert mailbox.logins == [(b"user@care.example", b"p@ss")]
    assert len(mailbox.letters) == 1


def test_letters_and_short_messages_go_where_the_person_said_and_the_operator_set_up(sqlite_store: Store, tmp_path: Path) -> None:
    clock, mailbox = Clock(), Mailbox()
    wished = {"email": "ana@mail.example", "sms": "+526645550101"}
    with mail_server(mailbox) as port, receiver() as gateway:
        plan = {
            "site_url": "https://care.example/",
            "smtp_url": f"smtp://127.0.0.1:{port}",
            "mail_from": SENDER,
            "sms_url": gateway.url("/send"),
            "sms_body": '{"messages": [{"to": "{to}", "text": "{text}", "kind": 1}]}',
            "sms_authorization": "Bearer gate",
        }
        url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
        with parts(url, tmp_path, clock, **plan) as told:
            person = told.person()
            assert {each.channel for each in told.tell(person, **wished)} == {Channel.EMAIL, Channel.SMS}
            assert told.room.sender.send_due() == 0, "an open page has five seconds"
            clock.forward(seconds=6)
            assert told.room.sender.send_due() == 2
        with parts(url, tmp_path, clock) as told:
            assert told.tell(told.person(), notice("n2"), **wished) == [], "nothing is set up"
    [got] = gateway.received
    assert got.body == b'{"messages":[{"to":"+526645550101","text":"You have a notice: https://care.example/notices","kind":1}]}'
    assert got.headers["authorization"] == "Bearer gate"
    assert len(got.headers["idempotency-key"]) == 32
    [written] = mailbox.letters
    for name in PLACE:
        assert name not in written.as_string()
        assert name.encode() not in got.body


@pytest.mark.parametrize(
    ("status", "result"),
    [(200, Result.TAKEN), (400, Result.REFUSED), (401, Result.LATER), (429, Result.LATER), (502, Result.LATER)],
)
def test_what_a_gateway_answers(status: int, result: Result) -> None:
    with receiver() as gateway:

        def says(_: Received) -> Said:
            return Said(status)

        gateway.says = says
        outgoing = Outgoing([ip_network("127.0.0.0/8")])
        channel = SmsChannel(outgoing, gateway.url(), body='{"t": "{text}", "to": "{to}"}', authorization="")
        assert channel(delivery(Channel.SMS, "+1", b'a "quoted" {to}'), NOW).result is result
        [got] = gateway.received
    assert got.body == b'{"t":"a \\"quoted\\" {to}","to":"+1"}', "what is filled in is not read again"
    assert channel(delivery(Channel.SMS, "+1", b"x"), NOW).result is Result.LATER, "nobody is there"


def test_a_body_that_is_no_json_is_refused_at_the_start() -> None:
    with pytest.raises(BadInput, match="FINDER_SMS_BODY"):
        SmsChannel(Outgoing(), "https://gate.example/", body="to={to}", authorization="")
