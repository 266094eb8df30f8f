"""How migrations run: on the connection of whoever opens the file, and only there."""

from alembic import context

from recognizance.service.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by writing it anew
    transaction_per_migration=False,
    transactional_ddl=False,  # the caller holds the transaction
)
context.run_migrations()
