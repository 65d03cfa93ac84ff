"""Kinds of columns that all tables share, and the metadata they belong to."""

from typing import Any, Final

from sqlalchemy import Column, DateTime, ForeignKey, ForeignKeyConstraint, MetaData, Numeric, Text, text

metadata: Final = MetaData()

PRICE: Final = Numeric(20, 8)
INSTANT: Final = DateTime(timezone=True)
NOW: Final = text("papertape_now()")


def text_column(name: str, **options: Any) -> Column[str]:  # Any: SQLAlchemy's own column options
    """Return a column of text."""
    return Column(name, Text, **options)


def prices(*names: str) -> list[Column[Any]]:  # Any: a column list may mix value types
    """Return columns of exact numbers that may be null."""
    return [Column(name, PRICE) for name in names]


def instants(*names: str) -> list[Column[Any]]:  # Any: as above
    """Return columns of instants that may be null."""
    return [Column(name, INSTANT) for name in names]


def stamp(name: str) -> Column[Any]:  # Any: as above
    """Return a column of the product's time at which the row was written."""
    return Column(name, INSTANT, nullable=False, server_default=NOW)


def trade_key() -> ForeignKeyConstraint:
    """Return the key by which a row belongs to a trade of the same user."""
    return parent_key("trade_id", "paper_trades")


def parent_key(column: str, parent: str) -> ForeignKeyConstraint:
    """Return the key by which a row hangs on one of the same user's: on nobody else's can it hang."""
    return ForeignKeyConstraint(
        [column, "username"], [f"{parent}.id", f"{parent}.username"], ondelete="CASCADE"
    )


def owner(*, is_key: bool = False) -> Column[str]:
    """Return the column of whose row it is; the row goes with its owner."""
    settings = ForeignKey("user_settings.username", ondelete="CASCADE")
    return Column("username", Text, settings, nullable=False, primary_key=is_key)
