"""Run the Alembic migrations by program: as the owner, on any database."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"


def alembic_config(owner_url: str) -> Config:
    """Point Alembic at the migrations and, by `attributes["url"]`, at the owner's libpq URL."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = owner_url
    return config


def migrate(owner_url: str) -> None:
    """Bring the database up to the newest revision."""
    command.upgrade(alembic_config(owner_url), "head")


def unmake(owner_url: str) -> None:
    """Take every migration back, so that `migrate` starts from nothing."""
    command.downgrade(alembic_config(owner_url), "base")
