"""Run by Alembic. The connection, with its lock and its transaction, is the caller's: see ``bpmgrpc.store.migrate``."""

from alembic import context

from bpmgrpc.store.tables import METADATA

attributes = context.config.attributes

context.configure(
    connection=attributes["connection"],
    target_metadata=METADATA,
    on_version_apply=attributes["on_version_apply"],
    render_as_batch=attributes["connection"].dialect.name == "sqlite",
    # One transaction around all steps, begun by the caller with the lock in it.
    transactional_ddl=False,
)
context.run_migrations()
