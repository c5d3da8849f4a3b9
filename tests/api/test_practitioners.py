"""GET /api/v1/practitioners/{id}, and doctors among the answers of a search."""

import pytest

from tests.api.conftest import CARDIOLOGIST, CLINICS, PEDIATRICIAN, Call


def test_one_practitioner_with_every_place_of_work(call: Call) -> None:
    answer = call("GET", f"/api/v1/practitioners/{PEDIATRICIAN.id}").json()
    assert (answer["name"], answer["gender"], answer["languages"]) == (PEDIATRICIAN.name, "female", ["es", "en"])
    assert [one["code"] for one in answer["specialties"]] == ["208000000X"]
    assert answer["stated_specialties"] == ["208000000X"]
    roles = {role["facility"]["id"]: role for role in answer["roles"]}
    assert set(roles) == {CLINICS[3].id, CLINICS[30].id}
    told, untold = roles[CLINICS[3].id], roles[CLINICS[30].id]
    assert told["phones"] == ["+526645550999"]
    assert told["plans"] == ["Plan Imaginario / Red Norte"]
    assert (told["accepting_new_patients"]["value"], told["accepting_new_patients"]["outdated"]) == (True, True)
    assert told["accepting_new_patients"]["verified_at"] == "2026-01-01"
    assert told["telehealth"] is True
    assert told["sources"]["accepting_new_patients"]["source"] == "t"
    assert sum(bool(day["ranges"]) for day in told["hours"]["days"]) <= 5
    assert untold["phones"] == list(CLINICS[30].phones)
    assert untold["accepting_new_patients"] == {"value": None, "verified_at": None, "age_days": None, "outdated": False}
    assert untold["hours"]["state"] == "unknown"  # a doctor is not there whenever the clinic is open


@pytest.mark.parametrize("id_", ["nobody", CLINICS[0].id, "ana-3", "\u00f1", "a" * 64])
def test_who_is_not_there_is_a_problem(call: Call, id_: str) -> None:
    response = call("GET", f"/api/v1/practitioners/{id_}")
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_a_facility_names_who_works_there(call: Call) -> None:
    at_work = call("GET", f"/api/v1/facilities/{CLINICS[3].id}").json()["practitioners"]
    assert [(one["id"], one["name"]) for one in at_work] == [(PEDIATRICIAN.id, PEDIATRICIAN.name)]
    assert call("GET", f"/api/v1/facilities/{CLINICS[4].id}").json()["practitioners"] == []


def test_a_doctor_is_found_in_words_at_the_nearest_place_of_work(call: Call) -> None:
    answer = call("POST", "/api/v1/search", json={"words": "pediatra que hable inglés", "place": "Centro, Tijuana"}).json()
    assert {part["kind"] for part in answer["understood"]} == {"specialty", "language"}
    first = next(one for one in answer["results"] if one["type"] == "practitioner")
    assert (first["id"], first["facility"]["id"], first["phone"]) == (PEDIATRICIAN.id, CLINICS[3].id, "+526645550999")
    assert first["score"] == pytest.approx(sum(reason["minutes"] for reason in first["reasons"]), abs=0.11)
    assert {"offers_care", "speaks_language", "travel"} <= {reason["code"] for reason in first["reasons"]}
    without = next(part["without"] for part in answer["understood"] if part["kind"] == "language")
    assert without == "pediatra"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"specialty": "208000000X"}, [PEDIATRICIAN.id]),
        ({"specialty": ["paediatrics", "cardiology"]}, [PEDIATRICIAN.id, CARDIOLOGIST.id]),
        ({"languages": "en-US"}, [PEDIATRICIAN.id]),
        ({"plan": "Plan Imaginario"}, [PEDIATRICIAN.id, CARDIOLOGIST.id]),
        ({"accepting_new_patients": True}, [PEDIATRICIAN.id]),
        ({"telehealth": True}, [PEDIATRICIAN.id]),
        ({"gender": "female"}, [PEDIATRICIAN.id]),
        ({"gender": "male"}, []),
        ({"words": "Dra. Ramires"}, [PEDIATRICIAN.id]),
        ({"open": "at", "open_at": "2026-11-24T10:00:00-08:00"}, [PEDIATRICIAN.id]),
        ({"open": "at", "open_at": "2026-11-24T15:00:00-08:00"}, []),
    ],
)
def test_filters_are_filters(call: Call, body: dict[str, object], found: list[str]) -> None:
    request = {"what": "practitioners", "place": "Centro, Tijuana", **body}
    answer = call("POST", "/api/v1/search", json=request).json()
    assert answer["what"] == "practitioners"
    assert [one["id"] for one in answer["results"]] == found
    assert answer["facets"]["counted"] == len(found)
