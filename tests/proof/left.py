"""What is left of a person in the database: every row of every table in which the person's number stands."""

from pathlib import Path

from sqlalchemy import MetaData, create_engine, select

__all__ = ["rows_of"]


def rows_of(database: Path, subject: str) -> dict[str, list[dict[str, object]]]:
    """The rows by table, read from the tables that are there, whatever the finder's own code knows of."""
    engine = create_engine(f"sqlite:///{database}")
    tables = MetaData()
    tables.reflect(engine)
    found: dict[str, list[dict[str, object]]] = {}
    with engine.connect() as connection:
        for table in tables.sorted_tables:
            rows = [dict(row) for row in connection.execute(select(table)).mappings() if subject in map(str, row.values())]
            if rows:
                found[table.name] = rows
    engine.dispose()
    return found
