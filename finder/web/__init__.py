"""The pages: find care, one place of care, privacy. Server-rendered; script and map are enhancements."""

from finder.web.routes import web_routes
from finder.web.services import Credit, WebBrand, WebServices

__all__ = ["Credit", "WebBrand", "WebServices", "web_routes"]
