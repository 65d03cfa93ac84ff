"""Alembic's entry: runs migrations as the owner, in one transaction each, with row security opened to it.

`config.attributes["url"]` is the owner's connection string (libpq or URL form);
`config.attributes["role_passwords"]` optionally maps role names to passwords.
"""

from alembic import context
from sqlalchemy import text

from chalicelib.store.engine import open_engine
from chalicelib.store.schema import metadata

config = context.config


def run() -> None:
    """Run the migrations that were asked for."""
    engine = open_engine(config.attributes["url"])
    try:
        # The engine's own way is each statement by itself; a revision is whole or not there.
        with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
            # For this connection alone, closed below: the transaction of every revision needs it.
            connection.execute(text("select set_config('app.migration', 'on', false)"))
            connection.execute(text("select set_config('lock_timeout', '5s', false)"))
            connection.commit()
            context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


run()
