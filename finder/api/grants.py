"""Which applications of others a person has let in, and letting them in no more."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get
from litestar.params import PathParameter

from finder.domain.apps import AppScope
from finder.domain.consent import Via
from finder.http.persons import known_person
from finder.privacy.disclosures import DisclosureDesk, GrantTold

__all__ = ["grant_handlers"]

GrantId = Annotated[str, PathParameter(pattern="^[a-z2-7]{16}$", description="As GET /api/v1/me/grants tells it.")]


class AppAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An application and who runs it."""

    id: str
    name: str
    homepage: str
    contact: str


class GrantAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What an application may read, while ``is_live``. ``receipt``: a JWS, verified with ``/.well-known/jwks.json``.

    It ends at ``expires_at`` unless the application comes for new tokens before, and at ``expires_at_latest`` in any case.
    """

    id: str
    app: AppAnswer
    scopes: tuple[AppScope, ...]
    granted_at: datetime
    expires_at: datetime
    expires_at_latest: datetime
    is_live: bool
    receipt: str

    @classmethod
    def of(cls, grant: GrantTold) -> "GrantAnswer":
        """Return a grant as the API gives it."""
        app = AppAnswer(id=grant.app.id, name=grant.app.name, homepage=grant.app.homepage, contact=grant.app.contact)
        return cls(app=app, **{name: getattr(grant, name) for name in cls.__struct_fields__ if name != "app"})


class GrantsAnswer(msgspec.Struct, frozen=True):
    """Newest first; those that have ended too."""

    grants: list[GrantAnswer]


def grant_handlers(disclosures: DisclosureDesk) -> list[Any]:
    """Return the handlers of ``GET /api/v1/me/grants`` and ``DELETE /api/v1/me/grants/{id}``."""

    @get("/me/grants", sync_to_thread=True, summary="The applications that a person has let in")
    def grants(request: Request[Any, Any, Any]) -> GrantsAnswer:
        """Answer what the person with this token lets applications read, or did."""
        told = disclosures.grants(known_person(request).subject)
        return GrantsAnswer(grants=[GrantAnswer.of(grant) for grant in told])

    @delete("/me/grants/{grant_id:str}", status_code=204, sync_to_thread=True, summary="Let an application in no more")
    def revoke(request: Request[Any, Any, Any], grant_id: GrantId) -> None:
        """Take a grant back: the application is refused with 403 from now on."""
        disclosures.revoke(known_person(request).subject, grant_id, via=Via.APP)

    return [grants, revoke]
