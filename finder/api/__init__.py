"""The JSON API, version 1: each handler parses, makes one call and formats."""

from finder.api.routes import api_routes
from finder.api.services import ApiServices

__all__ = ["ApiServices", "api_routes"]
