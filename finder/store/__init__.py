"""The only room that knows SQL. Rows stay inside; what leaves is the domain's own nouns."""

from finder.store.store import Store, Writing

__all__ = ["Store", "Writing"]
