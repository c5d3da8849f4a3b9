"""What is new in a policy beside the version before: block by block, and in a block word by word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import Match, SequenceMatcher
from enum import StrEnum
from functools import cache
from itertools import groupby
from typing import Final

from markupsafe import Markup

from finder.web.policy.text import Block, Word, blocks_of, html_of_words

__all__ = ["Change", "ChangedBlock", "Piece", "Stretch", "changed_blocks", "stretches"]

_ALIKE: Final = 0.4
"""Blocks that have less of their words in common are two: one is gone, the other new."""
_BY_CHANCE: Final = 2
"""So few words that are the same between others tell nobody anything."""


class Change(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    REMOVED = "removed"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words with one fate; ``spaced`` when a space parts them from those before."""

    change: Change
    html: Markup
    spaced: bool = True


@dataclass(frozen=True, slots=True)
class ChangedBlock:
    """A block of either version; ``tag`` is its element, such as ``h3``, ``p``, ``li``."""

    tag: str
    pieces: tuple[Piece, ...]

    @property
    def is_kept(self) -> bool:
        """Whether nothing in it is changed."""
        return all(piece.change is Change.KEPT for piece in self.pieces)

    @property
    def is_new(self) -> bool:
        """Whether all of it is new."""
        return all(piece.change is Change.INSERTED for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks that follow each other and are all changed, or all not."""

    is_kept: bool
    blocks: tuple[ChangedBlock, ...]

    @property
    def runs(self) -> list[tuple[bool, list[ChangedBlock]]]:
        """The blocks, the points of one list together: (is a list, blocks)."""
        return [(is_list, list(group)) for is_list, group in groupby(self.blocks, key=lambda block: block.tag == "li")]


def stretches(blocks: Sequence[ChangedBlock]) -> list[Stretch]:
    """Changed and unchanged blocks by turns. A heading belongs to what follows it, so that one knows where a change stands."""
    kept = [block.is_kept for block in blocks]
    for i in range(len(blocks) - 2, -1, -1):
        if blocks[i].tag.startswith("h") and not blocks[i + 1].tag.startswith("h"):
            kept[i] = kept[i] and all(_until_heading(blocks, kept, i + 1))
    return [
        Stretch(is_kept, tuple(block for _, block in group))
        for is_kept, group in groupby(zip(kept, blocks, strict=True), key=lambda pair: pair[0])
    ]


def _until_heading(blocks: Sequence[ChangedBlock], kept: Sequence[bool], start: int) -> Iterator[bool]:
    for i in range(start, len(blocks)):
        if blocks[i].tag.startswith("h"):
            return
        yield kept[i]


@cache
def changed_blocks(before: str, after: str) -> tuple[ChangedBlock, ...]:
    """All blocks of both texts, which are Markdown, in the order of reading: what is gone stands before what came for it."""
    old, new = blocks_of(before), blocks_of(after)
    found = list[ChangedBlock]()
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += (_whole(block, Change.KEPT) for block in new[new_from:new_to])
        else:
            found += _compared(old[old_from:old_to], new[new_from:new_to])
    return tuple(found)


def _compared(old: Sequence[Block], new: Sequence[Block]) -> Iterator[ChangedBlock]:
    """Blocks in the place of others: those that are alike are one that has changed."""
    i = j = 0
    for pair_i, pair_j in [*_pairs(old, new), (len(old), len(new))]:
        yield from (_whole(block, Change.REMOVED) for block in old[i:pair_i])
        yield from (_whole(block, Change.INSERTED) for block in new[j:pair_j])
        if pair_i < len(old):
            yield ChangedBlock(new[pair_j].tag, tuple(_pieces(old[pair_i].words, new[pair_j].words)))
        i, j = pair_i + 1, pair_j + 1


def _pairs(old: Sequence[Block], new: Sequence[Block]) -> list[tuple[int, int]]:
    """Which of the old are which of the new, in the order of both, so that as much as can be is in common."""
    # best[i][j]: of old[i:] and new[j:], how much is in common at the most.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    alike = [[_alikeness(one, other) for other in new] for one in old]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + alike[i][j])
    found, i, j = list[tuple[int, int]](), 0, 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((i, j))
            i, j = i + 1, j + 1
    return found


def _alikeness(one: Block, other: Block) -> float:
    """What two blocks have in common, from 0 to 1; nothing if they cannot be the same one."""
    if one.tag != other.tag:
        return 0.0
    ratio = _matcher(one.words, other.words).ratio()
    return ratio if ratio >= _ALIKE else 0.0


def _pieces(old: Sequence[Word], new: Sequence[Word]) -> Iterator[Piece]:
    i = j = 0
    for kept in [*_runs_kept(old, new), Match(len(old), len(new), 0)]:
        if kept.a > i:
            yield _piece(Change.REMOVED, old, i, kept.a)
        if kept.b > j:
            yield _piece(Change.INSERTED, new, j, kept.b)
        i, j = kept.a + kept.size, kept.b + kept.size
        if kept.size:
            yield _piece(Change.KEPT, new, kept.b, j)


def _runs_kept(old: Sequence[Word], new: Sequence[Word]) -> Iterator[Match]:
    """What both have in common; a word or two between other changes are left out, as they are there by chance."""
    for match in _matcher(old, new).get_matching_blocks():
        at_an_end = 0 in {match.a, match.b} or match.a + match.size == len(old) or match.b + match.size == len(new)
        if match.size > _BY_CHANCE or (match.size and at_an_end):
            yield match


def _piece(change: Change, words: Sequence[Word], start: int, end: int) -> Piece:
    # What begins a block in one version may follow something in the other.
    return Piece(change, html_of_words(words[start:end]), spaced=start == 0 or words[start].spaced)


def _matcher(old: Sequence[Word], new: Sequence[Word]) -> SequenceMatcher[Word]:
    """Of the words, no matter what stood before them."""
    return SequenceMatcher(
        None, [replace(word, spaced=True) for word in old], [replace(word, spaced=True) for word in new], autojunk=False
    )


def _whole(block: Block, change: Change) -> ChangedBlock:
    return ChangedBlock(block.tag, (_piece(change, block.words, 0, len(block.words)),))
