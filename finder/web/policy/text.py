"""The text of a policy, which is Markdown, as HTML; and its blocks, for comparing two."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

__all__ = ["Block", "Word", "blocks_of", "html_of", "html_of_words"]

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})
_LOWEST_HEADING: Final = 6
_WORD: Final = re.compile(r"(\s*)(\S*)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word and the elements around it, ``strong`` and ``em``; ``spaced`` when a space stands before it."""

    text: str
    marks: tuple[str, ...] = ()
    spaced: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a point of a list, by its element: ``h3``, ``p``, ``li``. Of links it has the text."""

    tag: str
    words: tuple[Word, ...]

    @property
    def is_heading(self) -> bool:
        """Whether it names what follows."""
        return self.tag.startswith("h")


@cache
def html_of(text: str) -> Markup:
    """The whole text as HTML. Headings are a level lower than they are written: the page has its own first one."""
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = _lower(token.tag)
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 - HTML in the text itself is escaped


@cache
def blocks_of(text: str) -> tuple[Block, ...]:
    """The blocks of a text in their order."""
    found, tags = list[Block](), ["p"]
    for token in _MARKDOWN.parse(text):
        match token.type:
            case "heading_open":
                tags.append(_lower(token.tag))
            case "list_item_open":
                tags.append("li")
            case "heading_close" | "list_item_close":
                tags.pop()
            case "inline":
                found.append(Block(tags[-1], tuple(_words(token.children or ()))))
            case _:
                pass  # paragraphs and lists open and close around what is inside
    return tuple(found)


def html_of_words(words: Sequence[Word]) -> Markup:
    """Words as HTML in their elements, without the space before the first."""
    html = Markup()
    for marks, group in groupby(words, key=lambda word: word.marks):
        run = list(group)
        text = "".join(f" {word.text}" if word.spaced else word.text for word in run)
        inside = Markup.escape(text.lstrip())
        for mark in reversed(marks):
            inside = Markup("<{0}>{1}</{0}>").format(mark, inside)
        html += (" " if run[0].spaced and html else "") + inside
    return html


def _lower(tag: str) -> str:
    return f"h{min(int(tag[1:]) + 1, _LOWEST_HEADING)}"


def _words(children: Iterable[Token]) -> Iterable[Word]:
    marks, space = list[str](), ""
    for child in children:
        if child.type in {"strong_open", "em_open"}:
            marks.append(child.tag)
        elif child.type in {"strong_close", "em_close"}:
            marks.pop()
        text = "\n" if child.type in {"softbreak", "hardbreak"} else child.content
        for before, word in _WORD.findall(text):
            space += before
            if word:
                yield Word(word, tuple(marks), spaced=bool(space))
                space = ""
