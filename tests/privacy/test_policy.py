"""The policies: kept for ever as they were, whole in both languages, and asking again for what they change."""

import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.consent import Purpose
from finder.errors import BadInput
from finder.privacy.policy import CURRENT_POLICY, LANGUAGES, Policies, Policy, policies, policy_version
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "finder/privacy/policies"
DAY_ONE = date(2026, 11, 1)


def policy(day: int, asks_again_for: frozenset[Purpose] = frozenset()) -> Policy:
    return Policy(version=DAY_ONE + timedelta(days=day), texts={"en": f"{day}"}, summaries={}, asks_again_for=asks_again_for)


def test_no_text_that_was_in_force_ever_changes() -> None:
    """A new version brings its digests into the file; a line that is there is never changed."""
    known = json.loads((REPOSITORY / "tests/cases/policies.json").read_text())
    found = {path.relative_to(FOLDER).as_posix(): sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*/*.md")}
    assert found == known
    assert known["2026-11-01/en.md"] == policies().versions[0].text_sha256("en")


def test_every_version_is_told_of_and_whole() -> None:
    told = tomllib.loads((FOLDER / "policies.toml").read_text())
    assert set(told) == {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert [one.version.isoformat() for one in policies().versions] == sorted(told)
    for one in policies().versions:
        shapes = [
            [line[:2] for line in one.texts[language].splitlines() if line[:2] in {"# ", "##", "- "}] for language in LANGUAGES
        ]
        assert shapes[0] == shapes[1], "the languages say the same, heading by heading"
        assert all(one.summaries[language].strip() for language in LANGUAGES)


def test_the_policy_in_force_is_the_newest_and_not_of_the_future() -> None:
    assert policies().current.version == CURRENT_POLICY == max(one.version for one in policies().versions)
    assert datetime.now(UTC).date() >= CURRENT_POLICY


@given(
    versions=st.dictionaries(st.integers(0, 8), st.frozensets(st.sampled_from(list(Purpose))), min_size=1),
    agreed=st.integers(-1, 9),
    purpose=st.sampled_from(list(Purpose)),
)
def test_a_later_version_that_changes_a_purpose_asks_again_for_it(versions, agreed, purpose) -> None:
    known = Policies([policy(day, changes) for day, changes in versions.items()])
    expected = False
    for day, changes in versions.items():
        if day > agreed and purpose in changes:
            expected = True
    assert known.needs_new_consent(DAY_ONE + timedelta(days=agreed), purpose) is expected
    assert known.current.version == DAY_ONE + timedelta(days=max(versions))


def test_a_language_that_it_is_not_written_in_is_refused() -> None:
    with pytest.raises(BadInput, match="en, es"):
        policies().current.text_sha256("fi")


@pytest.mark.parametrize("text", ["", "yes", "2026-13-01", "2026-11-01T00:00", "1" * 10_000])
def test_what_is_no_date_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        policy_version(text)
    assert not text or text not in str(caught.value)
    assert policy_version("2026-11-01") == DAY_ONE
