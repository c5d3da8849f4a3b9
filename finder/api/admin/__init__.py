"""The admin API, version 1, behind API keys: upload, map, preview, commit, undo, review, correct; keys and the audit log."""

from finder.api.admin.description import describe_admin
from finder.api.admin.desk import Done, HistoryEntry, LoadDesk, Progress
from finder.api.admin.plugged import PublishingDesk
from finder.api.admin.routes import admin_routes
from finder.api.admin.services import AdminServices
from finder.api.admin.shelf import UploadShelf

__all__ = [
    "AdminServices",
    "Done",
    "HistoryEntry",
    "LoadDesk",
    "Progress",
    "PublishingDesk",
    "UploadShelf",
    "admin_routes",
    "describe_admin",
]
