"""The rights of a person: all is told, each with why and until when; all is erased; nothing is told of anybody else."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import Text, cast, func, select

from finder.domain.admin import Actor
from finder.domain.apps import App, AppGrant, AppScope, AppToken, TokenKind
from finder.domain.consent import Act, ForNotices, Purpose, Subject, Via
from finder.domain.delivery import Channel
from finder.domain.rights import Law, Outcome, RequestKind
from finder.domain.statistics import SearchNote, week_of
from finder.domain.visit import SealedNotice
from finder.errors import BadInput, Conflict, NotFound
from finder.notices.visits import VisitDesk
from finder.privacy.desk import ConsentDesk
from finder.privacy.grants import once
from finder.privacy.mail import MailDesk
from finder.privacy.personal_data import PersonalData
from finder.privacy.places import PlaceSaid
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.receipts import ReceiptKey, ReceiptType
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import Person, new_person
from finder.privacy.subscriptions import BrowserSaid, id_of_browser, sealed_browser
from finder.store.apps import AppStore
from finder.store.consents import ConsentLedger
from finder.store.engine import open_engine
from finder.store.push_subscriptions import PushSubscriptions, SealedSubscription
from finder.store.saved_places import MOST_SAVED_PLACES
from finder.store.search_counts import SearchCounts
from finder.store.tables import METADATA
from finder.store.visits import Visits
from tests.consenting import enter_grant
from tests.notices.delivery.waiting import delivery_of
from tests.notices.visiting import CLINIC, Book, fence
from tests.privacy.conftest import Clock

READ = {"version": CURRENT_POLICY, "language": "es", "via": Via.WEB}
HOME = PlaceSaid(name="Casa", label=None, lat=32.5331, lon=-117.0191, accuracy_m=9.0)
A_YEAR = timedelta(days=365)


class Finder:
    """The desks over one store, whose clock a test moves."""

    def __init__(self, url: str, ledger: ConsentLedger, clock: Clock, folder: Path) -> None:
        self.url, self.clock = url, clock
        self.consents = ConsentDesk(ledger, clock)
        self.receipts = ReceiptKey(folder / "keys")
        self.rights = RightsDesk.open(url, self.consents, self.receipts, clock)
        self.mail = MailDesk(self.rights, clock)

    def with_everything(self) -> Person:
        """A person of whom every table holds something."""
        person = new_person()
        for purpose in (Purpose.SEARCH, Purpose.NOTICES, Purpose.ANALYTICS, Purpose.DISCLOSURE):
            self.consents.say_yes(person.subject, purpose, **READ)
        self.rights.save_place(person, HOME)
        today = self.clock.now.date()
        self.mail.add(RequestKind.ACCESS, Law.MEXICO, received_on=today, reference="2026/1", whose=person.subject, again=True)
        with SearchCounts.open(self.url) as counts:
            note = SearchNote(week=week_of(self.clock.now), subject=person.subject, cell="8729a6d6dffffff", specialty="any")
            assert counts.note([note], at=self.clock.now) == 1
        self.arm(person)
        self.let_in(person)
        return person

    def arm(self, person: Person) -> None:
        """Arm a visit, on which one notice is told."""
        with Visits.open(self.url) as store:
            VisitDesk(store, Book(fence()), clock=self.clock).arm(once(ForNotices, CURRENT_POLICY), person, CLINIC.id)
            [visit] = store.of(person.subject)
            notice = SealedNotice(seq=0, id=person.subject, visit_id=visit.id, subject=person.subject, sealed=b"")
            of = {"subject": person.subject, "notice_id": notice.id, "next_at": self.clock.now, "gives_up_at": visit.ends_at}
            waiting = delivery_of(Channel.PUSH, id=person.subject, **of)
            assert store.advance(visit, b"", {"key": notice}, {"key": [waiting]}, [])
        with PushSubscriptions.open(self.url) as browsers:
            said = BrowserSaid(endpoint="https://push.example/x", p256dh=b"", auth=b"")
            kept = SealedSubscription(
                id=id_of_browser(said.endpoint, person.subject),
                sealed=sealed_browser(said, person.key, person.subject),
                used_on=self.clock.now.date(),
            )
            browsers.put(person.subject, kept, since=browsers.last_erasure(person.subject), at=self.clock.now)

    def let_in(self, person: Person) -> None:
        now = self.clock.now
        app = App(
            id=f"app{person.subject[:13]}",
            name="Diario",
            homepage="https://diario.example",
            contact="hola@diario.example",
            redirect_uris=("https://diario.example/back",),
            scopes=(AppScope.PLACES_READ,),
            created_at=now,
        )
        grant = AppGrant(
            id=f"grant{person.subject[:11]}",
            subject=person.subject,
            app_id=app.id,
            scopes=app.scopes,
            granted_at=now,
            expires_at=now + A_YEAR,
            consent_seq=self.consents.history(person.subject)[-1].seq or 0,
            receipt="signed",
        )
        code = AppToken(
            secret_sha256=person.subject,
            grant_id=grant.id,
            kind=TokenKind.CODE,
            scopes=app.scopes,
            expires_at=now,
            wrapped_key=person.key.wrapped_for("secret"),
        )
        with AppStore.open(self.url) as apps:
            apps.add(app, by=Actor("cli:test"))
        enter_grant(self.url, grant, code)

    def rows_that_hold(self, text: str) -> dict[str, int]:
        """By table: how many cells have ``text`` in them."""
        engine = open_engine(self.url)
        found: dict[str, int] = {}
        with engine.connect() as connection:
            for name, table in METADATA.tables.items():
                for column in table.c:
                    query = select(func.count()).select_from(table).where(cast(column, Text).contains(text))
                    found[name] = found.get(name, 0) + connection.execute(query).scalar_one()
        engine.dispose()
        return {name: count for name, count in found.items() if count}


@pytest.fixture
def finder(store_url: str, ledger: ConsentLedger, clock: Clock, tmp_path: Path) -> Iterator[Finder]:
    made = Finder(store_url, ledger, clock, tmp_path)
    with made.rights:
        yield made


def rows(data: PersonalData) -> dict[str, int]:
    kinds = (
        "consents",
        "saved_places",
        "app_grants",
        "requests",
        "statistics",
        "visits",
        "notices",
        "push_subscriptions",
        "deliveries",
    )
    return {kind: len(getattr(data, kind).rows) for kind in kinds}


def test_all_is_told_with_why_and_until_when(finder: Finder) -> None:
    finder.with_everything()  # somebody else, of whom nothing is told
    person = finder.with_everything()
    now = finder.clock.now
    data = finder.rights.export(person.subject, person.key)
    assert rows(data) == {
        "consents": 4,
        "saved_places": 1,
        "app_grants": 1,
        "requests": 1,
        "statistics": 1,
        "visits": 1,
        "notices": 1,
        "push_subscriptions": 1,
        "deliveries": 1,
    }
    assert (data.subject, data.made_at) == (person.subject, now)
    for kind in (
        data.consents,
        data.saved_places,
        data.app_grants,
        data.requests,
        data.statistics,
        data.visits,
        data.notices,
        data.deliveries,
    ):
        for text in (kind.what, kind.why, kind.until):
            assert text.en
            assert text.es
            assert text.en != text.es
    [place] = data.saved_places.rows
    assert (place.name, place.label, place.lat, place.lon, place.accuracy_m) == ("Casa", None, 32.5331, -117.0191, 9.0)
    assert (place.saved_on, place.used_on, place.until) == (now.date(), now.date(), now.date() + A_YEAR)
    [grant] = data.app_grants.rows
    assert (grant.app, grant.scopes, grant.receipt) == ("Diario", (AppScope.PLACES_READ,), "signed")
    [request] = data.requests.rows
    assert (request.kind, request.due_on, request.until) == (RequestKind.ACCESS, date(2026, 12, 21), None)
    [browser], [waiting] = data.push_subscriptions.rows, data.deliveries.rows
    assert (browser.endpoint, browser.until) == ("https://push.example/x", now.date() + timedelta(days=90))
    assert (waiting.channel, waiting.notice, waiting.until) == (Channel.PUSH, person.subject, data.visits.rows[0].ends_at)
    [visit], [notice] = data.visits.rows, data.notices.rows
    assert (visit.facility, visit.armed_at, visit.until) == (CLINIC.id, now, visit.ends_at + timedelta(days=1))
    assert (notice.title, notice.at, notice.until) == (None, None, visit.until)  # it cannot be opened, which hides nothing else
    [search] = data.statistics.rows
    assert (search.cell, search.until) == ("8729a6d6dffffff", datetime(2026, 11, 30, tzinfo=UTC))
    # What is read and what is downloaded is one thing.
    assert msgspec.json.decode(msgspec.json.encode(data), type=PersonalData) == data


def test_of_who_is_not_there_there_are_no_rows(finder: Finder) -> None:
    finder.with_everything()
    stranger = new_person()
    assert set(rows(finder.rights.export(stranger.subject, stranger.key)).values()) == {0}


def test_each_line_says_when_it_goes(finder: Finder) -> None:
    """A replaced one a year after it was, a yes that stands a year after it expires, the line of an erasure after three."""
    person, desk, clock = new_person(), finder.consents, finder.clock
    desk.say_yes(person.subject, Purpose.SEARCH, **READ)
    finder.rights.erase(person.subject, via=Via.WEB)
    erased_at = clock.now
    clock.forward(days=1)
    first = clock.now
    desk.say_yes(person.subject, Purpose.SEARCH, **READ)
    clock.forward(days=10)
    desk.revoke(person.subject, Purpose.SEARCH, via=Via.WEB)
    revoked_at = clock.now
    desk.say_yes(person.subject, Purpose.NOTICES, **READ)
    clock.forward(days=500)
    desk.say_no(person.subject, Purpose.NOTICES, **READ)
    lines = finder.rights.export(person.subject, None).consents.rows
    assert [line.act for line in lines] == [Act.ERASED, Act.GRANTED, Act.REVOKED, Act.GRANTED, Act.REFUSED]
    assert [line.until for line in lines] == [
        erased_at + 3 * A_YEAR,
        revoked_at + A_YEAR,
        revoked_at + A_YEAR,
        revoked_at + A_YEAR + A_YEAR,  # it ended by itself before it was answered anew
        clock.now + A_YEAR,
    ]
    assert first < revoked_at


def test_all_is_erased_and_a_line_and_a_receipt_stay(finder: Finder) -> None:
    other = finder.with_everything()
    person = finder.with_everything()
    before = finder.rights.export(other.subject, other.key)
    assert finder.rows_that_hold(person.subject).keys() >= {"consent_entry", "saved_place", "app_grant", "mail_request"}
    receipt = finder.rights.erase(person.subject, via=Via.APP)
    assert (receipt.at, receipt.erased) == (finder.clock.now, 12)
    assert finder.rows_that_hold(person.subject) == {"consent_entry": 1}
    after = finder.rights.export(person.subject, person.key)
    assert rows(after) == {
        "consents": 1,
        "saved_places": 0,
        "app_grants": 0,
        "requests": 0,
        "statistics": 0,
        "visits": 0,
        "notices": 0,
        "push_subscriptions": 0,
        "deliveries": 0,
    }
    assert after.consents.rows[0].act is Act.ERASED
    assert finder.rights.export(other.subject, other.key) == before
    assert receipt.signed is not None
    keys = KeySet.import_key_set(finder.receipts.public_keys())
    proved = jws.deserialize_compact(receipt.signed, keys, algorithms=["Ed25519"])
    assert proved.headers()["typ"] == ReceiptType.ERASURE
    claims = msgspec.json.decode(proved.payload)
    [key] = finder.receipts.public_keys()["keys"]
    assert claims == {
        "iss": f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{key['kid']}",
        "erasure": receipt.seq,
        "iat": int(receipt.at.timestamp()),
        "erased": 12,
        "sub": person.subject,
    }


def test_all_is_erased_even_where_nothing_can_be_signed(finder: Finder, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file in the place of the folder")
    person = finder.with_everything()
    assert finder.rights.erase(person.subject, via=Via.APP).signed is None
    assert finder.rows_that_hold(person.subject) == {"consent_entry": 1}


def test_every_table_about_persons_is_erased() -> None:
    """Whoever adds one with a column for the person is reminded here to add its eraser, and to fill it above."""
    about = {name for name, table in METADATA.tables.items() if "subject" in table.c or "who" in table.c}
    assert about == {
        "consent_entry",
        "saved_place",
        "mail_request",
        "app_grant",
        "search_waiting",
        "audit",
        "visit",
        "notice",
        "push_subscription",
        "delivery",
    }


def test_a_saved_place_is_corrected_and_deleted(finder: Finder) -> None:
    person, other = new_person(), new_person()
    place = finder.rights.save_place(person, HOME)
    finder.clock.forward(days=3)
    renamed = finder.rights.correct_place(person, place.id, name="Mamá")
    assert (renamed.name, renamed.lat, renamed.saved_on, renamed.used_on) == (
        "Mamá",
        32.5331,
        place.saved_on,
        finder.clock.now.date(),
    )
    there = msgspec.structs.replace(HOME, name="", label="Zona Río", lat=32.52)
    moved = finder.rights.correct_place(person, place.id, found=there)
    assert (moved.name, moved.label, moved.lat) == ("Mamá", "Zona Río", 32.52)
    assert finder.rights.places(person) == [moved]
    with pytest.raises(NotFound):
        finder.rights.correct_place(other, place.id, name="Mine")
    with pytest.raises(NotFound):
        finder.rights.remove_place(other, place.id)
    assert finder.rights.places(other) == []
    finder.rights.remove_place(person, place.id)
    assert finder.rights.places(person) == []


def test_two_who_correct_at_once_do_not_undo_one_another(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    person = new_person()
    place = finder.rights.save_place(person, HOME)
    stale = finder.rights._places.get(person.subject, place.id)
    finder.rights.correct_place(person, place.id, name="Mamá")
    monkeypatch.setattr(finder.rights._places, "get", lambda *_: stale)
    with pytest.raises(Conflict, match="meanwhile"):
        finder.rights.correct_place(person, place.id, name="Papá")
    assert [line.name for line in finder.rights.places(person)] == ["Mamá"]


def test_places_come_by_name_and_a_damaged_one_hides_no_other(finder: Finder) -> None:
    person = new_person()
    for name in ("trabajo", "Casa", "abuela"):
        finder.rights.save_place(person, msgspec.structs.replace(HOME, name=name))
    assert [line.name for line in finder.rights.places(person)] == ["abuela", "Casa", "trabajo"]
    finder.rights._places.add(person.subject, b"\x01damaged", on=date(2026, 11, 23), since=0)
    assert [line.name for line in finder.rights.places(person)] == [None, "abuela", "Casa", "trabajo"]
    assert finder.rights.export(person.subject, None).saved_places.rows[0].name is None


def test_use_is_remembered_once_a_day_and_a_busy_store_stops_nobody(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    person = new_person()
    place = finder.rights.save_place(person, HOME)
    notes: list[Any] = []
    note_use = finder.rights._places.note_use
    monkeypatch.setattr(finder.rights._places, "note_use", lambda *given, **on: (notes.append(on), note_use(*given, **on)))
    for _ in range(2):
        assert finder.rights.use_place(person, place.id).id == place.id
    assert notes == []
    finder.clock.forward(days=1)
    for _ in range(2):
        finder.rights.use_place(person, place.id)
    assert notes == [{"on": finder.clock.now.date()}]
    assert finder.rights.places(person)[0].until == finder.clock.now.date() + A_YEAR


def test_there_is_a_most(finder: Finder) -> None:
    person = new_person()
    for _ in range(MOST_SAVED_PLACES):
        finder.rights.save_place(person, HOME)
    with pytest.raises(Conflict, match="delete one"):
        finder.rights.save_place(person, HOME)


def test_who_objects_takes_back_what_rests_on_it(finder: Finder) -> None:
    person = finder.with_everything()
    asked = [Purpose.ANALYTICS, Purpose.DISCLOSURE, Purpose.NOTICES]
    assert finder.rights.oppose(person.subject, asked, via=Via.WEB) == [Purpose.NOTICES, Purpose.ANALYTICS, Purpose.DISCLOSURE]
    assert set(finder.consents.live(person.subject)) == {Purpose.SEARCH}
    data = finder.rights.export(person.subject, person.key)
    assert data.statistics.rows == ()
    assert data.visits.rows == data.notices.rows == data.push_subscriptions.rows == data.deliveries.rows == ()
    assert data.app_grants.rows[0].revoked_at == finder.clock.now
    assert rows(data)["saved_places"] == 1


def test_a_no_to_statistics_takes_what_waits_to_be_counted(finder: Finder) -> None:
    person, other = finder.with_everything(), finder.with_everything()
    finder.consents.say_no(person.subject, Purpose.NOTICES, **READ)
    assert len(finder.rights.export(person.subject, None).statistics.rows) == 1
    finder.consents.say_no(person.subject, Purpose.ANALYTICS, **READ)
    assert [finder.rights.export(one.subject, None).statistics.rows == () for one in (person, other)] == [True, False]


@pytest.mark.parametrize("reference", ["Ana Pérez", "Ana", "ana@example.com", "", "2026 114", "7" * 41, "2026/114\n"])
def test_no_name_is_entered_with_a_letter(finder: Finder, reference: str) -> None:
    with pytest.raises(BadInput, match="file number"):
        finder.mail.add(RequestKind.ACCESS, Law.MEXICO, received_on=finder.mail.today(), reference=reference)


def test_staff_act_for_whom_a_letter_is_about(finder: Finder) -> None:
    person, other = finder.with_everything(), new_person()
    today, mail = finder.mail.today(), finder.mail
    access = mail.add(RequestKind.ACCESS, Law.EUROPE, received_on=today, reference="7")
    with pytest.raises(BadInput, match="not known whose"):
        mail.export(access.id)
    assert mail.export(access.id, person.subject).saved_places.rows[0].name is None
    assert mail.export(access.id, person.token).saved_places.rows[0].name == "Casa"
    with pytest.raises(Conflict, match="not of cancellation"):
        mail.erase(access.id, person.token)
    cancellation = mail.add(RequestKind.CANCELLATION, Law.EUROPE, received_on=today, reference="8", whose=person.token)
    assert cancellation.subject == person.subject
    with pytest.raises(BadInput, match="somebody else"):
        mail.erase(cancellation.id, other.token)
    assert mail.erase(cancellation.id).erased == 13
    assert [line.act for line in finder.consents.history(person.subject)] == [Act.ERASED]
    assert finder.consents.history(person.subject)[0].via is Via.ADMIN
    assert mail.answer(cancellation.id, Outcome.DONE).outcome is Outcome.DONE
    with pytest.raises(Conflict, match="answered"):
        mail.erase(cancellation.id, person.token)
    with pytest.raises(BadInput, match="on which it came"):
        mail.add(RequestKind.ACCESS, Law.EUROPE, received_on=today + timedelta(days=1), reference="9")
    with pytest.raises(BadInput, match="named by the key"):
        mail.add(RequestKind.ACCESS, Law.EUROPE, received_on=today, reference="9", whose="Ana Pérez")


def test_staff_take_a_yes_back(finder: Finder) -> None:
    person = finder.with_everything()
    request = finder.mail.add(RequestKind.OPPOSITION, Law.CALIFORNIA, received_on=finder.mail.today(), reference="7")
    assert finder.mail.oppose(request.id, [Purpose.DISCLOSURE], Subject(person.subject)) == [Purpose.DISCLOSURE]
    assert finder.consents.history(person.subject)[-1].via is Via.ADMIN
