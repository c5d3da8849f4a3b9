"""Nothing that is written about people outlives its time: not in the tables of either database, not in files, not in logs.

The ledger's database goes by its own clock, which no test turns forward. So what is written here is dated back instead, by the
time that its kind lasts: to whoever reads the clock it is the same.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, func, insert, select, text

from finder.app import sweeper_of
from finder.config import Settings
from finder.domain.statistics import week_of
from finder.http.persons import SESSION_COOKIE
from finder.http.web_log import Visit, WebLog
from finder.privacy.retention import KINDS, Kind, Where, kinds
from finder.store import Store
from finder.store.admin_tables import API_KEY, AUDIT
from finder.store.app_tables import APP, APP_GRANT, APP_TOKEN
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.delivery_tables import DELIVERY, SENT_MESSAGE
from finder.store.fence_tables import NOTICE_LOG
from finder.store.mail_requests_tables import MAIL_REQUEST
from finder.store.personal import open_personal_engine
from finder.store.saved_places_tables import SAVED_PLACE
from finder.store.search_count_tables import SEARCH_COUNT, SEARCH_WAITING, SEARCH_WEEK
from finder.store.tables import METADATA
from finder.store.visit_tables import NOTICE, PUSH_SUBSCRIPTION, VISIT
from finder.web.preferences import PREFERENCES_COOKIE
from finder.web.static_files import STATIC_DIR
from tests.store.test_ledger_sweep import row

MARK = "5eed" * 16
DAY = timedelta(days=1)
SWEPT = [kind for kind in KINDS if kind.is_swept]
GRAIN = {
    "saved-places": DAY,
    "mail-requests": DAY,
    "push-subscriptions": DAY,
    "notice-log": DAY,
    "web-log": DAY,
    "statistics-waiting": 7 * DAY,
}
"""What is told by the day or the week goes by it; all else to the minute."""


class Kept:
    """A data folder with a store, and rows of each kind in it."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings, self.engine = settings, engine

    def write(self, *rows: tuple[Any, dict[str, Any]]) -> None:
        with self.engine.begin() as connection:
            for table, values in rows:
                connection.execute(insert(table).values(values))

    def count(self, kind: Kind) -> int:
        if kind.where is Where.FILES:
            folder = self.settings.data_dir / kind.held_in[0].split("/")[0]
            return sum(path.is_file() for path in folder.rglob("*"))
        with self.engine.connect() as connection:
            tables = [METADATA.tables[name] for name in kind.held_in]
            return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)

    def files_with_the_mark(self) -> list[str]:
        return [path.name for path in self.settings.data_dir.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()]


@pytest.fixture
def kept(store: Store, store_url: str, tmp_path: Path) -> Iterator[Kept]:
    engine = open_personal_engine(store_url)
    yield Kept(Settings(data_dir=tmp_path, database_url=store_url), engine)
    engine.dispose()


WRITERS: dict[str, Callable[[Kept, datetime], None]] = {}


def writes(kind_id: str) -> Callable[[Callable[[Kept, datetime], None]], Callable[[Kept, datetime], None]]:
    """The function writes rows of a kind whose time is counted from a moment."""

    def entered(function: Callable[[Kept, datetime], None]) -> Callable[[Kept, datetime], None]:
        WRITERS[kind_id] = function
        return function

    return entered


@writes("consents")
def write_consents(kept: Kept, at: datetime) -> None:
    from finder.domain.consent import Act, Purpose

    of = {"subject": MARK}
    rows = [
        row(Act.GRANTED, at - 100 * DAY, at + 265 * DAY, Purpose.SEARCH, **of),
        row(Act.REVOKED, at, purpose=Purpose.SEARCH, **of),
        row(Act.GRANTED, at - 365 * DAY, at, Purpose.INDOOR, **of),
        row(Act.REFUSED, at, purpose=Purpose.NOTICES, **of),
    ]
    kept.write(*((CONSENT_ENTRY, each) for each in rows))


@writes("erasures")
def write_erasure(kept: Kept, at: datetime) -> None:
    from finder.domain.consent import Act

    kept.write((CONSENT_ENTRY, row(Act.ERASED, at, subject=MARK)))


@writes("saved-places")
def write_place(kept: Kept, at: datetime) -> None:
    sealed = {"id": MARK[:24], "subject": MARK, "sealed": MARK.encode()}
    kept.write((SAVED_PLACE, {**sealed, "saved_on": at.date() - 90 * DAY, "used_on": at.date()}))


@writes("app-grants")
def write_grant(kept: Kept, at: datetime) -> None:
    grant = {"subject": MARK, "app_id": "app", "scopes": [], "granted_at": at - 9 * DAY, "consent_seq": 1, "receipt": MARK}
    app = {"id": "app", "name": "App", "homepage": "", "contact": "", "redirect_uris": [], "scopes": [], "created_at": at - DAY}
    kept.write(
        (APP, app),
        (APP_GRANT, {**grant, "id": "revoked", "expires_at": at + 90 * DAY, "revoked_at": at}),
        (APP_GRANT, {**grant, "id": "ended", "expires_at": at}),
    )


