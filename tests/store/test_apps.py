"""Applications, grants, tokens: a secret serves once, what ends ends at once, nothing outlives its time; on both databases."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, Engine, event, func, select, text

from finder.domain.admin import Action, Actor
from finder.domain.apps import App, AppGrant, AppScope, AppToken, HeldToken, TokenKind
from finder.domain.consent import Act, ConsentEntry, Purpose, Subject, Via
from finder.errors import ErasedMeanwhile, NotFound, NotReady
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.app_tables import APP_GRANT, APP_TOKEN
from finder.store.apps import AppStore, entering, erase_grants, new_id, sweep_app_grants, sweep_app_tokens
from finder.store.audit import AuditLog
from finder.store.consents import ConsentLedger
from finder.store.personal import open_personal_engine

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ONE, OTHER = Subject("0a1" + "0" * 61), Subject("fff" + "0" * 61)
ADMIN = Actor("cli:maria")
APP = App(
    id="a" * 16,
    name="Médico amigo",
    homepage="https://amigo.example/",
    contact="hola@amigo.example",
    redirect_uris=("https://amigo.example/back", "com.example.amigo:/back"),
    scopes=(AppScope.PLACES_READ, AppScope.CONSENTS_READ),
    created_at=NOW,
)
YES = ConsentEntry(
    subject=ONE,
    act=Act.GRANTED,
    at=NOW,
    via=Via.WEB,
    purpose=Purpose.DISCLOSURE,
    policy_version=date(2026, 11, 23),
    language="es",
    text_sha256="d1ce57ed" * 8,
    expires_at=NOW + timedelta(days=365),
)
MOVES = 6


def grant_of(subject: Subject = ONE, **more: Any) -> AppGrant:
    values: dict[str, Any] = {
        "id": new_id(),
        "subject": subject,
        "app_id": APP.id,
        "scopes": (AppScope.PLACES_READ,),
        "granted_at": NOW,
        "expires_at": NOW + timedelta(days=90),
        "consent_seq": 0,
        "receipt": "e30.e30.AA",
    }
    return AppGrant(**values | more)


def token_of(grant: AppGrant, kind: TokenKind = TokenKind.CODE, **more: Any) -> AppToken:
    values: dict[str, Any] = {
        "secret_sha256": new_id() * 4,
        "grant_id": grant.id,
        "kind": kind,
        "scopes": grant.scopes,
        "expires_at": NOW + timedelta(minutes=10),
        "wrapped_key": b"\x01sealed",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" if kind is TokenKind.CODE else None,
        "redirect_uri": APP.redirect_uris[0] if kind is TokenKind.CODE else None,
    }
    return AppToken(**values | more)


@pytest.fixture
def apps(store: Store, store_url: str) -> Iterator[AppStore]:
    """Of a migrated store with one application."""
    with AppStore.open(store_url) as opened:
        opened.add(APP, by=ADMIN)
        yield opened


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    engine = open_personal_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(store_url: str, tmp_path: Path) -> Iterator[ConsentLedger]:
    with ConsentLedger.open(store_url, tmp_path / "revisions") as opened:
        yield opened


def held(apps: AppStore, token: AppToken) -> HeldToken:
    found = apps.held(token.secret_sha256)
    assert found is not None
    return found


def entered(apps: AppStore, subject: Subject = ONE, **more: Any) -> tuple[AppGrant, AppToken]:
    grant = grant_of(subject, **more)
    code = token_of(grant)
    with short_write(apps._engine) as connection:
        entering(grant, code, since=0)(connection, grant.consent_seq)
    return grant, code


def rows(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        grants, tokens = (
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (APP_GRANT, APP_TOKEN)
        )
    return grants, tokens


def test_what_is_entered_comes_back(apps: AppStore, store_url: str) -> None:
    grant, code = entered(apps)
    assert apps.list() == [APP]
    assert apps.find(APP.id) == APP
    assert apps.find("b" * 16) is None
    assert held(apps, code) == HeldToken(code, grant, APP)
    assert apps.held("0" * 64) is None
    assert apps.grants_of(ONE) == [(grant, APP)]
    assert apps.grants_of(OTHER) == []
    with AuditLog.open(store_url) as audit:
        [entry] = audit.page(limit=5)
    assert (entry.action, entry.actor, entry.outcome) == (Action.APP_ADD, ADMIN, "done: places.read, consents.read")
    assert APP.id in entry.subject


def test_a_code_is_exchanged_once(apps: AppStore) -> None:
    grant, code = entered(apps)
    made = [token_of(grant, kind) for kind in (TokenKind.ACCESS, TokenKind.REFRESH)]
    before = held(apps, code)
    assert apps.exchange(before, made, at=NOW)
    assert not apps.exchange(before, [token_of(grant, TokenKind.ACCESS)], at=NOW)
    used = held(apps, code).token
    assert used.used_at == NOW
    assert used.wrapped_key is None  # a code that was used opens nothing, even for who had it
    assert [held(apps, token).token for token in made] == made


def test_of_many_at_once_one_gets_the_tokens(apps: AppStore) -> None:
    grant, code = entered(apps)
    before, won = held(apps, code), []
    start = threading.Barrier(MOVES)

    def move() -> None:
        start.wait()
        won.append(apps.exchange(before, [token_of(grant, TokenKind.ACCESS)], at=NOW))

    threads = [threading.Thread(target=move) for _ in range(MOVES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * (MOVES - 1) + [True]


def test_what_is_revoked_is_exchanged_no_more_and_has_no_keys(apps: AppStore) -> None:
    grant, code = entered(apps)
    before = held(apps, code)
    apps.revoke(ONE, grant.id, at=NOW)
    assert not apps.exchange(before, [token_of(grant, TokenKind.ACCESS)], at=NOW)
    assert held(apps, code).token.wrapped_key is None
    assert held(apps, code).grant.revoked_at == NOW
    apps.revoke(ONE, grant.id, at=NOW + timedelta(days=1))
    assert held(apps, code).grant.revoked_at == NOW


def test_nobody_revokes_what_another_granted(apps: AppStore) -> None:
    grant, code = entered(apps)
    for subject, grant_id in ((OTHER, grant.id), (ONE, "b" * 16)):
        with pytest.raises(NotFound, match="me/grants"):
            apps.revoke(subject, grant_id, at=NOW)
    assert held(apps, code).grant.revoked_at is None


def test_letting_an_app_in_anew_ends_what_was_before(apps: AppStore) -> None:
    other_app = msgspec.structs.replace(APP, id="c" * 16)
    apps.add(other_app, by=ADMIN)
    first, _ = entered(apps)
    elsewhere, _ = entered(apps, app_id=other_app.id)
    of_other, _ = entered(apps, OTHER)
    later = NOW + timedelta(hours=1)
    second, _ = entered(apps, granted_at=later)
    ended = {grant.id: grant.revoked_at for subject in (ONE, OTHER) for grant, _ in apps.grants_of(subject)}
    assert ended == {first.id: later, elsewhere.id: None, of_other.id: None, second.id: None}
    assert apps.grants_of(ONE)[0][0] == second  # newest first


def test_all_of_a_person_end_together(apps: AppStore) -> None:
    other_app = msgspec.structs.replace(APP, id="c" * 16)
    apps.add(other_app, by=ADMIN)
    mine = [entered(apps)[1], entered(apps, app_id=other_app.id)[1]]
    _, of_other = entered(apps, OTHER)
    assert apps.revoke_all(ONE, at=NOW) == 2
    assert [held(apps, code).grant.revoked_at for code in mine] == [NOW, NOW]
    assert held(apps, of_other).grant.revoked_at is None
    assert apps.revoke_all(ONE, at=NOW) == 0


def test_disabling_an_app_ends_all_that_it_was_granted(apps: AppStore, store_url: str) -> None:
    codes = [entered(apps, subject)[1] for subject in (ONE, OTHER)]
    disabled = apps.disable(APP.id, at=NOW, by=ADMIN)
    assert disabled == msgspec.structs.replace(APP, disabled_at=NOW)
    assert [held(apps, code).grant.revoked_at for code in codes] == [NOW, NOW]
    assert apps.disable(APP.id, at=NOW + timedelta(days=1), by=ADMIN).disabled_at == NOW
    with AuditLog.open(store_url) as audit:
        disabling, _adding = audit.page(limit=5)
        assert (disabling.action, disabling.outcome) == (Action.APP_DISABLE, "done: 2 grants ended")
    with pytest.raises(NotFound, match="apps list"):
        apps.disable("b" * 16, at=NOW, by=ADMIN)


def test_a_later_no_ends_a_grant_for_good_and_a_later_yes_does_not_bring_it_back(
    apps: AppStore, store_url: str, tmp_path: Path
) -> None:
    yes = YES
    with ConsentLedger.open(store_url, tmp_path / "revisions") as ledger:
        seq = ledger.append(yes)
        ledger.append(msgspec.structs.replace(yes, subject=OTHER))
        ledger.append(msgspec.structs.replace(yes, purpose=Purpose.SEARCH))
        grant = grant_of(consent_seq=seq)
        ledger.append(yes)
        ledger.revoke(OTHER, Purpose.DISCLOSURE, at=NOW, via=Via.WEB)
        ledger.revoke(ONE, Purpose.SEARCH, at=NOW, via=Via.WEB)
        assert not apps.is_taken_back(grant)
        ledger.revoke(ONE, Purpose.DISCLOSURE, at=NOW, via=Via.WEB)
        assert apps.is_taken_back(grant)
        later = grant_of(consent_seq=ledger.append(yes))
        assert apps.is_taken_back(grant)
        assert not apps.is_taken_back(later)
        ledger.append(msgspec.structs.replace(yes, act=Act.REFUSED, expires_at=None))
        assert apps.is_taken_back(later)
        later = grant_of(consent_seq=ledger.append(yes))
        ledger.erase(OTHER, at=NOW, via=Via.WEB)
        assert not apps.is_taken_back(later)
        ledger.erase(ONE, at=NOW, via=Via.WEB)
        ledger.append(yes)
        assert apps.is_taken_back(later)


def test_a_grant_is_entered_with_its_line_or_neither_is(apps: AppStore, engine: Engine, ledger: ConsentLedger) -> None:
    grant = grant_of()
    seq = ledger.append(YES, beside=entering(grant, token_of(grant), since=apps.last_erasure(ONE)))
    assert apps.grants_of(ONE) == [(msgspec.structs.replace(grant, consent_seq=seq), APP)]
    since = apps.last_erasure(ONE)
    ledger.erase(ONE, at=NOW, via=Via.WEB, also=[erase_grants])
    late = grant_of()
    with pytest.raises(ErasedMeanwhile):
        ledger.append(YES, beside=entering(late, token_of(late), since=since))
    assert rows(engine) == (0, 0)
    assert [line.act for line in ledger.entries(ONE)] == [Act.ERASED]
    ledger.append(YES, beside=entering(late, token_of(late), since=apps.last_erasure(ONE)))  # asked for after the erasure
    assert rows(engine) == (1, 1)


def test_an_erasure_waits_for_a_grant_that_is_being_entered(postgis_url: str, tmp_path: Path) -> None:
    with Store.open(postgis_url) as store:
        store.migrate()
    with (
        AppStore.open(postgis_url) as apps,
        ConsentLedger.open(postgis_url, tmp_path / "here") as here,
        # Of another machine, whose file of revisions makes nobody wait here.
        ConsentLedger.open(postgis_url, tmp_path / "there") as there,
    ):
        apps.add(APP, by=ADMIN)
        grant = grant_of()
        enter = entering(grant, token_of(grant), since=0)
        erasing = threading.Thread(target=lambda: there.erase(ONE, at=NOW, via=Via.WEB, also=[erase_grants]))

        def slowly(connection: Connection, seq: int) -> None:
            erasing.start()
            erasing.join(0.5)
            assert erasing.is_alive()
            enter(connection, seq)

        here.append(YES, beside=slowly)
        erasing.join(10)
        assert apps.grants_of(ONE) == []
        assert [line.act for line in here.entries(ONE)] == [Act.ERASED]


def test_an_app_is_disabled_while_its_people_erase_what_they_gave(postgis_url: str) -> None:
    """The two want the same rows: in one order, so that neither is torn away for the other's sake."""
    with Store.open(postgis_url) as store:
        store.migrate()
    with AppStore.open(postgis_url) as apps:
        apps.add(APP, by=ADMIN)
        entered(apps)
        erasing_engine, failed = open_personal_engine(postgis_url), []

        def erase() -> None:
            try:
                with short_write(erasing_engine) as connection:
                    erase_grants(connection, ONE)
            except NotReady as error:
                failed.append(error)

        erasing = threading.Thread(target=erase)

        def has_the_grants(*statement: Any) -> None:
            if statement[2].startswith("UPDATE app_grant"):
                erasing.start()
                erasing.join(0.5)  # so far as it gets

        event.listen(apps._engine, "after_cursor_execute", has_the_grants)
        apps.disable(APP.id, at=NOW, by=ADMIN)
        erasing.join(10)
        erasing_engine.dispose()
        assert failed == []
        assert apps.grants_of(ONE) == []


