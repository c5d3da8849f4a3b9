"""Write ``docs/retention.md`` from the table that the sweeper goes by: python scripts/retention_table.py"""

from pathlib import Path

from finder.privacy.retention import KINDS, Kind, Where

PAGE = Path(__file__).parent.parent / "docs" / "retention.md"
HEAD = """# What ends when

Everything that the finder writes about people, what for, and when it ends. Made from `finder/privacy/retention.py` by
`python scripts/retention_table.py`; the privacy centre shows people the same, in Spanish and English.

The service sweeps when it starts and every hour; `finder sweep` does so at once, and `finder sweep --dry-run` says what would go.
So what is over is gone an hour later at most, on SQLite after a load that is being written. Days and weeks end at midnight UTC.

| Kind | What | What for | Kept where | Until |
| --- | --- | --- | --- | --- |
"""
FOOT = """
"You" is who searches for care. Rows that are deleted are overwritten in SQLite's file, and its write-ahead log is emptied after
each sweep; on PostgreSQL their tables are vacuumed. Backups are the operator's: give them an end too.
"""


def line(kind: Kind) -> str:
    """Return a kind's row of the table."""
    held = ", ".join(f"`{name}`" for name in kind.held_in)
    in_browser = held if "/" in held else f"cookie {held}"
    places = {Where.DATABASE: f"table {held}", Where.FILES: held, Where.BROWSER: in_browser, Where.MEMORY: "memory"}
    return f"| `{kind.id}` | {kind.what.en} | {kind.why.en} | {places[kind.where]} | {kind.until.en} |\n"


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(map(line, KINDS)) + FOOT


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
