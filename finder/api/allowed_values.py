"""The values that a field of a body takes, for who sent another one."""

import re
from typing import Any

import msgspec

__all__ = ["allowed_values"]

_NAME = re.compile(r"[A-Za-z_]\w*")


def allowed_values(body: Any, path: str) -> list[str]:
    """Return the values of the enumeration at a path such as ``avoid[0]`` in a body of that type; empty where there is none."""
    kind: Any = msgspec.inspect.type_info(body)
    for name in _NAME.findall(path):
        fields = {field.encode_name: field.type for part in _parts(kind) for field in getattr(part, "fields", ())}
        if name not in fields:
            return []
        kind = fields[name]
    return [str(one.value) for part in _parts(kind) if isinstance(part, msgspec.inspect.EnumType) for one in part.cls]


def _parts(kind: Any) -> list[Any]:
    """A type without what is said of it, the members of a union and the items of a list in its place; each once."""
    match kind:
        case msgspec.inspect.Metadata(type=inner) | msgspec.inspect.ListType(item_type=inner):
            return _parts(inner)
        case msgspec.inspect.UnionType(types=types):
            return list({repr(part): part for one in types for part in _parts(one)}.values())
        case _:
            return [kind]
