"""Asking a desk, and policies to ask under."""

from datetime import date, timedelta
from typing import Any

from finder.domain.consent import Purpose, Subject
from finder.errors import ConsentNeeded, OutdatedPolicy
from finder.privacy.desk import ConsentDesk
from finder.privacy.policy import Policy

DAY_ONE = date(2026, 11, 1)


def answer(desk: ConsentDesk, kind: type[Any], subject: Subject | None) -> str:
    """``granted``, ``needed`` or ``outdated``."""
    try:
        return {kind: "granted"}[desk.grant(kind, subject).purpose]
    except ConsentNeeded as error:
        return {kind.purpose: "needed"}[error.purpose]
    except OutdatedPolicy:
        return "outdated"


def version(day: int, asks_again_for: frozenset[Purpose]) -> Policy:
    texts = {"en": f"Version {day}", "es": f"Versión {day}"}
    return Policy(version=DAY_ONE + timedelta(days=day), texts=texts, summaries=texts, asks_again_for=asks_again_for)
