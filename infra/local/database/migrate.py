"""Run the Alembic migrations by program: as the owner, on any database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

MIGRATIONS: Final = Path(__file__).resolve().parents[3] / "migrations"


def alembic_config(owner_url: str, *, role_passwords: Mapping[str, str] | None = None) -> Config:
    """Point Alembic at the migrations and, by `attributes["url"]`, at the owner's libpq URL."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = owner_url
    config.attributes["role_passwords"] = dict(role_passwords or {})
    return config


def migrate(owner_url: str, *, role_passwords: Mapping[str, str] | None = None) -> None:
    """Bring the database up to the newest revision; a server that asks for passwords is given some."""
    command.upgrade(alembic_config(owner_url, role_passwords=role_passwords), "head")


def unmake(owner_url: str) -> None:
    """Take every migration back, so that `migrate` starts from nothing."""
    command.downgrade(alembic_config(owner_url), "base")
