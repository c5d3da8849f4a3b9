"""The policy's pages, over versions that are made up and over the real ones."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from markupsafe import escape

from finder.directory import Directory
from finder.domain.consent import Purpose
from finder.privacy.policy import Policies, Policy, policies
from finder.web.policy.changes import Change, changed_blocks, stretches
from finder.web.policy.text import blocks_of, html_of

from .town import services, site

OLD = """# Policy of 1 May 2030

We use <i>little</i>.

## Cookies

We set one cookie. It **holds** the language & lasts a year.

- **Maps.** Nobody is told.
- **Logs.** Kept for 14 days, and then they are gone.

## Gone

What stood here is wholly gone from it.
"""
NEW = """# Policy of 2 June 2030

We use <i>little</i>.

## Cookies

We set two cookies. It **holds** the language & lasts a year.

- **Maps.** Nobody is told.
- **Apps.** Something altogether different came here.
- **Logs.** Kept for 7 days, and then they are gone.

## New

Another sentence, never read before.
"""
MADE_UP = Policies(
    [
        Policy(
            version=date(2030, month, day),
            texts={"en": text, "es": text.replace("Policy", "Aviso")},
            summaries={"en": f"Summary {month}", "es": f"Resumen {month}"},
            asks_again_for=frozenset(asked),
        )
        for month, day, text, asked in (
            (5, 1, OLD, list(Purpose)),
            (6, 2, NEW, [Purpose.ANALYTICS, Purpose.SEARCH]),
            (7, 3, NEW, []),
        )
    ]
)


@pytest.fixture
def client(town: Directory) -> Iterator[TestClient[Any]]:
    with TestClient(site(services(town, policies=MADE_UP))) as client:
        client.headers.update({"Accept-Language": "en-GB", "Accept": "text/html"})
        yield client


def text_of(html: str) -> str:
    """The words that are shown, without those for screen readers."""
    html = re.sub(r'<span class="unseen">.*?</span>', "", html)
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def test_every_version_has_its_page_and_the_newest_is_in_force(client: TestClient[Any]) -> None:
    current, newest = client.get("/privacy/policy"), client.get("/privacy/policy/2030-07-03")
    assert "In force since 3 July 2030" in current.text
    assert "In force since 3 July 2030" in newest.text
    older = client.get("/privacy/policy/2030-05-01").text
    assert "no longer in force" in older
    assert "from 1 May 2030 until 2 June 2030" in older
    assert "<h2>Policy of 1 May 2030</h2>" in older
    assert "<h3>Cookies</h3>" in older
    assert len(re.findall("<h1", older)) == 1
    assert "&lt;i&gt;little" in older  # HTML in a text is text
    for page in (current.text, older):
        assert re.findall(r"Summary \d", page) == ["Summary 7", "Summary 6", "Summary 5"]
        assert page.count("Asks again for: Search near your exact position, Statistics") == 1
        assert re.findall(r'href="(/privacy/policy/[\d-]+/changes)"', page.partition('id="versions"')[2]) == [
            "/privacy/policy/2030-07-03/changes",
            "/privacy/policy/2030-06-02/changes",
        ]


def test_changes_are_marked_for_eyes_and_for_screen_readers(client: TestClient[Any]) -> None:
    page = client.get("/privacy/policy/2030-06-02/changes").text
    assert re.search(r'<del><span class="unseen">\[removed: </span>one cookie.<span class="unseen">\]</span></del>', page)
    assert re.search(r'<ins><span class="unseen">\[new: </span>two cookies.<span class="unseen">\]</span></ins>', page)
    assert "<strong>Apps.</strong> Something altogether different" in page
    assert "1 paragraph is unchanged" in page
    assert "<script" not in page
    assert "<i>" not in page
    spanish = client.get("/privacy/policy/2030-06-02/changes", headers={"Accept-Language": "es-MX"}).text
    assert "Resumen 6" in spanish
    assert "Aviso of" in spanish


@pytest.mark.parametrize(
    "path", ["2030-05-02", "20300501", "2030-W18-3", "now", "2030-05-01/changes", "2030-01-01/changes", "2030-05-01.html"]
)
def test_no_such_page(client: TestClient[Any], path: str) -> None:
    assert client.get(f"/privacy/policy/{path}").status_code == 404


def rebuilt(change: Change) -> list[tuple[str, str]]:
    """The blocks of one of the two versions, put together from their differences."""
    kept = {Change.KEPT, change}
    told = [
        (block.tag, " ".join(text_of(piece.html) for piece in block.pieces if piece.change in kept))
        for block in changed_blocks(OLD, NEW)
    ]
    return [(tag, words) for tag, words in told if words]


@pytest.mark.parametrize(("change", "text"), [(Change.REMOVED, OLD), (Change.INSERTED, NEW)])
def test_both_versions_can_be_read_in_the_differences(change: Change, text: str) -> None:
    shown = re.findall(r"<(h\d|p|li)>(.*?)</\1>", html_of(text), re.DOTALL)
    assert rebuilt(change) == [(tag, text_of(html)) for tag, html in shown]


_WORDS = st.lists(st.sampled_from(["one", "two", "three", "**four**", "five", "x & y", "<b>"]), min_size=1, max_size=6)
_TEXTS = st.lists(
    st.tuples(st.sampled_from(["# ", "", "- ", "## "]), _WORDS).map(lambda block: block[0] + " ".join(block[1])), max_size=8
).map("\n\n".join)


@given(_TEXTS, _TEXTS)
def test_nothing_is_lost_or_made_up(old: str, new: str) -> None:
    changed = changed_blocks(old, new)
    for text, change in ((old, Change.REMOVED), (new, Change.INSERTED)):
        told = [
            " ".join(" ".join(text_of(piece.html) for piece in block.pieces if piece.change in {Change.KEPT, change}).split())
            for block in changed
        ]
        words = [str(escape(" ".join(word.text for word in block.words))) for block in blocks_of(text)]
        assert [line for line in told if line] == [line for line in words if line]
    assert [block for stretch in stretches(changed) for block in stretch.blocks] == list(changed)


def test_the_same_text_has_no_changes(client: TestClient[Any]) -> None:
    assert all(block.is_kept for block in changed_blocks(NEW, NEW))
    page = client.get("/privacy/policy/2030-07-03/changes").text
    assert not re.search(r'<(ins|del)><span class="unseen">', page)


def test_a_heading_is_shown_where_something_below_it_is_changed() -> None:
    shown = [block for stretch in stretches(changed_blocks(OLD, NEW)) if not stretch.is_kept for block in stretch.blocks]
    assert "Cookies" in [str(piece.html) for block in shown for piece in block.pieces if block.tag == "h3"]


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
def test_the_real_versions(town: Directory, language: str) -> None:
    with TestClient(site(services(town))) as client:
        client.headers.update({"Accept-Language": language, "Accept": "text/html"})
        assert client.get("/privacy/policy").status_code == 200
        for policy in policies().versions:
            answer = client.get(f"/privacy/policy/{policy.version}")
            assert answer.status_code == 200
            first_line = policy.texts[language[:2]].splitlines()[0].removeprefix("# ")
            assert f"<h2>{first_line}</h2>" in answer.text
        for policy in policies().versions[1:]:
            assert client.get(f"/privacy/policy/{policy.version}/changes").status_code == 200
