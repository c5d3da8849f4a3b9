"""Reads a JSON document value by value, so that a long list never has to be in memory as a whole."""

from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import TextIO

__all__ = ["VALUE_LIMIT", "BadJson", "JsonStream", "decode"]

VALUE_LIMIT = 16 << 20
"""Characters of one value, such as one feature with its outline."""
CHUNK = 256 << 10
LONGEST_NUMBER = 18
WHITE_SPACE = " \t\r\n"


class BadJson(Exception):
    """The text is no JSON, or one value of it is too long. Never leaves this room."""


def _whole_number(digits: str) -> int | str:
    # A long row of digits is a code: as text it keeps its digits, and Python's limit on long numbers is never met.
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


DECODER = JSONDecoder(parse_int=_whole_number, parse_constant=lambda _: None, strict=False)
"""Forgives what many programs write: line ends within texts, and NaN, which says nothing."""


def decode(text: str) -> object:
    """One whole JSON text. Raises :class:`BadJson`."""
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadJson(_reason(error)) from error


class JsonStream:
    """One or more JSON values one after another. Every method raises :class:`BadJson` for what is none."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._ended = False
        self.read_characters = 0

    def peek(self) -> str:
        """The next character that is no white space, without taking it; empty at the end."""
        while True:
            while self._at < len(self._text):
                # Not isspace(): that takes the separators of text sequences for white space.
                if self._text[self._at] not in WHITE_SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more(CHUNK):
                return ""

    def take(self, wanted: str) -> None:
        """Go past the character ``wanted``."""
        if (found := self.peek()) != wanted:
            raise BadJson(f"“{wanted}” is missing" if found else "it ends in the middle")
        self._at += 1

    def value(self) -> object:
        """The next value as a whole."""
        if not self.peek():
            raise BadJson("it ends in the middle")
        want = CHUNK
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except (JSONDecodeError, RecursionError) as error:
                if isinstance(error, RecursionError) or self._ended:
                    raise BadJson(_reason(error)) from error
            else:
                # A number may go on behind the piece that was read.
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            if len(self._text) - self._at > VALUE_LIMIT:
                raise BadJson(f"a value has more than {VALUE_LIMIT:,} characters, or is no JSON")
            self._more(want)
            want *= 2

    def members(self) -> Iterator[str]:
        """The keys of the object that comes next. Whoever asks takes the key's value before asking for another key."""
        self.take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise BadJson("a key is missing")
            key = str(self.value())
            self.take(":")
            yield key
            if self.peek() != ",":
                self.take("}")
                return
            self._at += 1

    def items(self) -> Iterator[object]:
        """The values of the list that comes next."""
        self.take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if self.peek() != ",":
                self.take("]")
                return
            self._at += 1

    def _more(self, characters: int) -> bool:
        read = self._file.read(characters)
        self._ended = not read
        self.read_characters += len(read)
        self._text = self._text[self._at :] + read
        self._at = 0
        return bool(read)


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, JSONDecodeError) else "it is nested too deeply"
