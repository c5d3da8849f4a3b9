"""The page of notices, as the server writes it and as a browser without JavaScript uses it: over a real store."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import h3
import msgspec
import pytest
from babel import Locale
from litestar.testing import TestClient

from finder.directory import Directory
from finder.domain.admin import Actor
from finder.domain.consent import Purpose
from finder.domain.facility import Facility
from finder.domain.fence import Circle, Fence, FenceStatus, Outline, Trial, Trigger, Wish, shape_sha256
from finder.domain.lawful import Judgement, _lawful
from finder.domain.tenant import Tenant
from finder.errors import NotReady
from finder.geo.points import LonLat
from finder.http.persons import SESSION_COOKIE
from finder.notices.book import FenceBook
from finder.notices.edition import Edition
from finder.notices.tracker.why import why_texts
from finder.notices.visits import VisitDesk
from finder.privacy.subjects import Person, new_person
from finder.store.fences import FenceStore
from finder.store.tenants import TenantStore
from finder.web.language import Reader
from finder.web.notices.view import TRIGGER_LABELS, place_asked
from tests.consenting import ledger_in, old_yes
from tests.notices.visiting import Visiting, at

from .town import FACILITIES, MONDAY_NOON, services, site

CLINIC, PHARMACY = FACILITIES[0], FACILITIES[1]
READERS = {"en": Reader("en", Locale("en", "GB"), miles=False), "es": Reader("es", Locale("es", "MX"), miles=False)}
TEXTS = {"en": "Check in on <b>floor 2</b>.", "es": "Regístrese en el <b>piso 2</b>."}


def fence_of(facility: Facility, *triggers: Trigger, **more: Any) -> Fence:
    told: dict[str, Any] = {
        "id": f"fence-{facility.id}",
        "tenant": "north",
        "facility_id": facility.id,
        "name": "Front door",
        "shape": Circle(centre=facility.lon_lat, radius_m=80.0),
        "wishes": tuple(Wish(trigger=trigger, texts=TEXTS) for trigger in triggers),
        "status": FenceStatus.ACTIVE,
    }
    return Fence(**{**told, **more})


@dataclass
class Told:
    """The pages, and the desk of visits behind them."""

    client: TestClient[Any]
    visiting: Visiting
    hearing: set[str]
    """The tenants that have a webhook."""

    def page(self, path: str, **more: Any) -> str:
        answer = self.client.get(path, **more)
        assert answer.status_code == 200
        return answer.text

    def enter(self) -> Person:
        """Let the browser hold the key of somebody who has agreed to notices."""
        person = self.visiting.agreeing()
        self.client.cookies.set(SESSION_COOKIE, person.token)
        return person

    def armed(self, person: Person) -> list[str]:
        return [visit.facility_id for visit in self.visiting.desk.visits(person)]

    def stop(self, path: str, **more: Any) -> Any:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
        return self.client.post(path, content="", headers=headers, follow_redirects=False)


@pytest.fixture
def edition(town: Directory) -> Edition:
    """The clinic tells something; the pharmacy beside it does not."""
    facility = town.current().facility(CLINIC.id)
    fences = [fence_of(facility, Trigger.ENTER, Trigger.EXIT), fence_of(facility, Trigger.EXIT, id="fence-back")]
    return Edition(fences, {facility.id: facility}, {"north": 'Northern "Care" & Co'})


@pytest.fixture
def told(town: Directory, edition: Edition, tmp_path: Path) -> Iterator[Told]:
    with ledger_in(tmp_path) as ledger:
        visiting = Visiting(f"sqlite:///{tmp_path / 'finder.sqlite'}", ledger)
        visiting.clock.now, visiting.book.edition = MONDAY_NOON, edition
        hearing: set[str] = set()
        web = services(
            town,
            consents=visiting.consents,
            fences=visiting.book.current,
            visits=visiting.desk,
            hears_of_visits=hearing.__contains__,
        )
        with TestClient(site(web), base_url="https://testserver.local") as client:
            client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
            yield Told(client, visiting, hearing)
        visiting.close()


def attributes(html: str, element: str) -> dict[str, str]:
    found = re.search(rf'<div id="{element}"[^>]*>', html)
    assert found
    return {name: unescape(value) for name, value in re.findall(r'data-([a-z-]+)="([^"]*)"', found[0])}


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def hidden_steps(html: str) -> list[str]:
    return re.findall(r'<section class="step" id="step-([a-z]+)" aria-labelledby="ask-[a-z]+" hidden>', html)


def test_a_place_that_tells_something_leads_to_its_notices_and_no_other_does(told: Told) -> None:
    link = f'href="/notices?facility={CLINIC.id}"'
    assert link in told.page(f"/facilities/{CLINIC.id}")
    assert "/notices?" not in told.page(f"/facilities/{PHARMACY.id}")
    told.visiting.book.put()
    assert "/notices?" not in told.page(f"/facilities/{CLINIC.id}")


def test_every_facility_says_that_notices_are_on_to_whose_visit_is_armed_and_to_nobody_else(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = 'id="notices-on" hidden'
    assert hidden in told.page(f"/facilities/{CLINIC.id}")
    told.visiting.arm(told.visiting.agreeing(), CLINIC)
    person = told.enter()
    assert hidden in told.page(f"/facilities/{CLINIC.id}")
    told.visiting.arm(person, CLINIC)
    for facility in (CLINIC, PHARMACY):
        html = told.page(f"/facilities/{facility.id}")
        assert hidden not in html
        assert "Notices for a visit are on. See or stop them" in text_of(html)
    monkeypatch.setattr(VisitDesk, "visits", _not_ready)
    assert hidden in told.page(f"/facilities/{CLINIC.id}")


def test_where_fences_cannot_be_had_the_facility_is_shown_all_the_same(town: Directory) -> None:
    def not_ready() -> Edition:
        raise NotReady("The store does not answer.")

    with TestClient(site(services(town, fences=not_ready))) as client:
        answer = client.get(f"/facilities/{CLINIC.id}", headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert "/notices?" not in answer.text


def test_the_privacy_centre_leads_there(centre: Any) -> None:
    assert 'href="/notices"' in centre.page()


def test_the_script_is_given_the_cell_of_the_place_and_its_end(told: Told) -> None:
    html = told.page(f"/notices?facility={CLINIC.id}")
    asked = attributes(html, "steps")
    assert asked["cell"] == h3.latlng_to_cell(CLINIC.lon_lat.lat, CLINIC.lon_lat.lon, 7)
    assert asked["facility"] == CLINIC.id
    assert asked["name"] == "Northern Light Clinic"
    assert asked["fences"] == "2"
    # The end of that Monday in Helsinki.
    assert datetime.fromisoformat(asked["ends-at"]) == datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    assert "The notices end by themselves at midnight, and" in html
    for degrees in (CLINIC.lon_lat.lon, CLINIC.lon_lat.lat):
        assert str(degrees) not in html


@pytest.mark.parametrize(("language", "why"), [("en", why_texts("en")), ("es", why_texts("es"))])
def test_the_words_of_why_come_in_the_language_of_the_page(told: Told, language: str, why: dict[str, str]) -> None:
    assert json.loads(attributes(told.page(f"/notices?lang={language}"), "notices")["why"]) == why


def test_one_question_a_step_none_is_seen_without_a_script_and_the_answers_are_equal(told: Told) -> None:
    html = told.page(f"/notices?facility={CLINIC.id}")
    assert hidden_steps(html) == ["place", "where", "consent", "position", "notification"]
    for step in re.findall(r'<section class="step".*?</section>', html, re.DOTALL):
        assert step.count("<h2") == 1
        classes = set(re.findall(r'<button class="([^"]+)"', step)) - {"link-button"}
        assert classes == {"button line-button"}
    assert "<noscript>" in html
    assert "Northern &#34;Care&#34; &amp; Co can then tell you something:" in html
    assert [text for text in ("when you arrive", "when you leave", "when you are almost there") if text in html] == [
        "when you arrive",
        "when you leave",
    ]


def _not_ready(*_asked: Any) -> Any:
    raise NotReady("The store does not answer.")


@pytest.mark.parametrize(
    ("fences", "hour", "expected"),
    [
        ([{}], 1, ""),
        ([{"windows": "Mo-Fr 07:00-20:00"}], 1, "Notices come only from 07:00 to 20:00, by the clock of the place."),
        ([{"windows": "Mo-Fr 07:00-20:00"}], 12, "Notices come only until 20:00, by the clock of the place."),
        ([{"windows": "Mo-Fr 07:00-20:00"}], 21, "Today nothing more is noticed there: its notices come at other times."),
        ([{"windows": "Tu-Fr 07:00-20:00"}], 9, "Today nothing more is noticed there: its notices come at other times."),
        ([{"windows": "Mo-Fr 07:00-20:00"}, {}], 1, ""),
        ([{"windows": "00:00-14:00"}, {"windows": "10:00-24:00"}], 1, ""),
        (
            [{"windows": "Mo-Fr 07:00-20:00", "quiet_hours": "12:00-13:00"}],
            1,
            "Notices come only from 07:00 to 12:00 and from 13:00 to 20:00, by the clock of the place.",
        ),
        (
            [{"quiet_hours": "12:00-13:00"}],
            9,
            "Notices come only until 12:00 and from 13:00 to midnight, by the clock of the place.",
        ),
        (
            [{"windows": "07:00-09:00"}, {"windows": "08:00-10:00"}, {"windows": "18:00-24:00"}],
            1,
            "Notices come only from 07:00 to 10:00 and from 18:00 to midnight, by the clock of the place.",
        ),
        ([{"expires_on": MONDAY_NOON.date() - timedelta(days=1)}], 9, "Today nothing more"),
    ],
)
def test_the_first_question_says_when_something_is_told(
    told: Told, edition: Edition, fences: list[dict[str, str]], hour: int, expected: str
) -> None:
    """By the clock of Helsinki, on a Monday."""
    facility = edition.facility(CLINIC.id)
    there = [fence_of(facility, Trigger.ENTER, **one, id=f"fence-{number}") for number, one in enumerate(fences)]
    shown = place_asked(
        Edition(there, {facility.id: facility}, {"north": "North"}),
        facility,
        MONDAY_NOON + timedelta(hours=hour - 12),
        READERS["en"],
    )
    assert shown is not None
    assert shown.times.startswith(expected)
    assert bool(shown.times) is bool(expected)


def zone_of(facility: Facility, *triggers: Trigger, **more: Any) -> Fence:
    lon, lat = facility.lon_lat
    ring = tuple(LonLat(lon + x * 5e-4, lat + y * 5e-4) for x, y in ((-1, -1), (1, -1), (0, 1), (-1, -1)))
    return fence_of(facility, *triggers, id="zone", shape=Outline(polygons=((ring,),), level=2.0), **more)


def test_what_a_zone_listens_for_is_not_promised_as_no_browser_states_the_floor(told: Told, edition: Edition) -> None:
    facility = edition.facility(CLINIC.id)
    door = fence_of(facility, Trigger.EXIT, windows="Mo-Fr 07:00-20:00")
    zones = [zone_of(facility, Trigger.ENTER, Trigger.DWELL, tenant="lab"), zone_of(facility, Trigger.ENTER, Trigger.APPROACH)]
    names, whens = {"north": "North", "lab": "Laboratory"}, [{"when you leave"}, {"when you leave", "when you are almost there"}]
    for zone, when, fences in zip(zones, whens, (1, 2), strict=True):
        there = Edition([door, zone], {facility.id: facility}, names)
        shown = place_asked(there, facility, MONDAY_NOON, READERS["en"])
        assert shown is not None
        assert (set(shown.when), shown.fences, list(shown.who)) == (when, fences, ["North"])
        assert bool(shown.times) is (fences == 1), "the approach is told at any time"


@pytest.mark.parametrize(
    ("language", "said"), [("en", "need an app that knows which floor you are on"), ("es", "una aplicación que sepa en qué piso")]
)
def test_a_place_with_zones_alone_offers_nothing_that_a_browser_cannot_come_to(
    told: Told, edition: Edition, language: str, said: str
) -> None:
    facility = edition.facility(CLINIC.id)
    told.visiting.book.edition = Edition([zone_of(facility, Trigger.ENTER)], {facility.id: facility}, {"north": "North"})
    html = told.page(f"/notices?facility={CLINIC.id}&lang={language}")
    assert said in html
    assert "offers no notices" not in html
    assert not hidden_steps(html)
    assert "OwnTracks" not in html  # it states no floor
    page = told.page(f"/facilities/{CLINIC.id}?lang=en")
    assert "only to an app that knows which floor you are on. More about it" in text_of(page)
    assert page.count(f'href="/notices?facility={CLINIC.id}"') == 1


def test_the_times_are_written_in_the_first_question_in_spanish_too(told: Told, edition: Edition) -> None:
    facility = edition.facility(CLINIC.id)
    fence = fence_of(facility, Trigger.ENTER, windows="Mo-Fr 13:00-15:00")
    told.visiting.book.edition = Edition([fence], {facility.id: facility}, {"north": "North"})
    assert "Los avisos solo llegan de 13:00 a 15:00, según la hora del lugar." in told.page(
        f"/notices?facility={CLINIC.id}&lang=es", headers={"Accept-Language": "es-ES"}
    )


@pytest.mark.parametrize(
    ("reader", "windows", "times", "end"),
    [
        (READERS["en"], "Mo-Fr 07:30-15:00", "Notices come only from 07:30 to 15:00, by the clock of the place.", "midnight"),
        (
            READERS["es"],
            "Mo-Fr 07:30-15:00",
            "Los avisos solo llegan de 7:30 a.m. a 3:00 p.m., según la hora del lugar.",
            "medianoche",
        ),
        (READERS["en"], "Mo-Fr 00:00-15:00", "Notices come only until 15:00, by the clock of the place.", "midnight"),
        (
            READERS["es"],
            "Mo-Fr 00:00-15:00",
            "Los avisos solo llegan hasta las 3:00 p.m., según la hora del lugar.",
            "medianoche",
        ),
        (READERS["en"], "Su 07:00-15:00", "Today nothing more is noticed there: its notices come at other times.", "midnight"),
        (READERS["es"], "Su 07:00-15:00", "Hoy ya no se detecta nada ahí: sus avisos llegan a otras horas.", "medianoche"),
    ],
)
def test_times_are_those_of_the_clock_at_the_place(edition: Edition, reader: Reader, windows: str, times: str, end: str) -> None:
    """Where it is 02:00 on the Monday on which it is noon in Helsinki."""
    facility = msgspec.structs.replace(edition.facility(CLINIC.id), time_zone="America/Tijuana")
    fence = fence_of(facility, Trigger.ENTER, windows=windows)
    shown = place_asked(Edition([fence], {facility.id: facility}, {"north": "North"}), facility, MONDAY_NOON, reader)
    assert shown is not None
    assert (shown.times.replace("\u202f", " ").replace("\xa0", " "), shown.end, shown.zone) == (times, end, "America/Tijuana")
    assert datetime.fromisoformat(shown.ends_at) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def test_a_place_offers_nothing_unless_a_fence_of_it_is_active(town: Directory, tmp_path: Path) -> None:
    facility, by, now = town.current().facility(CLINIC.id), Actor("test"), MONDAY_NOON
    with (
        ledger_in(tmp_path),
        FenceStore.open(url := f"sqlite:///{tmp_path / 'finder.sqlite'}") as fences,
        TenantStore.open(url) as tenants,
    ):
        tenants.add(Tenant(id="north", name="North", created_at=now, facilities=(facility.id,)), by)

        def offers() -> bool:
            book = FenceBook(
                fences, tenants, {facility.id: facility}.get, lambda stored: stored, clock=lambda: now, law=lambda: "law"
            )
            with TestClient(site(services(town, fences=book.current))) as client:
                asked = client.get(f"/notices?facility={facility.id}").text
                led = f"/notices?facility={facility.id}" in client.get(f"/facilities/{facility.id}").text
            book.close()
            assert ("offers no notices just now" in asked) is not led
            assert bool(hidden_steps(asked)) is led
            return led

        assert not offers()
        fence = fence_of(facility, Trigger.ENTER, status=FenceStatus.DRAFT, expires_on=now.date())
        lawful = _lawful(fence, Judgement(at=now, law="law", rows=("row",)))
        fences.put(lawful, by=by)
        assert not offers()
        trial = Trial(at=now, runs=100, false_share=0.0, missed_share=0.0, shape_sha256=shape_sha256(fence))
        fences.activate(lawful, trial, by=by)
        assert offers()
        now += timedelta(days=1)
        assert not offers(), "It was for the day before."
        now -= timedelta(days=1)
        assert offers()
        fences.end(fence.id, at=now, by=by)
        assert not offers()


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_has_a_position_but_the_cell(told: Told, language: str) -> None:
    """No number near to the place's degrees or to a corner of its fences, before, while and after something is told there."""
    told.hearing.add("north")
    person = told.enter()
    told.visiting.arm(person, CLINIC, tell_facility=True)
    told.visiting.take(person, [at_door(second) for second in range(0, 120, 10)])
    for path in (f"/notices?facility={CLINIC.id}&", "/notices?", "/notices/armed?"):
        html = told.page(f"{path}lang={language}")
        numbers = [float(number) for number in re.findall(r"\d+\.\d+", unescape(html))]
        assert [one for one in numbers if min(abs(one - degrees) for degrees in CLINIC.lon_lat) < 0.5] == []
        assert "data-notice=" in html
    cell = h3.latlng_to_cell(CLINIC.lon_lat.lat, CLINIC.lon_lat.lon, 7)
    assert re.findall(r"\b8[0-9a-f]{14}\b", told.page(f"/notices?facility={CLINIC.id}&lang={language}")) == [cell]


