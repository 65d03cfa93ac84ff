"""The engine of one role: how its connections are opened and kept."""

from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

if TYPE_CHECKING:
    import psycopg

#: Two attempts to begin, of which the first finds a server that stands still, fit into a call's 20 s.
CONNECT_SECONDS_MAX: Final = 5
#: Where statements may be prepared: from the use on that makes it pay.
PREPARED_FROM_USES: Final = 3


def open_engine(
    url: str,
    *,
    pool_size: int = 1,
    overflow: int = 0,
    prepares_statements: bool = False,
    answer_seconds_max: float | None = None,
    connect_seconds_max: int = CONNECT_SECONDS_MAX,
) -> Engine:
    """Build the engine of one role: lazily connected, safe behind PgBouncer, each statement by itself.

    Connections are checked by each transaction's own first statement (`Database._begin`), which costs no
    round trip of its own as the pool's ping would. A wait for the server longer than `answer_seconds_max`
    ends with the connection.

    `url` may be libpq's key=value form or any postgresql:// form. `prepares_statements` is for a server that
    is reached directly: PgBouncer in transaction mode has no session to keep prepared statements in.
    """

    def opened() -> "psycopg.Connection":
        from chalicelib.store.patience import connect
        from chalicelib.store.pipelined import PipelinedConnection

        return connect(
            PipelinedConnection,
            url.replace("postgresql+psycopg://", "postgresql://", 1),
            answer_seconds_max=answer_seconds_max,
            connect_seconds_max=connect_seconds_max,
            prepare_threshold=PREPARED_FROM_USES if prepares_statements else None,
        )

    return create_engine(
        "postgresql+psycopg://",
        creator=opened,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # errors are logged with their text
        pool_size=pool_size,
        max_overflow=overflow,
        pool_timeout=5,
    )
