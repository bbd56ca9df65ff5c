"""Alembic migrations of the tables; `python -m migrations "what changes"` writes the next one."""
