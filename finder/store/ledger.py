"""The ledger's rows: the domain's loads and back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from finder.domain.load import Load

__all__ = ["load_from_row", "load_to_row"]


def load_to_row(load: Load) -> dict[str, Any]:
    """The values of one row of ``load`` without its id, which the database gives."""
    return {name: value for name, value in msgspec.structs.asdict(load).items() if name != "id"}


def load_from_row(row: Mapping[Any, Any]) -> Load:
    """The load of a row. SQLite forgets time zones; what is stored is UTC."""
    return Load(**{name: _utc(value) for name, value in row.items()})


def _utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
