"""Schema migrations, run by Alembic when a server starts."""
