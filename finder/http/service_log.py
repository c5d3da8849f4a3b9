"""What the service tells its operator on standard error: faults and its own coming and going, never what somebody sent."""

import logging
import sys
from typing import Any, Final, override

from finder.http.faults import place_of

__all__ = ["SERVICE_LOG", "WithoutMessages"]


class WithoutMessages(logging.Formatter):
    """Of an exception, its kind and where it happened: a library's message may hold what a person sent."""

    @override
    def formatException(self, ei: Any) -> str:
        _, error, _ = ei
        return place_of(error) if error else ""


SERVICE_LOG: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": WithoutMessages, "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"standard error": {"class": "logging.StreamHandler", "formatter": "plain", "stream": sys.stderr}},
    # Libraries tell of each call below a warning.
    "root": {"level": "WARNING", "handlers": ["standard error"]},
    "loggers": {"finder": {"level": "INFO"}, "_granian": {"level": "INFO"}},
}
"""For :func:`logging.config.dictConfig`, in the server and in its workers."""