@writes("app-tokens")
def write_tokens(kept: Kept, at: datetime) -> None:
    token = {"grant_id": "none", "scopes": [], "wrapped_key": MARK.encode(), "expires_at": at}
    for kind in ("code", "access", "refresh"):
        kept.write((APP_TOKEN, {**token, "secret_sha256": kind + MARK, "kind": kind}))


@writes("statistics-waiting")
def write_waiting(kept: Kept, at: datetime) -> None:
    week = week_of(at) - 7 * DAY
    waiting = {"week": week, "who": MARK.encode(), "cell": "8729a1000ffffff", "specialty": "cardiology"}
    kept.write((SEARCH_WEEK, {"week": week, "key": MARK.encode()}), (SEARCH_WAITING, waiting))


@writes("visits")
def write_visit_armed(kept: Kept, at: datetime) -> None:
    visit = {"id": "1", "subject": MARK, "sealed": MARK.encode(), "state": MARK.encode(), "version": 1}
    notice = {"id": "1", "visit_id": "1", "subject": MARK, "key": "k", "sealed": MARK.encode(), "is_seen": True}
    kept.write((VISIT, {**visit, "armed_at": at - timedelta(hours=9), "ends_at": at}), (NOTICE, notice))


@writes("push-subscriptions")
def write_subscription(kept: Kept, at: datetime) -> None:
    kept.write((PUSH_SUBSCRIPTION, {"id": "1", "subject": MARK, "sealed": MARK.encode(), "used_on": at.date()}))


@writes("deliveries")
def write_delivery(kept: Kept, at: datetime) -> None:
    waiting = {"id": "1", "channel": "push", "target": MARK, "headers": {}, "body": MARK.encode(), "subject": MARK, "attempts": 3}
    kept.write((DELIVERY, {**waiting, "next_at": at - timedelta(hours=1), "gives_up_at": at}))


@writes("sent-messages")
def write_sent_message(kept: Kept, at: datetime) -> None:
    kept.write((SENT_MESSAGE, {"id": "1", "target": MARK, "at": at}))


@writes("notice-log")
def write_notice_log(kept: Kept, at: datetime) -> None:
    counted = {"tenant": MARK, "fence_id": MARK, "trigger": "enter", "outcome": "sent", "reason": "told", "count": 1}
    kept.write((NOTICE_LOG, {**counted, "day": at.date()}))


@writes("mail-requests")
def write_request(kept: Kept, at: datetime) -> None:
    answered = {"answered_on": at.date(), "outcome": "done", "received_on": at.date() - 9 * DAY, "due_on": at.date()}
    kept.write((MAIL_REQUEST, {"kind": "access", "law": "mexico", "reference": MARK, "subject": MARK, **answered}))


@writes("web-log")
def write_visit(kept: Kept, at: datetime) -> None:
    log = WebLog(kept.settings.web_log_dir)
    log.write(Visit(time="", method="GET", route=MARK, status=200, ms=1), at)
    log.close()


@writes("admin-audit")
def write_audit(kept: Kept, at: datetime) -> None:
    kept.write((AUDIT, {"at": at, "actor": MARK, "key_id": None, "action": "load", "subject": MARK, "outcome": "done"}))


@writes("admin-keys")
def write_keys(kept: Kept, at: datetime) -> None:
    key = {"name": MARK, "secret_hash": MARK, "scopes": [], "created_at": at - 9 * DAY}
    kept.write((API_KEY, {**key, "id": "1", "revoked_at": at}), (API_KEY, {**key, "id": "2", "expires_at": at}))


@writes("uploads")
def write_uploads(kept: Kept, at: datetime) -> None:
    from finder.api.admin import UploadShelf

    shelf = UploadShelf(kept.settings.uploads_dir)
    with shelf.receiving("a.csv") as (upload_id, receiving):
        receiving.write(MARK.encode())
    record = shelf.root / upload_id / "upload.json"
    upload = msgspec.structs.replace(shelf.get(upload_id), created_at=at)
    record.write_bytes(msgspec.json.encode(upload))


def test_every_kind_that_is_swept_has_a_row_here() -> None:
    assert {kind.id for kind in SWEPT} == set(WRITERS)


