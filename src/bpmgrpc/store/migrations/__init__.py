"""Migrations of the schema, run by ``bpmgrpc.store.migrate``; new ones are made with Alembic's ``revision``."""
