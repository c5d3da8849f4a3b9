"""A place with a fence, and a marked person who visits it: noticed by the service, and another time by the browser alone."""

import math
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import batched
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import BrowserContext

from finder.config import Settings
from finder.directory import Directory
from finder.domain.admin import Actor
from finder.domain.facility import Facility
from finder.domain.fence import Circle, Fence, Trigger, Wish
from finder.domain.tenant import Tenant
from finder.geo.points import LonLat
from finder.notices.delivery.room import DeliveryPlan, webhook_desk
from finder.notices.fences.desk import FenceDesk
from finder.notices.fences.sites import DirectorySites
from finder.notices.law import installed_boundaries
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore
from tests.notices.delivery.receivers import Receiver, Said
from tests.proof.marks import Mark

__all__ = ["INSIDE", "NETWORK", "WAY", "Place", "noticed_in_browser", "noticed_visit", "place_with_a_fence"]

NETWORK = "127.0.0.0/8"
"""Where the push service and the tenant of the proof are."""
BY = Actor(name="proof", key_id=None)
FACILITY = "q6rsw4fni3ryv3is"
"""A doctors' place in the centre of Helsinki."""
FENCE_ID, FENCE_NAME, TENANT, TENANT_NAME = "valla-marcada", "Patio Marcado", "salud-marcada", "Salud Marcada del Norte"
TEXTS = {"en": "Marked welcome to {facility}, floor 7391.", "es": "Bienvenida marcada a {facility}, piso 7391."}
WISHES = (
    Wish(trigger=Trigger.ENTER, texts=TEXTS),
    Wish(trigger=Trigger.DWELL, texts=TEXTS, dwell_s=180.0),
    Wish(trigger=Trigger.EXIT, texts=TEXTS),
)
RADIUS_M = 150.0
INSIDE, WAY = LonLat(24.93846173, 60.16963487), LonLat(24.93263917, 60.16958231)
"""Some 30 m from the middle of the fence, and 300 m to the west of it; with digits that nothing else has."""
EVERY_S, EACH_MINUTE = 10, 6
LOOKED_AT_MS, LOOKS = 200, 60
HURRY = """(() => {
  // The device's clock: ten minutes behind at first, and thirty times faster than ours.
  const begun = Date.now();
  const told = Object.getOwnPropertyDescriptor(GeolocationPosition.prototype, "timestamp").get;
  Object.defineProperty(GeolocationPosition.prototype, "timestamp", {
    get() { return Math.min(told.call(this), begun - 600000 + 30 * (told.call(this) - begun)); },
  });
})()"""


class Place(msgspec.Struct, frozen=True):
    """Where the person is told something, and what of it must not stand beside the person."""

    facility: Facility
    webhook_id: str

    @property
    def ids(self) -> tuple[str, ...]:
        """By what the rows about the place are found."""
        return self.facility.id, FENCE_ID, TENANT, self.webhook_id

    @property
    def file_mark(self) -> Mark:
        """What of the place is nowhere oftener after the visit. The fence's id and the tenant's are in the log of notices."""
        said = {"id": self.facility.id, "name": self.facility.name, "name of the fence": FENCE_NAME}
        return Mark("the facility of the visit", {what: word.encode() for what, word in said.items()})

    @property
    def mark(self) -> Mark:
        """What names the place or who runs it: all of it is in the database, and nothing of it in a row about the person."""
        words = {
            "facility": self.facility.id,
            "its name": self.facility.name,
            "fence": FENCE_ID,
            "its name, too": FENCE_NAME,
            "tenant": TENANT,
            "the tenant's name": TENANT_NAME,
            "webhook": self.webhook_id,
        }
        return Mark("the place of the visit", {what: word.encode() for what, word in words.items()})


def place_with_a_fence(data: Path, receiver: Receiver) -> Place:
    """Have a tenant, which runs a place of the demo's city, a fence in service there, and a webhook to the receiver."""
    settings = Settings(data_dir=data)
    directory = Directory(settings.snapshots_dir)
    facility = directory.current().facility(FACILITY)
    tenant = Tenant(id=TENANT, name=TENANT_NAME, created_at=datetime.now(UTC), facilities=(facility.id,))
    shape = Circle(centre=facility.lon_lat, radius_m=RADIUS_M)
    fence = Fence(id=FENCE_ID, tenant=TENANT, facility_id=facility.id, name=FENCE_NAME, shape=shape, wishes=WISHES)
    with FenceStore.open(settings.store_url) as fences, TenantStore.open(settings.store_url) as tenants:
        tenants.add(tenant, BY)
        sites = DirectorySites(directory)
        desk = FenceDesk(fences, tenants, sites, installed_boundaries, lambda: datetime.now(UTC), trial_runs=20)
        desk.save(fence, by=BY)
        desk.activate(FENCE_ID, by=BY)
    plan = DeliveryPlan(store_url=settings.store_url, keys_dir=settings.keys_dir, networks=[ip_network(NETWORK)])
    webhooks = webhook_desk(plan)
    webhook, _ = webhooks.add(TENANT, receiver.url("/hook"), by=BY)
    webhooks.close()
    return Place(facility, webhook.id)


