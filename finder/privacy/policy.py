"""The privacy policy in force, named by its date."""

from datetime import date

__all__ = ["CURRENT_POLICY"]

CURRENT_POLICY = date(2026, 11, 1)
"""A change of what is done with a position changes this date, and everybody is asked again."""
