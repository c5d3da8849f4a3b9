"""Packs for devices: what is in them, that nothing is missing where they hold, and that anybody can verify them."""

import base64
import json
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import h3
import msgspec
import pytest
import shapely
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish
from finder.errors import BadInput, NotReady
from finder.geo.outlines import area_of
from finder.geo.points import LonLat
from finder.notices.edition import Edition
from finder.notices.pack import AROUND_M, MOST_IN_ALL, SIGHT_M, Pack, PackDesk
from finder.privacy.receipts import ReceiptKey, ReceiptType
from tests.notices.made_fences import HELSINKI, a_facility, a_fence

WGS84 = Geod(ellps="WGS84")
NOW = datetime(2026, 11, 23, 20, 7, 31, tzinfo=UTC)
CELL = h3.latlng_to_cell(HELSINKI.lat, HELSINKI.lon, 7)
PLACES = (HELSINKI, LonLat(-117.04, 32.53), LonLat(179.999, -17.0), LonLat(-179.9999, 65.0), LonLat(0.0, 0.0), LonLat(15.0, 78.2))


class Book:
    """Hands out one edition."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition

    def current(self) -> Edition:
        return self.edition


def edition_of(fences: Sequence[Fence]) -> Edition:
    facilities = {one.facility_id: a_facility(0, id=one.facility_id) for one in fences}
    return Edition(fences, facilities, {"harbour": "Harbour Clinics"})


def desk_of(fences: Sequence[Fence], now: datetime = NOW) -> PackDesk:
    return PackDesk(Book(edition_of(fences)), msgspec.json.encode, lambda: now)


def away(place: LonLat, azimuth_deg: float, distance_m: float) -> LonLat:
    lon, lat, _ = WGS84.fwd(*place, azimuth_deg, distance_m)
    return LonLat(float(lon), float(lat))


def haversine_m(a: LonLat, b: LonLat) -> float:
    """As a device measures: on a sphere."""
    lat, other = math.radians(a.lat), math.radians(b.lat)
    half_lat, half_lon = (other - lat) / 2, math.radians(b.lon - a.lon) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat) * math.cos(other) * math.sin(half_lon) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))


def holds(shape: Circle | Outline, place: LonLat) -> bool:
    """By PROJ and by GEOS."""
    if isinstance(shape, Circle):
        return float(WGS84.inv(*shape.centre, *place)[2]) <= shape.radius_m
    area = area_of(shape.polygons)
    return any(bool(shapely.covers(area, shapely.Point(place.lon + turn, place.lat))) for turn in (-360.0, 0.0, 360.0))


@st.composite
def fences_around(draw: st.DrawFn, place: LonLat) -> list[Fence]:
    random = draw(st.randoms(use_true_random=False))
    spread_m = draw(st.sampled_from([500.0, 3_000.0, 20_000.0, 70_000.0]))
    largest_m = draw(st.sampled_from([100.0, 1_000.0, 20_000.0]))
    fences: list[Fence] = []
    for number in range(draw(st.integers(0, 60))):
        middle = away(place, random.uniform(0.0, 360.0), spread_m * random.random() ** 2)
        radius_m = random.uniform(5.0, largest_m)
        shape: Circle | Outline = Circle(centre=middle, radius_m=radius_m)
        if number % 2:
            corners = [away(middle, 60.0 * corner, radius_m * random.uniform(0.4, 1.0)) for corner in range(6)]
            shape = Outline(polygons=(((*corners, corners[0]),),))
        fences.append(a_fence(number, shape=shape))
    return fences


def asked(desk: PackDesk, cell: str, limit: int) -> tuple[Pack, list[str]]:
    """The pack that a device has in the end, and all fences it knows: it asks on until none is missing in its cell."""
    pack = desk.pack(cell, limit)
    known = [one.id for one in pack.fences]
    while not pack.covers_cell and pack.next is not None:
        pack = desk.pack(cell, limit, pack.next)
        known += [one.id for one in pack.fences]
    return pack, known


@given(st.data(), st.sampled_from(PLACES), st.sampled_from([1, 5, 20, 100]))
@settings(deadline=None, max_examples=40)
def test_where_a_device_need_not_ask_again_it_knows_every_fence(data: st.DataObject, place: LonLat, limit: int) -> None:
    fences = data.draw(fences_around(place))
    cell = h3.latlng_to_cell(place.lat, place.lon, 7)
    pack, known = asked(desk_of(fences), cell, limit)
    assert pack.covers_cell
    assert len(known) == len(set(known))
    assert 0 <= pack.ask_again_m <= AROUND_M
    assert pack.ask_again_m + pack.sight_m + pack.cell_radius_m <= AROUND_M
    random = data.draw(st.randoms(use_true_random=False))
    farthest_m = pack.cell_radius_m + pack.ask_again_m
    # Anywhere there, at its rim, at corners of the cell and in the middle of each fence.
    places = [away(pack.centre, random.uniform(0, 360), farthest_m * random.random()) for _ in range(30)]
    places += [away(pack.centre, random.uniform(0, 360), farthest_m * 1.004) for _ in range(20)]
    places += [LonLat(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]
    places += [
        away(one.shape.centre, random.uniform(0, 360), one.shape.radius_m) for one in fences if isinstance(one.shape, Circle)
    ]
    for here in places:
        if haversine_m(pack.centre, here) <= farthest_m or h3.latlng_to_cell(here.lat, here.lon, 7) == cell:
            assert {one.id for one in fences if holds(one.shape, here)} <= set(known)


@given(st.data(), st.sampled_from(PLACES))
@settings(deadline=None, max_examples=30)
def test_nobody_who_need_not_ask_again_is_surprised_by_a_fence_ahead(data: st.DataObject, place: LonLat) -> None:
    fences = data.draw(fences_around(place))
    pack, known = asked(desk_of(fences), h3.latlng_to_cell(place.lat, place.lon, 7), 20)
    random = data.draw(st.randoms(use_true_random=False))
    here = away(pack.centre, random.uniform(0, 360), (pack.cell_radius_m + pack.ask_again_m) * random.random())
    for one in fences:
        if isinstance(one.shape, Circle) and one.id not in known:
            assert float(WGS84.inv(*one.shape.centre, *here)[2]) - one.shape.radius_m >= pack.sight_m


def test_in_the_whole_cell_is_whoever_has_its_radius() -> None:
    for place in PLACES:
        cell = h3.latlng_to_cell(place.lat, place.lon, 7)
        pack = desk_of([]).pack(cell, 20)
        for lat, lon in h3.cell_to_boundary(cell):
            assert float(WGS84.inv(*pack.centre, lon, lat)[2]) <= pack.cell_radius_m
        assert (pack.fences, pack.next, pack.covers_cell, pack.sight_m) == ([], None, True, SIGHT_M)
        assert pack.ask_again_m > 40_000


def test_where_the_law_is_still_asked_about_a_fence_in_sight_there_is_no_pack() -> None:
    wanted = list[set[str]]()
    lat, lon = h3.cell_to_latlng(CELL)
    centre = LonLat(lon, lat)
    fences = [a_fence(n, shape=Circle(centre=away(centre, 90.0, 1_000.0 * n), radius_m=100.0)) for n in range(6)]
    facilities = {one.facility_id: a_facility(0, id=one.facility_id) for one in fences}

    def desk(*awaited: int) -> PackDesk:
        known = [one for number, one in enumerate(fences) if number not in awaited]
        left = [fences[number] for number in awaited]
        edition = Edition(
            known, facilities, {"harbour": "Harbour Clinics"}, awaited=left, want=lambda ids: wanted.append(set(ids))
        )
        return PackDesk(Book(edition), msgspec.json.encode, lambda: NOW)

    with pytest.raises(NotReady, match="in a few seconds"):
        desk(1, 4).pack(CELL, 3)
    assert [one.id for one in desk(4).pack(CELL, 3).fences] == [one.id for one in fences[:3]]  # beyond what a pack of three knows
    with pytest.raises(NotReady):
        desk(4).pack(CELL, 20)
    assert wanted == [{fences[1].facility_id, fences[4].facility_id}, {fences[4].facility_id}]


def test_the_packs_of_a_crowded_cell_follow_one_another() -> None:
    crowd = [
        a_fence(number, shape=Circle(centre=away(HELSINKI, 7.0 * number, 3.0 * number), radius_m=20.0)) for number in range(250)
    ]
    desk = desk_of(crowd)
    first = desk.pack(CELL, 100)
    assert (len(first.fences), first.after, first.next, first.covers_cell, first.ask_again_m) == (100, 0, 100, False, 0)
    second, third = desk.pack(CELL, 100, 100), desk.pack(CELL, 100, 200)
    assert (second.after, second.next) == (100, 200)
    assert (len(third.fences), third.next, third.covers_cell) == (50, None, True)
    ids = [one.id for pack in (first, second, third) for one in pack.fences]
    assert sorted(ids) == [one.id for one in crowd]
    edge_m = {one.id: float(WGS84.inv(*first.centre, *one.shape.centre)[2]) for one in crowd if isinstance(one.shape, Circle)}
    assert [edge_m[id_] for id_ in ids] == pytest.approx(sorted(edge_m.values()), abs=0.01)


def test_what_a_pack_says_of_a_fence() -> None:
    wishes = (
        Wish(trigger=Trigger.DWELL, dwell_s=300.0, texts={"en": "Bring your card to {facility}."}),
        Wish(trigger=Trigger.APPROACH, eta_s=600.0, texts={"en": "Use {entrance}.", "es": "Use {entrance}."}),
    )
    one = a_fence(
        wishes=wishes,
        windows="Mo-Fr 08:00-16:00,23:00-24:00",
        quiet_hours="22:00-07:00",
        expires_on=date(2026, 11, 30),
        once_per_visit=False,
    )
    pack = desk_of([one]).pack(CELL, 20)
    assert (pack.version, pack.cell) == (1, CELL)
    assert datetime.fromtimestamp(pack.made_at, UTC) == datetime(2026, 11, 23, 20, tzinfo=UTC)
    assert datetime.fromtimestamp(pack.holds_until, UTC) == datetime(2026, 11, 24, 2, tzinfo=UTC)
    (told,) = msgspec.json.decode(msgspec.json.encode(pack))["fences"]

    def seconds(*moments: datetime) -> list[int]:
        return [int(at.timestamp()) for at in moments]

    day = datetime(2026, 11, 24, tzinfo=UTC)  # Helsinki is two hours ahead
    assert told == {
        "id": "fence000000",
        "facility": {"id": "clinic0", "name": "Clinic 0"},
        "from": "Harbour Clinics",
        "shape": {"type": "circle", "centre": list(HELSINKI), "radius_m": 50.0},
        "shape_off_m": 0.0,
        "wishes": [
            {
                "trigger": "dwell",
                "dwell_s": 300.0,
                "texts": {language: {"title": "Clinic 0", "body": "Bring your card to Clinic 0."} for language in ("en", "es")},
            },
            {
                "trigger": "approach",
                "eta_s": 600.0,
                "texts": {
                    "en": {"title": "Clinic 0", "body": "Use the entrance."},
                    "es": {"title": "Clinic 0", "body": "Use la entrada."},
                },
            },
        ],
        "listens": [seconds(day - timedelta(hours=3), day - timedelta(hours=2))],
        "quiet": [seconds(day - timedelta(hours=4), day + timedelta(hours=2))],
        "once_per_visit": False,
        "most_per_day": 3,
        "expires_at": seconds(datetime(2026, 11, 30, 22, tzinfo=UTC))[0],
    }


def test_an_outline_of_very_many_corners_has_fewer_for_a_device_and_says_how_far_it_is_off() -> None:
    ring = [away(HELSINKI, 360.0 * corner / 700, 200.0 + 0.3 * (corner % 2)) for corner in range(700)]
    one = a_fence(shape=Outline(polygons=(((*ring, ring[0]),),), level=2.0))
    (packed,) = desk_of([one]).pack(CELL, 20).fences
    assert isinstance(packed.shape, Outline)
    assert packed.shape.level == 2.0
    assert len(packed.shape.polygons[0][0]) < 80
    for corner in ring:
        edge = shapely.Polygon(packed.shape.polygons[0][0]).exterior
        near = edge.interpolate(edge.project(shapely.Point(corner)))
        assert float(WGS84.inv(*corner, near.x, near.y)[2]) <= packed.shape_off_m * 1.5  # degrees are not square here
    few = a_fence(shape=Outline(polygons=((tuple(ring[::100] + ring[:1]),),)))
    assert desk_of([few]).pack(CELL, 20).fences[0].shape == few.shape


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "87",
        CELL.upper(),
        h3.cell_to_parent(CELL, 6),
        h3.cell_to_center_child(CELL, 8),
        "87ffffffffffffff",
        f"0{CELL}",
        "ñ" * 15,
    ],
)
def test_what_is_no_cell_of_resolution_7_is_refused(cell: str) -> None:
    with pytest.raises(BadInput, match="resolution 7") as refused:
        desk_of([]).pack(cell, 20)
    assert not cell or cell not in str(refused.value).split()


@pytest.mark.parametrize(("limit", "after"), [(0, 0), (101, 0), (20, -1), (20, MOST_IN_ALL + 1)])
def test_numbers_out_of_bounds_are_refused(limit: int, after: int) -> None:
    with pytest.raises(BadInput, match="limit"):
        desk_of([]).pack(CELL, limit, after)


# ---- signed


def opened(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verified(body: bytes, keys: dict[str, Any]) -> dict[str, Any]:
    """The payload, by RFC 7515, 5.2, and RFC 8037 alone: no library for JWS is asked."""
    told = json.loads(body)
    assert set(told) == {"payload", "protected", "signature"}
    header = json.loads(opened(told["protected"]))
    assert (header["alg"], header["typ"]) == ("Ed25519", "fence-pack+jws")
    (key,) = [key for key in keys["keys"] if key["kid"] == header["kid"]]
    signed = f"{told['protected']}.{told['payload']}".encode("ascii")
    Ed25519PublicKey.from_public_bytes(opened(key["x"])).verify(opened(told["signature"]), signed)
    return json.loads(opened(told["payload"]))


def signing_desk(folder: Path, book: Book, clock: list[datetime]) -> tuple[PackDesk, ReceiptKey]:
    key = ReceiptKey(folder)
    return PackDesk(book, lambda claims: key.sign_as_json(claims, ReceiptType.FENCES), lambda: clock[0]), key


def test_a_pack_is_verified_with_the_published_key(tmp_path: Path) -> None:
    desk, key = signing_desk(tmp_path, Book(edition_of([a_fence()])), [NOW])
    signed = desk.signed(CELL, 20)
    pack = verified(signed.body, key.public_keys())
    assert pack.pop("iss").startswith("urn:ietf:params:oauth:jwk-thumbprint:sha-256:")
    assert pack == msgspec.json.decode(msgspec.json.encode(desk.pack(CELL, 20)))
    told = json.loads(signed.body)
    other = opened(told["payload"]).replace(b'"radius_m":50.0', b'"radius_m":90.0')
    forged = told | {"payload": base64.urlsafe_b64encode(other).decode().rstrip("=")}
    assert forged["payload"] != told["payload"]
    with pytest.raises(InvalidSignature):
        verified(json.dumps(forged).encode(), key.public_keys())


def test_the_same_pack_has_the_same_etag_for_everybody_and_another_one_another(tmp_path: Path) -> None:
    clock, one, other = [NOW], a_fence(0), a_fence(1)
    book = Book(edition_of([one]))
    desk, _ = signing_desk(tmp_path, book, clock)
    colleague, _ = signing_desk(tmp_path, Book(edition_of([one])), clock)  # another worker
    first = desk.signed(CELL, 20)
    assert desk.signed(CELL, 20) == colleague.signed(CELL, 20) == first
    assert desk.signed(CELL, 21) == first  # the same fences
    clock[0] = NOW + timedelta(minutes=7)
    assert desk.signed(CELL, 20) == first
    book.edition = edition_of([one, other])
    second = desk.signed(CELL, 20)
    assert second.etag != first.etag
    clock[0] = NOW + timedelta(minutes=8)
    later = desk.signed(CELL, 20)
    assert later.etag != second.etag
    assert (
        json.loads(opened(json.loads(later.body)["payload"]))["made_at"] == datetime(2026, 11, 23, 20, 15, tzinfo=UTC).timestamp()
    )
