"""Webhooks over the API: where tenants are told of visitors who let them be. A tenant's own key sees and changes its own."""

import threading
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import JSONBody, PathParameter

from finder.api.admin.one_at_a_time import one_at_a_time
from finder.api.admin.services import AdminServices, actor_of
from finder.api.admin.tenants import needed_tenant, tenant_of_call
from finder.domain.admin import ApiKey, Scope
from finder.domain.delivery import Webhook
from finder.domain.tenant import TenantId

__all__ = ["WebhookRequest", "webhook_handlers"]

AnyRequest = Request[Any, Any, Any]

_NEEDS = {"scope": Scope.NOTICES_WRITE}
_BUSY = "Another webhook is being entered or tried out: ask again in some seconds."
WebhookId = Annotated[str, PathParameter(pattern="^[0-9a-f]{16}$", description="As POST told it.")]
Url = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=2048, description="An https address on port 443 or 8443 of the public Internet."),
]


class WebhookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook without its secret. ``failing_since``: since when nothing is taken there; null while all goes well.

    ``public_only``: entered with a tenant's own key, it never leads into a network that ``FINDER_OUTGOING_NETWORKS`` names.
    """

    id: str
    tenant: str
    url: str
    created_at: datetime
    public_only: bool
    disabled_at: datetime | None
    last_ok_at: datetime | None
    failing_since: datetime | None

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookAnswer":
        """Return a webhook as the API gives it."""
        return cls(**msgspec.structs.asdict(webhook))


class NewWebhookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook just entered. ``secret`` verifies what it is sent, and is told this once."""

    webhook: WebhookAnswer
    secret: str


class WebhooksAnswer(msgspec.Struct, frozen=True):
    """Newest first."""

    webhooks: list[WebhookAnswer]


class WebhookRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A webhook to enter. ``tenant`` may be left out with a tenant's own key."""

    url: Url
    tenant: TenantId | None = None


class SampledAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a sample: the status that was answered, or in ``problem`` why there was none."""

    is_ok: bool
    status: int | None
    problem: str | None


def webhook_handlers(services: AdminServices) -> list[Any]:
    """Return the handlers under ``/webhooks``."""
    webhooks, calling = services.webhooks, threading.Lock()

    @get("/webhooks", opt=_NEEDS, sync_to_thread=True, summary="The webhooks")
    def list_webhooks(request: AnyRequest) -> WebhooksAnswer:
        """Answer all webhooks, disabled ones too; a tenant's own key sees that tenant's."""
        return WebhooksAnswer(webhooks=[WebhookAnswer.of(one) for one in webhooks.list(tenant=_tenant(request))])

    @post("/webhooks", opt=_NEEDS, sync_to_thread=True, summary="Enter a webhook")
    def add(request: AnyRequest, data: JSONBody[WebhookRequest]) -> NewWebhookAnswer:
        """Enter where a tenant is told. What is sent is signed as Standard Webhooks says; the secret is in this answer only."""
        tenant = needed_tenant(tenant_of_call(request, data.tenant))
        public_only = _tenant(request) is not None
        with one_at_a_time(calling, _BUSY):
            webhook, secret = webhooks.add(tenant, data.url, by=actor_of(request), public_only=public_only)
        return NewWebhookAnswer(webhook=WebhookAnswer.of(webhook), secret=secret)

    @post("/webhooks/{webhook_id:str}/test", opt=_NEEDS, status_code=200, sync_to_thread=True, summary="Send a sample")
    def test(request: AnyRequest, webhook_id: WebhookId) -> SampledAnswer:
        """Send an event of the type ``finder.test``, which is about nobody, once, and answer what came of it."""
        with one_at_a_time(calling, _BUSY):
            sampled = webhooks.try_out(webhook_id, tenant=_tenant(request))
        return SampledAnswer(is_ok=sampled.is_ok, status=sampled.status, problem=sampled.problem)

    @delete("/webhooks/{webhook_id:str}", opt=_NEEDS, sync_to_thread=True, summary="Disable a webhook")
    def disable(request: AnyRequest, webhook_id: WebhookId) -> None:
        """Tell nothing there any more, at once and for good; what waits to go there is dropped."""
        webhooks.disable(webhook_id, by=actor_of(request), tenant=_tenant(request))

    return [list_webhooks, add, test, disable]


def _tenant(request: AnyRequest) -> str | None:
    key: ApiKey = request.auth
    return key.tenant
