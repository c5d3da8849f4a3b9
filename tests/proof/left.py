"""What the database holds of a person: whatever the tables are that are there, and whatever the finder's own code knows of."""

from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, inspect, select

from tests.proof.marks import Mark

__all__ = ["copies_of_a_row", "found_in", "kept_of", "rows_about", "rows_of"]

_LONG_TEXT = 100
"""Letters: so long is a receipt, and nothing that many people have alike."""

type Rows = dict[str, list[dict[str, Any]]]


def rows_of(database: Path, *keys: str) -> Rows:
    """The rows by table in which one of the keys stands, such as the person's number."""
    engine = create_engine(f"sqlite:///{database}")
    tables = MetaData()
    tables.reflect(engine)
    found: Rows = {}
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
            if held := [row for row in rows if {*keys} & {str(value) for value in row.values()}]:
                found[table.name] = held
    engine.dispose()
    return found


def rows_about(database: Path, subject: str) -> Rows:
    """The rows of a person, and those that name one of them by its id."""
    own = rows_of(database, subject)
    ids = [str(row["id"]) for rows in own.values() for row in rows if len(str(row.get("id", ""))) > len("a number")]
    return rows_of(database, subject, *ids)


def kept_of(database: Path, subject: str) -> dict[str, bytes]:
    """What is sealed or signed for the person: the bytes and the long texts of the person's rows and of those that name them."""
    return {
        f"{table}.{column} {number}": value if isinstance(value, bytes) else value.encode()
        for table, rows in rows_about(database, subject).items()
        for number, row in enumerate(rows)
        for column, value in row.items()
        if (isinstance(value, bytes) and value) or (isinstance(value, str) and len(value) > _LONG_TEXT)
    }


def found_in(rows: Rows, mark: Mark) -> dict[str, set[str]]:
    """The forms of a mark that stand in rows, each with the tables and columns where it does."""
    found: dict[str, set[str]] = {}
    for table, of_table in rows.items():
        for row in of_table:
            for column, value in row.items():
                written = value if isinstance(value, bytes) else str(value).encode()
                for form in (form for form, text in mark.forms.items() if text in written):
                    found.setdefault(form, set()).add(f"{table}.{column}")
    return found


def copies_of_a_row(database: Path, table: str, column: str) -> int:
    """How often the value of one row's column stands in the file: in the row, and in each index that has the column."""
    engine = create_engine(f"sqlite:///{database}")
    indexes = inspect(engine).get_indexes(table)
    engine.dispose()
    return 1 + sum(column in index["column_names"] for index in indexes)
