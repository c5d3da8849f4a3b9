"""From the bytes of a resource to its struct. One element that is not as the standard has it does not cost the whole resource."""

import re
from typing import Any, cast

import msgspec

from finder.loading.row_error import RowError, Severity
from finder.loading.sources.fhir_file import Entry
from finder.loading.sources.fhir_resources import Resource

__all__ = ["convert", "decode"]

MOST_FAULTS = 40
"""More elements than any resource has here."""
PATH = re.compile(r" - at `\$\.?(?P<path>(?P<element>\w+).*)`$")
EXPECTED = re.compile(r"Expected `(?P<expected>\w+)[^`]*`, got `(?P<got>\w+)`")
WORDS = {
    "array": "a list",
    "object": "an object",
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
}


def decode[T: Resource](entry: Entry, type_: type[T]) -> tuple[T | None, list[RowError]]:
    """The resource without the elements that cannot be read, and what is wrong with those; ``None`` where nothing is left.

    Texts that hold a number or ``true`` pass for what they hold, and ``null`` for what is not there.
    """
    try:
        return msgspec.json.decode(entry.json, type=type_, strict=False), []
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = "It is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return None, [entry.error(entry.type, f"The resource cannot be read: {problem}.", "Export it again.")]
    try:
        return convert(entry, _without_nulls(msgspec.json.decode(entry.json)), type_)
    except (msgspec.DecodeError, RecursionError) as error:
        problem = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return None, [entry.error(entry.type, f"The resource cannot be read: {problem}.", "Export it again.")]


def convert[T: Resource](entry: Entry, elements: object, type_: type[T]) -> tuple[T | None, list[RowError]]:
    """The same for a resource that is decoded already, such as one that another contains. ``elements`` lose what is faulty."""
    errors: list[RowError] = []
    for _ in range(MOST_FAULTS):
        try:
            return msgspec.convert(elements, type=type_, strict=False), errors
        except msgspec.ValidationError as error:
            path = PATH.search(str(error))
            if path is None or not isinstance(elements, dict):
                break
            # A path that names no key, such as `$[...]`, leaves nothing to take away.
            faulty = cast(dict[str, Any], elements).pop(path["element"], None)
            if faulty is None:
                break
            errors.append(_fault(entry, type_, path["path"], str(error), faulty))
    errors.append(entry.error(type_.__name__, "The resource is not as FHIR R4 has it.", "Export it again."))
    return None, errors


def _fault(entry: Entry, type_: type[Resource], path: str, told: str, faulty: object) -> RowError:
    expected = EXPECTED.search(told)
    if expected:
        wanted, got = (WORDS.get(word, word) for word in (expected["expected"], expected["got"]))
        problem = f"FHIR R4 has {wanted} here, not {got}."
    else:
        problem = f"This is not as FHIR R4 has it: {told.partition(' - at')[0]}."
    element = re.split(r"\W", path, maxsplit=1)[0]
    return entry.error(
        f"{type_.__name__}.{path}",
        problem,
        f"Correct it. The {type_.__name__} is read without its {element}.",
        value=msgspec.json.encode(faulty).decode(),
        severity=Severity.WARNING,
    )


def _without_nulls(value: Any) -> Any:
    """Objects without the keys whose value is ``null``; in lists FHIR uses it, where an element has only extensions."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in cast(dict[str, Any], value).items() if each is not None}
    return [_without_nulls(each) for each in cast(list[Any], value)] if isinstance(value, list) else value