def test_who_runs_the_place_is_asked_about_only_where_they_could_be_told(told: Told, town: Directory, edition: Edition) -> None:
    path, question = f"/notices?facility={CLINIC.id}", "Should Northern &#34;Care&#34; &amp; Co be told that you are there?"
    assert "facility" not in hidden_steps(told.page(path))
    told.hearing.add("south")
    assert "facility" not in hidden_steps(told.page(path))
    told.hearing.add("north")
    html = told.page(path)
    assert hidden_steps(html) == ["place", "where", "consent", "facility", "position", "notification"]
    assert question in html
    assert "¿Quiere que Northern &#34;Care&#34; &amp; Co sepa que usted está ahí?" in told.page(f"{path}&lang=es")
    for step in re.findall(r'<section class="step".*?</section>', html, re.DOTALL):
        classes = set(re.findall(r'<button class="([^"]+)"', step)) - {"link-button"}
        assert classes == {"button line-button"}
    with TestClient(site(services(town, fences=lambda: edition, hears_of_visits=_not_ready))) as client:
        assert hidden_steps(client.get(path).text) == ["place", "where", "consent", "position", "notification"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The place is told when something is noticed there, under a random number:"),
        ("es", "Se le avisa al lugar cuando ahí se detecta algo, con un número al azar:"),
    ],
)
def test_of_what_is_armed_it_is_said_whether_the_place_is_told(told: Told, language: str, words: str) -> None:
    person = told.enter()
    visit = told.visiting.arm(person, CLINIC)
    html = told.page(f"/notices/armed?lang={language}")
    assert words not in html
    assert visit.reference not in html
    told.visiting.arm(person, CLINIC, tell_facility=True)
    assert f"{words} {visit.reference}" in text_of(told.page(f"/notices/armed?lang={language}"))
    facility = told.visiting.book.edition.facility(CLINIC.id)
    of_another = fence_of(facility, Trigger.ENTER, tenant="south")
    told.visiting.book.edition = Edition([of_another], {facility.id: facility}, {"south": "Southern Care"})
    assert words not in told.page(f"/notices/armed?lang={language}")


