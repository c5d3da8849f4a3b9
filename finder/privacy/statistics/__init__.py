"""Statistics of searches that tell of nobody: opt-in, by cell and week, with noise (differential privacy), published once."""

from finder.privacy.statistics.noting import SearchNotes, cell_of
from finder.privacy.statistics.release import release_due
from finder.privacy.statistics.terms import Terms, explained, margin, terms

__all__ = ["SearchNotes", "Terms", "cell_of", "explained", "margin", "release_due", "terms"]
