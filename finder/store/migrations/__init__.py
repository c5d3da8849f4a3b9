"""Alembic's room: ``env.py`` and one dated file a change, up and down, on SQLite and PostgreSQL."""