def test_who_would_forget_the_key_while_notices_are_on_is_told_and_can_stop_them(told: Told) -> None:
    person = told.enter()
    assert 'action="/notices/stop"' not in told.page("/privacy/key")
    told.visiting.arm(person, CLINIC)
    html = told.page("/privacy/key")
    assert "They go on after the key is forgotten" in html
    assert html.index('action="/notices/stop"') < html.index('action="/privacy/leave"')


def test_every_trigger_has_words() -> None:
    assert set(TRIGGER_LABELS) == set(Trigger)


def test_without_the_service_only_the_device_is_offered(town: Directory, edition: Edition) -> None:
    with TestClient(site(services(town, fences=lambda: edition))) as client:
        html = client.get(f"/notices?facility={CLINIC.id}").text
    assert 'data-mode="device"' in html
    assert 'data-mode="service"' not in html
    assert "OwnTracks" not in html


def test_a_place_without_notices_says_so_and_asks_nothing(told: Told) -> None:
    html = told.page(f"/notices?facility={PHARMACY.id}")
    assert "Corner Pharmacy offers no notices just now." in html
    assert f'<a href="/facilities/{PHARMACY.id}">Back to Corner Pharmacy</a>' in html
    assert hidden_steps(html) == []
    assert told.client.get("/notices?facility=nobody").status_code == 404


