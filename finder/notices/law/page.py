"""``docs/notices-law.md``, made from the table: ``python -m finder.notices.law.page > docs/notices-law.md``"""

import sys
from collections.abc import Iterable

from finder.notices.law.boundaries import ERROR_M
from finder.notices.law.table import Allowed, Atlas, LawTable, Length, Row, law_table
from finder.notices.law.verdict import UNKNOWN_SITE_M

__all__ = ["page"]

_HEAD = """# Where a fence is lawful

Made from `finder/notices/law/law.toml` by `python -m finder.notices.law.page > docs/notices-law.md`. These are summaries of
public sources and no legal advice: an operator reads the law of their place, changes the table and tests it. Why it is a table:
[decision 0033](decisions/0033-the-law-is-a-table.md).

What no row allows is refused: another country or state, the sea, a place where nobody looked who the neighbours are, and
everything where the outlines of countries are not installed. Where a line between two jurisdictions is so near that the outlines
cannot tell, every law that may rule must allow the fence. That is within {near} of a state of the USA and {far} of another
country: the error of their outlines and the largest distance of any row. A fence and the site that it belongs to both count.

| Where | Who | What for | Allowed | Where it may lie | From other sensitive sites | Row | Law | Read |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
_WHY = """
\\* The finder's own choice: what was read would allow more, or does not say.

## Why, row by row

"""
_FOOT = """
## Sensitive sites

Places of reproductive, mental or addiction care are never fenced, and no fence touches the site of another one. A place is taken
for one if any of these holds. Of a site that nobody has drawn, {unknown:.0f} m around its point are taken for its grounds.

- Its kind is {kinds}.
- A service that it lists, or the specialty of somebody who works there, is {care}.
- In its name or services a word begins with {words}; or is {whole}.
"""
_WHO = {"runs_the_facility": "runs the facility", "other": "anybody else"}


def page(table: LawTable) -> str:
    """Return the whole page."""
    near, far = (f"{(ERROR_M[atlas] + table.longest_m) / 1000.0:.1f} km" for atlas in (Atlas.US, Atlas.WORLD))
    sensitive = table.sensitive
    foot = _FOOT.format(
        unknown=UNKNOWN_SITE_M,
        kinds=_listed(sorted(sensitive.kinds)),
        care=_listed(sorted(sensitive.care)),
        words=_listed(word for word in sensitive.words if not word.endswith(" ")),
        whole=_listed(word.strip() for word in sensitive.words if word.endswith(" ")),
    )
    rows = "".join(_line(row, table) for row in table.rows)
    whys = "".join(f"- `{row.id}`: {row.why_en}\n" for row in table.rows)
    return _HEAD.format(near=near, far=far) + rows + _WHY + whys + foot


def _line(row: Row, table: LawTable) -> str:
    allowed = "no" if row.allowed is Allowed.NO else "with express consent"
    cells = (
        ", ".join(f"{table.jurisdictions[code].name_en} (`{code}`)" for code in row.jurisdictions),
        ", ".join(_WHO[one] for one in row.operators),
        ", ".join(row.purposes),
        allowed + (r" \*" if row.stricter_than_law else ""),
        "nowhere" if row.beyond is None else _lies(row.beyond),
        "not touching" if row.sensitive_distance is None else f"more than {_length(row.sensitive_distance)}",
        f"`{row.id}`",
        f"[{row.law}]({row.source})",
        row.read_on.isoformat(),
    )
    return f"| {' | '.join(cells)} |\n"


def _lies(beyond: Length) -> str:
    return f"own site, and {_length(beyond)} beyond its perimeter" if beyond.m else "own site, inside its perimeter"


def _length(length: Length) -> str:
    return f"{length.m} m" if length.ft is None else f"{length.ft:,} ft ({length.m} m)"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.stdout.write(page(law_table()))
