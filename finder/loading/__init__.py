"""From an admin's file to the store: read → map → clean → check → merge → commit, one small module each."""

from finder.loading.commit import commit_facilities
from finder.loading.load import load_file
from finder.loading.report import Change, LoadReport
from finder.loading.row_error import RowError, Severity

__all__ = ["Change", "LoadReport", "RowError", "Severity", "commit_facilities", "load_file"]
