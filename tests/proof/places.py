"""Where it is looked for: every file that a finder wrote, and how often each form of each mark stands there."""

import mmap
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.proof.marks import Mark

__all__ = ["Hit", "Looked", "look", "new_hits"]


@dataclass(frozen=True)
class Hit:
    """A form of a mark in a file."""

    path: str
    mark: str
    form: str


@dataclass(frozen=True)
class Looked:
    """How often each was found, and in how much was looked."""

    found: Mapping[Hit, int]
    files: int
    size_bytes: int


def look(folders: Iterable[Path], marks: Iterable[Mark]) -> Looked:
    """Look into all files below the folders, whatever they are called."""
    patterns = [(mark.name, form, text) for mark in marks for form, text in mark.forms.items()]
    found: Counter[Hit] = Counter()
    files = size_bytes = 0
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            files += 1
            size_bytes += (size := path.stat().st_size)
            if not size:
                continue
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                for mark, form, text in patterns:
                    if content.find(text) >= 0:
                        found[Hit(path.relative_to(folder).as_posix(), mark, form)] = len(re.findall(re.escape(text), content))
    return Looked(found, files, size_bytes)


def new_hits(before: Looked, after: Looked) -> dict[Hit, int]:
    """What was found oftener than before the visit.

    A city has so many coordinates that some share digits with the marked one, or four of their bytes: those were there before.
    """
    return {hit: count for hit, count in after.found.items() if count > before.found.get(hit, 0)}
