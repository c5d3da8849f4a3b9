"""The fences around a cell, for a device that watches by itself. The finder learns the cell, some 5 km², and not of whom."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from finder.notices.pack import MOST_IN_ALL, MOST_IN_ONE, PackDesk

__all__ = ["JOSE_JSON", "fence_handlers"]

JOSE_JSON = "application/jose+json"
_CACHE = "private, max-age=300"
"""A fence that has ended is told of for so long at most by a device that asks again, and until the pack's end by no other."""


class SignedPackAnswer(msgspec.Struct, frozen=True):
    """A JWS in flattened JSON form (RFC 7515, 7.2.2), Ed25519, ``typ`` ``fence-pack+jws``. Its payload is a pack."""

    payload: str
    protected: str
    signature: str


def fence_handlers(packs: PackDesk) -> list[Any]:
    """Return the handler of ``GET /api/v1/fences``."""

    @get(
        "/fences",
        sync_to_thread=True,
        summary="The fences around a cell, for a device to watch by itself",
        responses={
            200: ResponseSpec(SignedPackAnswer, generate_examples=False, media_type=JOSE_JSON, description="A signed pack"),  # pyright: ignore[reportArgumentType]
            304: ResponseSpec(None, description="The pack that If-None-Match names is still the one"),
        },
    )
    def fences(
        request: Request[Any, Any, Any],
        cell: Annotated[str, Parameter(pattern="^87[0-9a-f]{13}$", description="An H3 cell of resolution 7.")],
        limit: Annotated[int, Parameter(ge=1, le=MOST_IN_ONE, description="How many fences at most.")] = 20,
        after: Annotated[
            int, Parameter(ge=0, le=MOST_IN_ALL, description="What the pack before said as next, for those that follow.")
        ] = 0,
    ) -> Response[bytes]:
        """Answer the fences that are nearest to the middle of the cell, signed with a key of /.well-known/jwks.json.

        Nobody has to say who they are: send no token and no cookie. The answer is the same for all who ask for the same.
        """
        pack = packs.signed(cell, limit, after)
        headers = {"ETag": pack.etag, "Cache-Control": _CACHE}
        if _is_known(request.headers.get("if-none-match", ""), pack.etag):
            return Response(b"", status_code=304, headers=headers)
        return Response(pack.body, media_type=JOSE_JSON, headers=headers)

    return [fences]


def _is_known(named: str, etag: str) -> bool:
    """Compare as RFC 9110, 8.8.3.2, has it for what is weak."""
    tags = [tag.strip().removeprefix("W/") for tag in named.split(",")]
    return "*" in tags or etag.removeprefix("W/") in tags
