"""What the database holds of a person: whatever the tables are that are there, and whatever the finder's own code knows of."""

from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, inspect, select

__all__ = ["copies_of_a_row", "kept_of", "rows_of"]

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


def kept_of(database: Path, subject: str) -> dict[str, bytes]:
    """What is sealed or signed for the person: the bytes and the long texts of the person's rows and of those that name them."""
    own = rows_of(database, subject)
    ids = [str(row["id"]) for rows in own.values() for row in rows if len(str(row.get("id", ""))) > len("a number")]
    return {
        f"{table}.{column} {number}": value if isinstance(value, bytes) else value.encode()
        for table, rows in rows_of(database, subject, *ids).items()
        for number, row in enumerate(rows)
        for column, value in row.items()
        if (isinstance(value, bytes) and value) or (isinstance(value, str) and len(value) > _LONG_TEXT)
    }


def copies_of_a_row(database: Path, table: str, column: str) -> int:
    """How often the value of one row's column stands in the file: in the row, and in each index that has the column."""
    engine = create_engine(f"sqlite:///{database}")
    indexes = inspect(engine).get_indexes(table)
    engine.dispose()
    return 1 + sum(column in index["column_names"] for index in indexes)