def test_the_switch_of_language_keeps_the_place(told: Told) -> None:
    switch = re.search(r'<a href="([^"]+)" hreflang="es"', told.page(f"/notices?facility={CLINIC.id}&lat=60.17"))
    assert switch
    assert unescape(switch[1]) == f"/notices?facility={CLINIC.id}&lang=es"
    assert "¿Va hoy a Clínica Luz del Norte?" in told.page(unescape(switch[1]))


def test_of_a_stranger_nothing_is_armed_and_no_cookie_is_set(told: Told) -> None:
    answer = told.client.get("/notices")
    assert "set-cookie" not in answer.headers
    assert "Nothing is switched on" in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
    assert "noindex" in answer.text
    assert "data-agreed" not in answer.text


def test_what_is_armed_is_listed_with_its_end_and_stopped_by_a_plain_form(told: Told) -> None:
    person = told.enter()
    visit = told.visiting.arm(person, CLINIC)
    html = told.page("/notices")
    assert "data-agreed" in html
    assert f'action="/notices/visits/{visit.id}/stop"' in html
    assert (
        "Northern Light Clinic Until: midnight Our service looks at your positions. Stop this : Northern Light Clinic"
        in text_of(html)
    )
    answer = told.stop(f"/notices/visits/{visit.id}/stop")
    assert (answer.status_code, answer.headers["location"]) == (303, "/notices?done=stopped")
    assert told.armed(person) == []
    assert "Stopped: nothing more is noticed there" in told.page("/notices?done=stopped")
    # Pressed twice, or after it has ended by itself.
    assert told.stop(f"/notices/visits/{visit.id}/stop").headers["location"] == "/notices?done=stopped"


