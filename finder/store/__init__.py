"""The only room that knows SQL. Rows stay inside; what leaves is the domain's own nouns."""

from finder.store.store import Store
from finder.store.writing import Stated, Writing

__all__ = ["Stated", "Store", "Writing"]
