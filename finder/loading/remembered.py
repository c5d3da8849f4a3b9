"""The columns of a source's files, as its last mapping file named them: an admin writes it once."""

from collections.abc import Iterable

import msgspec

from finder.loading.mapping_file import REPEATABLE, MappingFile, mapping_from_text
from finder.store import Store

__all__ = ["remembered_mapping"]


def remembered_mapping(store: Store, source: str, header: Iterable[str]) -> MappingFile | None:
    """What is remembered of the columns of ``source``, as far as they are in ``header``.

    A column that is gone is left out, and one that stands for its field may be found by synonyms. ``None`` where nothing is
    remembered, and where none of the named columns is there any more: the file is another one. Raises :class:`BadInput` when
    what was remembered can no longer be read.
    """
    text = store.columns_of_source(source)
    if text is None:
        return None
    mapping = mapping_from_text(text, f"that is remembered of {source}")
    there = set(header)
    columns = {field: names for field, names in mapping.columns.items() if there.issuperset(names)}
    columns |= {
        field: left
        for field, names in mapping.columns.items()
        if field in REPEATABLE and (left := tuple(name for name in names if name in there))
    }
    identifiers = {scheme: column for scheme, column in mapping.identifiers.items() if column in there}
    if (mapping.columns or mapping.identifiers) and not (columns or identifiers):
        return None
    return msgspec.structs.replace(mapping, columns=columns, identifiers=identifiers)
