"""Our style sheet and scripts, the font and the map, served from memory at an address that names their content."""

import gzip
import hashlib
from pathlib import Path, PurePosixPath
from typing import Any

from litestar import MediaType, Request, Response

from finder.errors import NotFound

__all__ = ["STATIC_DIR", "StaticFiles"]

STATIC_DIR = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
"""A file of another type is not served."""
_PACKED_ALREADY = {".woff2"}
_POLICIES = {"js/notices/worker.js": "default-src 'none'; script-src 'self'"}
"""A worker has the policy that it came with, not its page's. The one that is told positions cannot hand them on."""


class StaticFiles:
    """The files under ``folder`` as they were at start-up.

    The version stands in the path, so a style sheet's ``url(…)`` and a script's ``import`` carry it along by themselves.
    """

    def __init__(self, folder: Path = STATIC_DIR) -> None:
        """Read everything once: a few megabytes."""
        self._files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in _TYPES
        }
        digest = hashlib.sha256()
        for name, content in self._files.items():
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        self.version = digest.hexdigest()[:12]
        self._packed: dict[str, bytes] = {}

    def url(self, name: str) -> str:
        """The path of a file, such as ``css/finder.css``, for a page."""
        return f"/static/{self.version}/{name}"

    def has(self, name: str) -> bool:
        """Whether there is such a file: those of npm are missing where set-up did not run."""
        return name in self._files

    def respond(self, request: Request[Any, Any, Any], version: str, name: str) -> Response[bytes]:
        """The file, packed for who takes gzip. For another version, from before an update, it is not to be kept."""
        name = name.lstrip("/")
        content = self._files.get(name)
        if content is None:
            raise NotFound("There is no such file.")
        suffix = PurePosixPath(name).suffix
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if version == self.version else "no-cache",
            "X-Content-Type-Options": "nosniff",
        }
        if name in _POLICIES:
            headers["Content-Security-Policy"] = _POLICIES[name]
        if suffix not in _PACKED_ALREADY:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["Content-Encoding"] = "gzip"
                content = self._packed.get(name) or self._pack(name)
        return Response(content, media_type=_TYPES.get(suffix, MediaType.TEXT), headers=headers)

    def _pack(self, name: str) -> bytes:
        packed = gzip.compress(self._files[name], 9, mtime=0)
        self._packed[name] = packed
        return packed
