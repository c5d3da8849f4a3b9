"""Making ready what the first question would otherwise wait for: compiled kernels and the tables of words."""

from pathlib import Path
from tempfile import TemporaryDirectory

from finder.care.red_flags import red_flag_in
from finder.directory.names import NameEntry, NameIndex, build_names
from finder.directory.understanding import suggest_specialties
from finder.geo import kdtree

__all__ = ["warm_up"]


def warm_up() -> None:
    """Compile every kernel, or load it from numba's cache, and read the tables. Seconds the first time, then well under one."""
    kdtree.warm_up()
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "names"
        build_names(folder, [NameEntry(0, ("Ana Maria De la Cruz",)), NameEntry(1, ("Clinica del Mar",))])
        index = NameIndex.open(folder)
        for typed in (["ana", "crus"], ["delacruz"]):
            index.search(typed, unfinished=True)
        index.likely("marai")
        index.suggest("ana de l", 2)
    for language in ("en", "es"):
        suggest_specialties("cardiolgo", language, 1)
    red_flag_in("")
