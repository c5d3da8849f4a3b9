"""A complaint and a part of the body, in any order and with small talk between: "me duele desde ayer la rodilla"."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from finder.care.complaints import BodyPart, Complaint, complaints
from finder.directory.understanding.lexicon import Hit, Lexicon
from finder.directory.understanding.phrases import Candidate, weight_of
from finder.directory.understanding.tokens import Token
from finder.directory.understanding.types import PartKind
from finder.words.folding import has_digit

__all__ = ["complaint_candidates"]

_MOST_BETWEEN = 5
_LEAST_LIKENESS = 0.85
_SHARE = 0.95
"""A little less than a phrase's: what the file of specialties says outright goes before what is put together."""


class _Run(NamedTuple):
    first: int
    last: int
    likeness: float


@cache
def _complaints() -> dict[str, Complaint]:
    return complaints().of_word()


@cache
def _parts() -> dict[tuple[str, ...], BodyPart]:
    return complaints().part_of_words()


def complaint_candidates(lexicon: Lexicon, tokens: Sequence[Token], hits: Sequence[dict[str, Hit]]) -> Iterator[Candidate]:
    """Every complaint with the part of the body that is nearest to it and the specialty for both."""
    parts = list(_body_parts(hits, tokens))
    for at in range(len(tokens)):
        found = _likest_complaint(hits[at])
        if found is None:
            continue
        complaint, likeness = found
        reachable = [one for one in parts if _is_reachable(lexicon, tokens, hits, at, one[1])]
        for part, run in sorted(reachable, key=lambda one: max(one[1].first - at, at - one[1].last))[:1]:
            care = complaints().care_of(complaint, part)
            if care is not None:
                first, last = min(at, run.first), max(at + 1, run.last)
                score = min(likeness, run.likeness) * _SHARE
                letters = sum(len(token.word) for token in tokens[first:last])
                yield Candidate(first, last, PartKind.SPECIALTY, care, score, weight_of(letters, score))


def _likest_complaint(hits: dict[str, Hit]) -> tuple[Complaint, float] | None:
    known = [(hit.likeness, word) for word, hit in hits.items() if word in _complaints() and hit.likeness >= _LEAST_LIKENESS]
    return max(((_complaints()[word], likeness) for likeness, word in known), key=lambda one: one[1], default=None)


def _body_parts(hits: Sequence[dict[str, Hit]], tokens: Sequence[Token]) -> Iterator[tuple[BodyPart, _Run]]:
    for names, part in _parts().items():
        for first in range(len(hits) - len(names) + 1):
            found = [hits[first + step].get(word) for step, word in enumerate(names)]
            likeness = min((hit.likeness if hit is not None else 0.0 for hit in found), default=0.0)
            inside = range(first + 1, first + len(names))
            if likeness >= _LEAST_LIKENESS and not any(tokens[at].after_break for at in inside):
                yield part, _Run(first, first + len(names), likeness)


def _is_reachable(lexicon: Lexicon, tokens: Sequence[Token], hits: Sequence[dict[str, Hit]], at: int, run: _Run) -> bool:
    """Whether a complaint at a token and a part of the body stand in one sentence with nothing but small talk between."""
    first, last = (at, run.first) if at < run.first else (run.last - 1, at)
    if run.first <= at < run.last or last - first - 1 > _MOST_BETWEEN:
        return False
    if any(tokens[between].after_break for between in range(first + 1, last + 1)):
        return False
    return all(_says_nothing(lexicon, tokens[between].word, hits[between]) for between in range(first + 1, last))


def _says_nothing(lexicon: Lexicon, word: str, hits: dict[str, Hit]) -> bool:
    if has_digit(word) or word in lexicon.ordinary or word in lexicon.small:
        return True
    return (
        bool(hits)
        and all(entry.kind is None for other in hits for entry in lexicon.of_one_word(other))
        and any(lexicon.of_one_word(other) for other in hits)
    )
