"""A Valhalla server that the operator names."""

import httpx

from finder.directions.http_engine import HttpEngine
from finder.directions.valhalla.answers import error_code
from finder.directions.valhalla.codec import Action
from finder.directions.valhalla.engine import Valhalla
from finder.directions.valhalla.faults import fault_of
from finder.errors import NotReady

__all__ = ["RemoteValhalla"]


class RemoteValhalla(Valhalla):
    """The engine behind ``url``, asked by POST only, so that no point is in an address that a server may log.

    Whoever runs that server learns where routes begin and end. ``timeout_s``, ``retries`` and ``transport`` as in
    :class:`finder.directions.http_engine.HttpEngine`.
    """

    def __init__(
        self, url: str, *, timeout_s: float = 5.0, retries: int = 2, transport: httpx.BaseTransport | None = None
    ) -> None:
        super().__init__()
        self._http = HttpEngine(url, timeout_s=timeout_s, retries=retries, transport=transport)

    def ask(self, action: Action, question: str) -> bytes:
        """Return Valhalla's JSON."""
        status, body = self._http.post(action.value, question.encode())
        if status == 200:
            return body
        code = error_code(body)
        if code is None:
            raise NotReady(
                f"The server of the road engine refuses to answer (HTTP {status}). Check its address in the settings, and "
                "whether it wants a key or has limits."
            )
        raise fault_of(code)

    def close(self) -> None:
        """Close the connections; no call may follow."""
        self._http.close()