def test_a_sweep_waits_for_nobody(postgis_url: str) -> None:
    with Store.open(postgis_url) as store:
        store.migrate()
    with AppStore.open(postgis_url) as apps:
        apps.add(APP, by=ADMIN)
        for subject in (ONE, OTHER):
            entered(apps, subject)
        engine, late = open_personal_engine(postgis_url), NOW + timedelta(days=999)
        with short_write(apps._engine) as erasing:
            erase_grants(erasing, ONE)
            with short_write(engine) as connection:
                assert sweep_app_tokens(connection, late) == 1
                assert sweep_app_grants(connection, late) == 1
        assert rows(engine) == (0, 0)
        engine.dispose()


def test_a_grant_lasts_on_while_the_app_comes_and_a_year_at_most(apps: AppStore) -> None:
    grant, code = entered(apps)
    used, at = held(apps, code), NOW
    for days, left in ((1, 90), (80, 90), (80, 90), (80, 90), (60, 64)):
        at += timedelta(days=days)
        made = token_of(grant, TokenKind.REFRESH, expires_at=at + timedelta(days=90))
        assert apps.exchange(used, [made], at=at)
        used = held(apps, made)
        assert used.grant.expires_at == at + timedelta(days=left)
    assert used.grant.expires_at == used.grant.expires_at_latest == NOW + timedelta(days=365)
    refused = held(apps, code)
    assert not apps.exchange(refused, [token_of(grant)], at=NOW)
    assert held(apps, made).grant == used.grant  # a secret that was used lets nothing last on


