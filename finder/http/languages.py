"""The languages that a person reads, as the browser or program says (RFC 9110, 12.5.4)."""

from collections.abc import Iterator

__all__ = ["accepted_languages"]

_MOST_LETTERS = 1000


def accepted_languages(header: str) -> Iterator[str]:
    """The tags of an Accept-Language header, most wanted first; neither refused ones, nor ``*``, nor a weight that is none.

    The tags are as they were sent: nobody has checked that there is such a language.
    """
    weighted: list[tuple[float, str]] = []
    for part in header[:_MOST_LETTERS].split(","):
        tag, _, parameters = part.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=")) if parameters else 1.0
        except ValueError:
            continue
        if 0 < weight <= 1 and tag.strip() not in {"", "*"}:
            weighted.append((weight, tag.strip()))
    return (tag for _, tag in sorted(weighted, key=lambda pair: -pair[0]))
