"""Alembic runs this: it uses the connection and the transaction that database.py opened, so a migration is all or nothing."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True)
context.run_migrations()
