"""The names of practitioners and facilities: found with typos, in any order, from their first letters, without a server."""

from finder.directory.names.build import NameEntry, build_names
from finder.directory.names.index import NameIndex, NameMatches

__all__ = ["NameEntry", "NameIndex", "NameMatches", "build_names"]