@pytest.mark.parametrize("kind", SWEPT, ids=lambda kind: kind.id)
def test_nothing_is_left_beyond_its_time(kind: Kind, kept: Kept) -> None:
    assert kind.lasts is not None
    grain = GRAIN.get(kind.id, timedelta(minutes=1))
    WRITERS[kind.id](kept, datetime.now(UTC) - kind.lasts - grain)
    written = kept.count(kind)
    assert written
    with sweeper_of(kept.settings) as sweeper:
        would = {each.kind.id: each.removed for each in sweeper.rehearse()}
        assert kept.count(kind) == written
        assert would.pop(kind.id)
        assert not any(would.values()), "another kind takes it away"
        told: list[tuple[str, int]] = []
        swept = sweeper.sweep(lambda of, removed: told.append((of.id, removed)))
    assert [each.problem for each in swept if each.problem] == []
    assert kept.count(kind) == 0
    assert {each.kind.id for each in swept if each.removed} == {kind.id}
    assert max(removed for of, removed in told if of == kind.id) == next(each.removed for each in swept if each.removed)
    kept.engine.dispose()
    assert kept.files_with_the_mark() == []


@pytest.mark.parametrize("kind", SWEPT, ids=lambda kind: kind.id)
def test_nothing_goes_before_its_time(kind: Kind, kept: Kept) -> None:
    assert kind.lasts is not None
    WRITERS[kind.id](kept, datetime.now(UTC) - kind.lasts + GRAIN.get(kind.id, timedelta(minutes=1)))
    written = kept.count(kind)
    with sweeper_of(kept.settings) as sweeper:
        assert sum(each.removed for each in sweeper.sweep()) == 0
    assert kept.count(kind) == written


def test_no_table_is_forgotten() -> None:
    """Each table is of a kind, or holds nothing that anybody is known by."""
    of_nobody = {
        "alembic_version": "the version of the tables",
        "app": "applications and who runs them",
        "fence": "fences and what they say",
        "fence_revision": "the number of the newest change of a fence",
        "load": "loads, by file and source",
        "revision": "the number of the newest change",
        "source": "sources and their columns",
        "tenant": "who runs places of care",
        "tenant_facility": "which ones",
        "thing_key": "identifiers of facilities and doctors",
        "webhook": "where who runs places of care is told",
    }
    assert set(METADATA.tables) - {table for kind in KINDS for table in kind.held_in} <= set(of_nobody)


def test_what_never_ends_says_why_and_every_kind_speaks_both_languages() -> None:
    assert len({kind.id for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        for words in (kind.what, kind.why, kind.until):
            assert words.en
            assert words.es
            assert words.en != words.es
            assert (words.in_language("es"), words.in_language("en")) == (words.es, words.en)


def test_the_cookies_are_those_that_are_listed_and_last_as_long() -> None:
    listed = {name: kind.lasts for kind in KINDS if kind.where is Where.BROWSER for name in kind.held_in}
    cookies = {name: lasts for name, lasts in listed.items() if "/" not in name}
    assert cookies == {SESSION_COOKIE: None, PREFERENCES_COOKIE: timedelta(days=365)}


def test_what_a_script_keeps_in_the_browser_is_listed() -> None:
    scripts = [path.read_text(encoding="utf-8") for path in (STATIC_DIR / "js").rglob("*.js")]
    kept = {name for text in scripts for name in re.findall(r'const \w+ = "(finder-[a-z-]+)"', text)}
    browser = [name for kind in KINDS if kind.where is Where.BROWSER for name in kind.held_in]
    assert {name.partition("/")[2] for name in browser if "/" in name} == kept
    assert {name.partition("/")[0] for name in browser if "/" in name} == {"localStorage", "sessionStorage", "IndexedDB"}


def test_who_keeps_no_log_of_visits_has_none_left(kept: Kept) -> None:
    settings = msgspec.structs.replace(kept.settings, web_log_days=0)
    write_visit(kept, datetime.now(UTC))
    with sweeper_of(settings) as sweeper:
        assert {each.kind.id: each.removed for each in sweeper.sweep()}["web-log"] == 1
    assert list(settings.web_log_dir.iterdir()) == []
    assert next(kind for kind in kinds(3) if kind.id == "web-log").lasts == 3 * DAY


def test_what_is_swept_on_postgis_is_vacuumed(postgis_url: str, tmp_path: Path) -> None:
    with Store.open(postgis_url) as store:
        store.migrate()
    engine = open_personal_engine(postgis_url)
    kept = Kept(Settings(data_dir=tmp_path, database_url=postgis_url), engine)
    for number in range(50):
        kept.write(
            (AUDIT, {"at": datetime(2020, 1, 1, tzinfo=UTC), "actor": f"{number}", "action": "", "subject": "", "outcome": ""})
        )
    with sweeper_of(kept.settings) as sweeper:
        sweeper.sweep()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_relation_size('audit')")).scalar_one() == 0
    engine.dispose()


def test_a_release_is_about_nobody_and_stays(kept: Kept) -> None:
    kept.write((SEARCH_COUNT, {"week": date(2020, 1, 6), "cell": "8729a1000ffffff", "specialty": "any", "persons": 40}))
    with sweeper_of(kept.settings) as sweeper:
        assert sum(each.removed for each in sweeper.sweep()) == 0
