"""A text as the searches for plans, places and names see it: which words are taken already, and fixed words at a position."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from finder.directory.understanding.lexicon import SOUNDS_ALIKE, Lexicon
from finder.directory.understanding.phrases import Candidate
from finder.directory.understanding.spelling import sound
from finder.directory.understanding.tokens import Token
from finder.directory.understanding.types import PartKind
from finder.words.folding import words

__all__ = ["Reading", "Sequences"]

_LONG_WORD = 7
_LIKE_LONG = 0.88


class Sequences:
    """Fixed phrases, word by word; the longest that stands at a position is found."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = sorted({tuple(words(phrase)) for phrase in phrases}, key=len, reverse=True)
        self._first = {word for phrase in self._phrases for word in (phrase[0], sound(phrase[0]))}

    def at(self, tokens: Sequence[Token], first: int) -> int:
        """How many tokens from ``first`` on the longest phrase there covers; 0 where there is none."""
        if first >= len(tokens) or (tokens[first].word not in self._first and sound(tokens[first].word) not in self._first):
            return 0
        for phrase in self._phrases:
            behind = tokens[first : first + len(phrase)]
            if len(behind) == len(phrase) and all(
                _same(token.word, word) and not (at and token.after_break)
                for at, (token, word) in enumerate(zip(behind, phrase, strict=True))
            ):
                return len(phrase)
        return 0


class Reading:
    """The text while it is read: its tokens, who has each word in a name, and the best cover by phrases alone."""

    def __init__(
        self,
        text: str,
        tokens: Sequence[Token],
        lexicon: Lexicon,
        known: Sequence[Sequence[int]],
        taken: Sequence[Candidate],
        *,
        unfinished: bool,
    ) -> None:
        self.text = text
        self.tokens = tokens
        self.lexicon = lexicon
        self.known = [any(counts) for counts in known]
        """For each token whether a name has it."""
        self.known_people = [bool(counts and counts[-1]) for counts in known]
        """For each token whether the name of a person has it."""
        self.unfinished = unfinished
        self._taken = taken

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def covering(self) -> list[Candidate | None]:
        """For each token the phrase that means something and covers it."""
        found: list[Candidate | None] = [None] * len(self.tokens)
        for one in self._taken:
            if one.kind is not None:
                found[one.first : one.last] = [one] * (one.last - one.first)
        return found

    @cached_property
    def sure(self) -> list[bool]:
        """For each token whether it is read already so that no place or name may take it away by itself."""
        return [one is not None and (one.score >= SOUNDS_ALIKE or self._long(one)) for one in self.covering]

    def _long(self, one: Candidate) -> bool:
        """Whether a mistyped phrase is long enough for no chance likeness."""
        return one.score >= _LIKE_LONG and max(len(token.word) for token in self.tokens[one.first : one.last]) >= _LONG_WORD

    def is_care(self, at: int) -> bool:
        """Whether a token names a kind of facility, which may also begin the name of a place or a facility."""
        one = self.covering[at]
        return one is not None and one.kind is PartKind.KIND

    def word(self, at: int) -> str:
        """The folded word of a token."""
        return self.tokens[at].word

    def words(self, first: int, last: int) -> list[str]:
        """The folded words from token ``first`` to ``last`` (exclusive)."""
        return [token.word for token in self.tokens[first:last]]

    def typed(self, first: int, last: int) -> str:
        """What was typed for tokens ``first`` to ``last`` (exclusive), with what stands between them."""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end]

    def letters(self, first: int, last: int) -> int:
        """How many letters the tokens have."""
        return sum(len(token.word) for token in self.tokens[first:last])


def _same(typed: str, word: str) -> bool:
    return typed == word or (len(word) >= 4 and len(typed) >= 4 and sound(typed) == sound(word))
