"""A person's own words taken apart: care, place, needs, plan and names, in Spanish and English, typos forgiven."""

from finder.directory.understanding.parser import understand
from finder.directory.understanding.suggest import suggest_specialties
from finder.directory.understanding.types import Part, PartKind, Understood

__all__ = ["Part", "PartKind", "Understood", "suggest_specialties", "understand"]
