"""What ``Sec-GPC: 1`` and ``DNT: 1`` change for a person who has agreed to everything, and what they do not.

That no other application is let in either is tested where applications are: ``tests/api/test_third_party_app.py``.
"""

import time
from pathlib import Path
from typing import Any

import pytest

from finder.domain.consent import Purpose
from finder.domain.statistics import WaitingSearch
from finder.geo.points import LonLat
from finder.privacy.coarsen import coarse_cell
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import person_of
from finder.store.search_counts import SearchCounts
from tests.api.conftest import CLINICS, Call

OPTED_OUT = [{"Sec-GPC": "1"}, {"DNT": "1"}, {"Sec-GPC": "1", "DNT": "0"}]
NOT_OPTED_OUT = [{}, {"Sec-GPC": "0"}, {"DNT": "0"}]
LONGEST_WAIT_S = 20.0
"""Far longer than the thread that writes lets anything wait."""


class Visitor:
    """A person who has agreed to purposes, at a point of their own, and what is written about the visit."""

    def __init__(self, call: Call, data_dir: Path, at: LonLat, purposes: list[Purpose]) -> None:
        self._call, self._data_dir, self.at = call, data_dir, at
        asked = [purpose for purpose in purposes if purpose is not Purpose.DISCLOSURE]  # that is said at /authorize
        body = {"purposes": asked, "policy": f"{CURRENT_POLICY}", "language": "en"}
        made = call("POST", "/api/v1/consents", json=body)
        assert made.status_code == 201, made.text
        self._bearer = {"Authorization": f"Bearer {made.json()['token']}"}
        person = person_of(made.json()["token"])
        assert person is not None
        self.subject = person.subject

    @property
    def fix(self) -> dict[str, float]:
        """What the person's device tells."""
        return {"lat": self.at.lat, "lon": self.at.lon, "accuracy_m": 12.0}

    def ask(self, path: str, headers: dict[str, str], **body: Any) -> dict[str, Any]:
        answer = self._call("POST", path, json=body, headers=self._bearer | headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def find_page(self, headers: dict[str, str]) -> None:
        form = {"lat": f"{self.at.lat}", "lon": f"{self.at.lon}", "accuracy_m": "12", "words": "cardiologist"}
        own_page = {"Sec-Fetch-Site": "same-origin"}
        answer = self._call("POST", "/results", data=form, headers=self._bearer | own_page | headers)
        assert answer.status_code == 200, answer.text

    def counted(self, rows: int) -> list[WaitingSearch]:
        """What waits of the person, once there are so many rows or they will not come any more."""
        with SearchCounts.open(f"sqlite:///{self._data_dir / 'finder.sqlite'}") as counts:
            end = time.monotonic() + LONGEST_WAIT_S
            while len(found := counts.waiting_of(self.subject)) < rows and time.monotonic() < end:
                time.sleep(0.02)
            return found

    def is_in_the_log_of_visits(self) -> bool:
        """Whether the person's area stands there, which no erasure would reach."""
        return any(coarse_cell(self.at) in path.read_text("utf-8") for path in (self._data_dir / "logs").glob("web-*.jsonl"))


@pytest.mark.parametrize("headers", OPTED_OUT)
def test_who_opts_out_is_not_counted(call: Call, data_dir: Path, headers: dict[str, str]) -> None:
    visitor = Visitor(call, data_dir, LonLat(-117.2 - OPTED_OUT.index(headers) / 10, 32.3), list(Purpose))
    for care in ("cardiology", "dermatology"):
        visitor.ask("/api/v1/search", headers, position=visitor.fix, specialty=care)
    visitor.find_page(headers)
    visitor.ask("/api/v1/search", {}, position=visitor.fix, specialty="dentistry")  # the same person from another browser
    assert [waiting.specialty for waiting in visitor.counted(1)] == ["dentistry"]


@pytest.mark.parametrize("headers", NOT_OPTED_OUT)
def test_who_does_not_is(call: Call, data_dir: Path, headers: dict[str, str]) -> None:
    visitor = Visitor(call, data_dir, LonLat(-116.2 - NOT_OPTED_OUT.index(headers) / 10, 32.3), [Purpose.ANALYTICS])
    visitor.ask("/api/v1/search", headers, position=visitor.fix, words="pediatra")
    visitor.find_page(headers)
    assert {(waiting.cell, waiting.specialty) for waiting in visitor.counted(2)} == {
        (coarse_cell(visitor.at), "paediatrics"),
        (coarse_cell(visitor.at), "cardiology"),
    }
    assert not visitor.is_in_the_log_of_visits()


def test_who_agrees_to_all_but_statistics_is_not_counted(call: Call, data_dir: Path) -> None:
    visitor = Visitor(call, data_dir, LonLat(-115.9, 32.3), [purpose for purpose in Purpose if purpose is not Purpose.ANALYTICS])
    visitor.ask("/api/v1/search", {}, position=visitor.fix, specialty="cardiology")
    counted = Visitor(call, data_dir, LonLat(-115.8, 32.3), [Purpose.ANALYTICS])
    counted.ask("/api/v1/search", {}, position=counted.fix, specialty="cardiology")
    assert len(counted.counted(1)) == 1
    assert visitor.counted(0) == []


@pytest.mark.parametrize("headers", OPTED_OUT)
def test_what_is_done_for_the_person_is_done_all_the_same(call: Call, data_dir: Path, headers: dict[str, str]) -> None:
    """Purposes that hand nothing on and count nothing: the exact position is used where the person agreed to that."""
    here = CLINICS[0].lon_lat
    visitor = Visitor(call, data_dir, LonLat(here.lon + 0.001, here.lat), list(Purpose))
    start = {"position": visitor.fix, "exact": True}
    assert visitor.ask("/api/v1/locate", headers, **start)["position"]["coarsened"] is False
    assert visitor.ask("/api/v1/search", headers, **start)["position"]["coarsened"] is False
    way = {"from": {"position": visitor.fix}, "to": {"facility": CLINICS[0].id}, "exact": True}
    assert visitor.ask("/api/v1/directions", headers, **way)["position"]["coarsened"] is False


def test_the_site_says_that_it_follows(call: Call) -> None:
    answer = call("GET", "/.well-known/gpc.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == {"gpc": True, "lastUpdate": "2026-11-23"}
