"""What people search: published snapshots, memory-mapped, and the answers read from them. No database is asked here."""

from finder.directory.directory import Directory
from finder.directory.publish import is_behind, publish
from finder.directory.search import Hit, Search, SearchPage
from finder.directory.snapshot import Snapshot

__all__ = ["Directory", "Hit", "Search", "SearchPage", "Snapshot", "is_behind", "publish"]