@pytest.mark.parametrize(
    ("language", "words", "button"),
    [
        ("en", "policy has changed, or you agreed a year ago. Your visit waits: agree again, or stop it.", "Agree again"),
        ("es", "Nuestro aviso de privacidad cambió, o usted dio su consentimiento hace un año.", "Aceptar de nuevo"),
    ],
)
def test_what_is_armed_waits_where_the_agreement_has_ended(
    told: Told, tmp_path: Path, language: str, words: str, button: str
) -> None:
    person = told.enter()
    told.visiting.arm(person, CLINIC)
    assert 'data-agreement="yes"' in told.page(f"/notices/armed?lang={language}")
    with ledger_in(tmp_path) as ledger:
        old_yes(ledger, person.subject, Purpose.NOTICES)
    for path in ("/notices", "/notices/armed"):
        html = told.page(f"{path}?lang={language}")
        assert 'data-agreement="no"' in html
        assert words in text_of(html)
        assert re.search(rf'<a href="/notices\?facility={CLINIC.id}">{button}<', html)
        assert not re.search("<p data-looking>", html)
        assert 'action="/notices/stop"' in html


def test_where_the_ledger_does_not_answer_nobody_is_said_not_to_agree(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.visiting.arm(told.enter(), CLINIC)
    monkeypatch.setattr(told.visiting.consents, "agreed_at", _not_ready)
    html = told.page("/notices/armed")
    assert 'data-agreement="unknown"' in html
    assert "policy has changed" not in html
    assert CLINIC.name in html


@pytest.mark.parametrize(("armed_in", "words"), [("en", "los activó: inglés."), ("es", "you switched them on: Spanish.")])
def test_whose_notices_come_in_another_language_is_told_so(told: Told, armed_in: str, words: str) -> None:
    told.visiting.arm(told.enter(), CLINIC, language=armed_in)
    other = {"en": "es", "es": "en"}[armed_in]
    assert words in text_of(told.page(f"/notices/armed?lang={other}"))
    assert not re.search("which you switched them on|usted los activó", told.page(f"/notices/armed?lang={armed_in}"))


def test_another_end_is_told_with_its_day(told: Told) -> None:
    person = told.enter()
    told.visiting.arm(person, CLINIC, until=MONDAY_NOON + timedelta(hours=20))
    assert "Until: 08:00, Tue 24 Nov" in text_of(told.page("/notices/armed"))
    told.visiting.arm(person, CLINIC, until=MONDAY_NOON + timedelta(hours=5))
    assert "Until: 17:00" in text_of(told.page("/notices/armed"))


def test_one_button_stops_all(told: Told) -> None:
    person, other = told.enter(), told.visiting.agreeing()
    told.visiting.arm(person, CLINIC)
    told.visiting.arm(other, CLINIC)
    answer = told.stop("/notices/stop")
    assert (answer.status_code, answer.headers["location"]) == (303, "/notices?done=all")
    assert told.armed(person) == []
    assert told.armed(other) == [CLINIC.id]
    assert 'id="stop-all" action="/notices/stop" method="post" hidden' in told.page("/notices?done=all")


def test_nobody_stops_for_somebody_else(told: Told) -> None:
    person = told.visiting.agreeing()
    visit = told.visiting.arm(person, CLINIC)
    told.enter()
    assert told.stop(f"/notices/visits/{visit.id}/stop").status_code == 303
    assert told.stop("/notices/stop").status_code == 303
    told.client.cookies.set(SESSION_COOKIE, person.token)
    for path in (f"/notices/visits/{visit.id}/stop", "/notices/stop"):
        assert told.stop(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert told.armed(person) == [CLINIC.id]
    told.client.cookies.clear()
    assert told.stop("/notices/stop").status_code == 303
    assert told.armed(person) == [CLINIC.id]


def test_what_was_told_is_shown_with_why_and_by_whom(told: Told) -> None:
    person = told.enter()
    told.visiting.arm(person, CLINIC, language="es")
    told.visiting.take(person, [at_door(second) for second in range(0, 120, 10)])
    html = told.page("/notices/armed")
    assert html.count("data-notice=") == 1
    assert " data-unseen" in html
    assert "Regístrese en el &lt;b&gt;piso 2&lt;/b&gt;." in html
    assert "Why am I told this?" in html
    assert "The text comes from Northern &#34;Care&#34; &amp; Co." in html
    assert '<h3 lang="es">' in html
    told.visiting.desk.seen(person, told.visiting.desk.notices(person)[0].id)
    assert "data-unseen" not in told.page("/notices/armed")
    told.stop("/notices/stop")
    html = told.page("/notices?done=all")
    assert 'id="told-kept">What our service told you is deleted a day after' in html
    assert html.count("data-notice=") == 1  # it still names the place


def at_door(second: float) -> Any:
    start = (MONDAY_NOON - datetime(2026, 1, 5, 9, 0, tzinfo=UTC)).total_seconds()
    return at(CLINIC.lon_lat, start + second)


def test_where_the_store_does_not_answer_the_rest_of_the_page_is_there(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.enter()
    monkeypatch.setattr(VisitDesk, "visits", _not_ready)
    html = told.page(f"/notices?facility={CLINIC.id}")
    assert "We cannot look this up right now." in html
    assert hidden_steps(html)


def test_the_service_worker_looks_after_the_page_and_may_ask_the_network_for_nothing(told: Told) -> None:
    answer = told.client.get("/notices-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert '"push"' in answer.text
    assert "fetch" not in answer.text.replace("asks the network for nothing", "")


def test_pages_in_both_languages_are_whole(told: Told) -> None:
    """Each text of the script is there: an attribute that is missing would be shown as "undefined"."""
    scripts = Path(__file__).parents[2] / "finder/web/static/js"
    script = "".join((scripts / name).read_text(encoding="utf-8") for name in ("notices.js", "notices/steps.js"))
    used = {re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name) for name in re.findall(r"\btexts\.(\w+)", script)}
    for language in ("en", "es"):
        there = attributes(told.page(f"/notices?lang={language}"), "notices")
        assert used - {"agreed", "unknown"} <= set(there)
        assert all(there[name] for name in used - {"agreed", "unknown"})


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_is_said_to_be_done_that_was_not(told: Told, language: str) -> None:
    for path in ("/notices?", "/notices?done=nonsense&", f"/notices?facility={CLINIC.id}&"):
        shown = re.sub(r"<noscript>.*?</noscript>", "", told.page(f"{path}lang={language}"))
        assert re.findall(r'<p class="notice"[^>]*>(?!</p>)', shown) == []
    assert len(re.findall(r'<p class="notice"[^>]*>(?!</p>)', told.page(f"/notices?done=all&lang={language}"))) == 2


def test_a_stop_that_could_not_be_written_is_said_and_can_be_tried_again(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.enter()
    monkeypatch.setattr(VisitDesk, "disarm_all", _not_ready)
    answer = told.stop("/notices/stop")
    assert answer.status_code == 503
    assert "Nothing is stopped yet" in answer.text
    assert '<form action="/notices/stop" method="post"' in answer.text


def test_a_stranger_with_another_key_sees_nothing_of_it(told: Told) -> None:
    told.visiting.arm(told.visiting.agreeing(), CLINIC)
    told.client.cookies.set(SESSION_COOKIE, new_person().token)
    assert "Nothing is switched on" in told.page("/notices/armed")
    assert "armed-there" not in told.page("/notices")
