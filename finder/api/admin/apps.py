"""Applications of others over the API: those that people may be asked to let in."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import JSONBody, PathParameter

from finder.api.admin.services import AdminServices, actor_of
from finder.domain.admin import Scope
from finder.domain.apps import App, AppScope
from finder.privacy.disclosures.registration import enter_app

__all__ = ["AppRequest", "app_handlers"]

AppId = Annotated[str, PathParameter(pattern="^[a-z2-7]{16}$", description="The client_id of the application.")]
Shown = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class AppAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An application. ``id`` is its ``client_id``."""

    id: str
    name: str
    homepage: str
    contact: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[AppScope, ...]
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def of(cls, app: App) -> "AppAnswer":
        """Return an application as the API gives it."""
        return cls(**{name: getattr(app, name) for name in cls.__struct_fields__})


class AppsAnswer(msgspec.Struct, frozen=True):
    """Newest first."""

    apps: list[AppAnswer]


class AppRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An application to enter. People are shown its name, homepage and contact before they let it in."""

    name: Shown
    homepage: Address
    contact: Shown
    redirect_uris: Annotated[list[Address], msgspec.Meta(min_length=1, max_length=10)]
    scopes: Annotated[list[AppScope], msgspec.Meta(min_length=1, max_length=20)]


def app_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/apps``."""
    apps = services.apps

    @get("/apps", opt={"scope": Scope.APPS_WRITE}, sync_to_thread=True, summary="The applications of others")
    def list_apps() -> AppsAnswer:
        """Answer all of them, disabled ones too."""
        return AppsAnswer(apps=[AppAnswer.of(app) for app in apps.list()])

    @post("/apps", opt={"scope": Scope.APPS_WRITE}, sync_to_thread=True, summary="Enter an application")
    def enter(request: Request[Any, Any, Any], data: JSONBody[AppRequest]) -> AppAnswer:
        """Enter an application, which may then ask people for what its scopes name."""
        return AppAnswer.of(enter_app(apps, **msgspec.structs.asdict(data), by=actor_of(request)))

    @delete("/apps/{app_id:str}", opt={"scope": Scope.APPS_WRITE}, sync_to_thread=True, summary="Disable an application")
    def disable(request: Request[Any, Any, Any], app_id: AppId) -> None:
        """Shut an application out at once and for good; all that people had granted it ends."""
        apps.disable(app_id, at=datetime.now(UTC), by=actor_of(request))

    return [list_apps, enter, disable]