def test_an_erasure_leaves_nothing_of_a_person(apps: AppStore, engine: Engine) -> None:
    grant, code = entered(apps)
    apps.exchange(held(apps, code), [token_of(grant, kind) for kind in (TokenKind.ACCESS, TokenKind.REFRESH)], at=NOW)
    entered(apps, OTHER)
    with short_write(engine) as connection:
        assert erase_grants(connection, ONE) == 1
        assert erase_grants(connection, ONE) == 0
    assert rows(engine) == (1, 1)
    assert apps.held(code.secret_sha256) is None
    assert not apps.exchange(HeldToken(code, grant, APP), [token_of(grant, TokenKind.ACCESS)], at=NOW)
    assert rows(engine) == (1, 1)


def test_tokens_go_when_their_time_is_over(apps: AppStore, engine: Engine) -> None:
    _, code = entered(apps)
    for before, gone in ((code.expires_at, 0), (code.expires_at + timedelta(microseconds=1), 1), (NOW + timedelta(days=999), 0)):
        with short_write(engine) as connection:
            assert sweep_app_tokens(connection, before) == gone
    assert rows(engine) == (1, 0)


def test_grants_go_when_they_ended_long_ago_however_they_ended(apps: AppStore, engine: Engine) -> None:
    _, live = entered(apps, ONE)
    entered(apps, OTHER, expires_at=NOW + timedelta(days=1))
    revoked, _ = entered(apps, Subject("abc" + "0" * 61))
    apps.revoke(revoked.subject, revoked.id, at=NOW)
    with short_write(engine) as connection:
        assert sweep_app_grants(connection, NOW) == 0
        assert sweep_app_grants(connection, NOW + timedelta(days=2)) == 2
        assert sweep_app_grants(connection, NOW + timedelta(days=2)) == 0
    assert rows(engine) == (1, 1)
    assert held(apps, live).grant.revoked_at is None


def test_the_database_has_no_secret(apps: AppStore, engine: Engine) -> None:
    """The columns are these and no others: whoever adds one must say here why it holds nobody's secret."""
    entered(apps)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT * FROM app_token")).mappings().one()
    assert set(kept) == {
        "secret_sha256",
        "grant_id",
        "kind",
        "scopes",
        "expires_at",
        "used_at",
        "code_challenge",
        "redirect_uri",
        "wrapped_key",
    }
