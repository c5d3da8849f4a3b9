"""Short messages through an HTTP gateway of the operator's choice. They name no place."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from finder.domain.delivery import Delivery
from finder.errors import BadInput
from finder.notices.delivery.attempt import LATER, REFUSED, TAKEN, Attempt, Result
from finder.notices.delivery.outgoing import NotAllowed, NotReached, Outgoing

__all__ = ["SmsChannel", "short_message"]

_TEXTS: Final = {"en": "You have a notice", "es": "Tiene un aviso"}
_LATER: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
)
"""The operator's to mend, or the gateway's."""


def short_message(language: str, notices_url: str) -> bytes:
    """Return the text that says that there is a notice, in English or Spanish, and where to read it, if that is known."""
    text = _TEXTS["es" if language.partition("-")[0] == "es" else "en"]
    return (f"{text}: {notices_url}" if notices_url else f"{text}.").encode()


class SmsChannel:
    """Posts the operator's JSON ``body`` to ``url``, with ``{to}`` and ``{text}`` filled in wherever they stand in its texts.

    ``authorization`` is sent as that header, if it is not empty. Raises :class:`BadInput` for a body that is no JSON.
    """

    def __init__(self, outgoing: Outgoing, url: str, *, body: str, authorization: str) -> None:
        self._outgoing = outgoing
        self._url = url
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
        try:
            self._body: Any = msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise BadInput('FINDER_SMS_BODY is no JSON: write it as {"to": "{to}", "text": "{text}"}.') from error

    def __call__(self, delivery: Delivery, now: datetime) -> Attempt:
        """See :data:`Send`. Gateways that know ``Idempotency-Key`` send what comes twice once."""
        filled = _filled(self._body, {"{to}": delivery.target, "{text}": delivery.body.decode()})
        headers = self._headers | {"Idempotency-Key": delivery.id}
        try:
            answered = self._outgoing.post(self._url, headers, msgspec.json.encode(filled))
        except (NotAllowed, NotReached):
            return LATER
        if answered.is_ok:
            return TAKEN
        if answered.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answered.status in _LATER:
            return Attempt(Result.LATER, answered.retry_after_s)
        return REFUSED


def _filled(body: Any, values: dict[str, str]) -> Any:
    match body:
        case str():
            for name, value in values.items():
                body = body.replace(name, value)
            return body
        case dict():
            return {key: _filled(value, values) for key, value in body.items()}
        case list():
            return [_filled(value, values) for value in body]
        case _:
            return body
