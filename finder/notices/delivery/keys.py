"""What the finder signs with when it sends: as an application server to push services (RFC 8292), and to tenants' webhooks."""

import hmac
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from finder.privacy.key_files import KeyFile

__all__ = ["SECRET_PREFIX", "VapidKey", "new_secret", "webhook_signature"]

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - it stands before each and is none
_SECRET_BYTES: Final = 32
_SIGNED_FOR: Final = timedelta(hours=12)
"""RFC 8292 allows 24 hours; each attempt is signed anew."""


class VapidKey:
    """The P-256 key in a folder by which push services and browsers know this finder again. Made when it is first needed.

    Browsers subscribe to this key: with another one all of them have to subscribe again. What it does raises
    :class:`NotReady` where no key can be kept, and :class:`Damaged` for a file of none.
    """

    def __init__(self, folder: Path) -> None:
        self._file = KeyFile(folder, "vapid", ECKey, "P-256", lambda: ECKey.generate_key("P-256"))

    def public_key(self) -> str:
        """Return what a browser takes as ``applicationServerKey``: the uncompressed point, in base64url without padding."""
        point = self._file.get().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return urlsafe_b64encode(point).decode().rstrip("=")

    def authorization(self, endpoint: str, contact: str, now: datetime) -> str:
        """Return the header for a push service. ``contact``: whom it may write to, mailto: or https:; empty: nobody is named."""
        parts = urlsplit(endpoint)
        claims: dict[str, str | int] = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + _SIGNED_FOR).timestamp()),
        }
        if contact:
            claims["sub"] = contact
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, self._file.get(), algorithms=["ES256"])
        return f"vapid t={token}, k={self.public_key()}"


def new_secret() -> str:
    """Return a random secret of a webhook, in the form of Standard Webhooks."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def webhook_signature(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    """Return ``webhook-signature`` of Standard Webhooks, version 1, for a message sent ``at`` a moment."""
    signed = b".".join((message_id.encode(), str(int(at.timestamp())).encode(), body))
    digest = hmac.digest(b64decode(secret.removeprefix(SECRET_PREFIX)), signed, sha256)
    return f"v1,{b64encode(digest).decode()}"
