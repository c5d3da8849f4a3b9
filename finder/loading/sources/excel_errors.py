"""Which cells of an Excel sheet hold an error such as ``#REF!``: calamine gives them as empty cells, without a word."""

import posixpath
import re
from html import unescape
from pathlib import Path
from zipfile import ZipFile

from finder.loading.sources.zip_limits import DAMAGED

__all__ = ["error_cells"]

MAX_TOLD = 10_000
CHUNK_BYTES = 1 << 20
DIRECTORY_BYTES = 4 << 20
MARK = b't="e"'
CELL = re.compile(rb'<(?:\w+:)?c\s([^<>]*?\bt="e"[^<>]*)>(.*?)</(?:\w+:)?c>', re.DOTALL)
PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,30})<")


def error_cells(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """By row and number of the column, both from 1, the error that stands there; at most 10,000 of them.

    Reads an .xlsx file as Excel and LibreOffice write it, and finds nothing where a program writes otherwise: then the cells
    are empty without a warning.
    """
    found: dict[int, dict[int, str]] = {}
    count = 0
    try:
        with ZipFile(path) as archive:
            member = _member_of(archive, sheet)
            if member not in archive.namelist():
                return found
            with archive.open(member) as file:
                rest = b""
                while (chunk := file.read(CHUNK_BYTES)) and count < MAX_TOLD:
                    text = rest + chunk
                    # Cut behind the last whole row.
                    cut = max(text.rfind(b"row>") + 4, len(text) - 4 * CHUNK_BYTES)
                    rest = text[cut:]
                    for cell in CELL.finditer(text, 0, cut) if MARK in text else ():
                        place, value = PLACE.search(cell[1]), VALUE.search(cell[2])
                        if place:
                            row = found.setdefault(int(place[2]), {})
                            row[_number(place[1])] = value[1].decode("utf-8", "replace") if value else ""
                            count += 1
    except DAMAGED:
        return found
    return found


def _member_of(archive: ZipFile, sheet: str) -> str:
    """The member that holds the sheet, by way of the workbook's relations (ECMA-376, part 1, 18.2.19)."""
    workbook, relations = (_text(archive, name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
    for element in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", workbook):
        attributes = _attributes(element)
        if attributes.get("name") == sheet:
            wanted = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            for relation in map(_attributes, re.findall(r"<Relationship\s[^>]*>", relations)):
                if relation.get("Id") == wanted:
                    return posixpath.normpath(posixpath.join("/xl", relation.get("Target", ""))).lstrip("/")
    return ""


def _text(archive: ZipFile, name: str) -> str:
    if name not in archive.namelist():
        return ""
    with archive.open(name) as file:
        return file.read(DIRECTORY_BYTES).decode("utf-8", "replace")


def _attributes(element: str) -> dict[str, str]:
    return {key: unescape(value) for key, value in re.findall(r'([\w:]+)\s*=\s*"([^"]*)"', element)}


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