def noticed_visit(caller: httpx.Client, receiver: Receiver, place: Place) -> dict[str, str]:
    """Arm a visit, subscribe a browser, walk in and out, and be told; return what of it only the person may have.

    What goes out is refused by the receiver, so that it waits in the outbox.
    """
    receiver.says = lambda _: Said(503)
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": _text(point), "auth": _text(secrets.token_bytes(16))}
    endpoint = receiver.url(f"/push/{secrets.token_urlsafe(24)}")
    _said(caller.post("/api/v1/push/subscriptions", json={"endpoint": endpoint, "keys": keys}), 201)
    armed = {"facility": place.facility.id, "language": "es", "tell_facility": True}
    visit = _said(caller.post("/api/v1/visits", json=armed), 201)
    coming, staying, going = _walk(datetime.now(UTC) - timedelta(seconds=2))
    own_tracks = [{"_type": "location", "tid": "m7", **each} for each in coming]
    shown = [one for some in _minutes(own_tracks) for one in _said(caller.post("/api/v1/positions", json=some), 200)]
    fixes = [{"lat": one["lat"], "lon": one["lon"], "accuracy_m": one["acc"], "at": _moment(one)} for one in staying]
    answers = (_said(caller.post("/api/v1/positions", json={"fixes": some}), 200) for some in _minutes(fixes))
    told = [notice for answer in answers for notice in answer["notices"]]
    basic = httpx.BasicAuth("anybody", caller.headers["authorization"].split()[1])
    transition = {"_type": "transition", "event": "leave", **going[0]}
    messages = [transition, *({"_type": "location", **each} for each in going[1:])]
    shown += [one for some in _minutes(messages) for one in _said(caller.post("/api/v1/positions", json=some, auth=basic), 200)]
    triggers = [notice["trigger"] for notice in _said(caller.get("/api/v1/notices"), 200)["notices"]]
    assert triggers == ["enter", "dwell", "exit"], triggers
    assert len(shown) + len(told) == len(triggers)
    assert f"a {place.facility.name}" in told[-1]["body"], "in the words of the fence"
    caller.post("/api/v1/positions", json={"fixes": [{**fixes[0], "lat": 900}]})
    caller.post("/api/v1/positions", content=f'{{"fixes": [{{"lat": {INSIDE.lat}, "lon": {INSIDE.lon}')
    came = receiver.wait_for(1)
    while sum(got.path.startswith("/push/") for got in came) < len(triggers):
        came = receiver.wait_for(len(came) + 1)
    assert sum(got.path == "/hook" for got in came) >= len(triggers)
    return {
        "endpoint": endpoint.rpartition("/")[2],
        **keys,
        "reference": visit["reference"],
        "the notice's text": told[-1]["body"],
        "why it was told": told[-1]["why"],
    }


def noticed_in_browser(context: BrowserContext, facility_id: str) -> None:
    """Arm a visit in the open page, which looks by itself, and be told there; nothing of it is sent."""
    sent: list[str] = []
    context.set_geolocation({"latitude": INSIDE.lat, "longitude": INSIDE.lon, "accuracy": 8.0})
    page = context.new_page()
    page.add_init_script(HURRY)
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    page.goto(f"/notices?facility={facility_id}")
    steps = (
        ("place", "[data-next]"),
        ("where", "[data-mode=device]"),
        ("consent", "[data-agree]"),
        ("position", "[data-position]"),
    )
    for step, button in steps:  # by a key: a tap so soon after a question is shown is passed over
        page.wait_for_selector(f"#step-{step}")
        page.press(f"#step-{step} {button}", "Enter")
    page.wait_for_selector("#step-notification:visible, .armed-here")
    if page.is_visible("#step-notification"):
        page.press("#step-notification [data-notification=no]", "Enter")
    page.wait_for_selector(".armed-here")
    for look in range(LOOKS):
        # A metre to and fro: else the browser says nothing new.
        at = {"latitude": INSIDE.lat + 1e-5 * (look % 2), "longitude": INSIDE.lon, "accuracy": 8.0}
        context.set_geolocation(at)  # type: ignore[arg-type]
        page.wait_for_timeout(LOOKED_AT_MS)
        if page.locator("#told-list li").count():
            break
    else:
        raise AssertionError(f"Nothing was told in the browser: {page.inner_text('#overview')}")
    assert not [one for one in sent if f"{INSIDE.lat:.3f}" in one or f"{INSIDE.lon:.3f}" in one], "and no position was sent"
    page.click("#stop-all button")
    page.wait_for_selector("#armed-none:visible")


def _minutes(fixes: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """Return the fixes of each minute: of more at once those from before the visit was armed would be passed over."""
    return (list(some) for some in batched(fixes, EACH_MINUTE))


def _walk(ends_at: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Coming, staying and going, as OwnTracks has positions: four minutes on foot, five inside, four back."""
    steps = 24
    ways = [
        LonLat(*(start + (end - start) * step / steps for start, end in zip(WAY, INSIDE, strict=True))) for step in range(steps)
    ]
    places = [*([WAY] * 4), *ways], [INSIDE] * 30, [*reversed(ways), *([WAY] * 12)]
    count = sum(map(len, places))
    moments = iter(ends_at - timedelta(seconds=EVERY_S * number) for number in range(count - 1, -1, -1))
    coming, staying, going = (list(_located(each, moments)) for each in places)
    return coming, staying, going


def _located(places: list[LonLat], moments: Iterator[datetime]) -> Iterator[dict[str, Any]]:
    for place in places:
        yield {"lat": place.lat, "lon": place.lon, "acc": 10, "tst": math.floor(next(moments).timestamp())}


def _moment(fix: Mapping[str, Any]) -> str:
    return datetime.fromtimestamp(fix["tst"], UTC).isoformat()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _said(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, f"{answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
    return answer.json()
