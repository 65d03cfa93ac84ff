"""Which version of the prompts decides: the operator's choice, going back is one call (C-02)."""

from dataclasses import dataclass

from sqlalchemy import Connection

from chalicelib.models.prompt_files import USUAL_VERSION, versions
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.store.ai import switches as store


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptVersion:
    """A version, and whether it decides for whoever names none."""

    version: str
    active: bool


def list_prompts(env: Environment, username: str) -> list[PromptVersion]:
    """List all versions, newest first."""
    active = env.database.read(active_version, username=username)
    return [PromptVersion(version=one, active=one == active) for one in reversed(versions())]


def activate_prompt(env: Environment, username: str, version: str) -> PromptVersion:
    """Have a version decide from the next decision on; raises NotFound."""
    if version not in versions():
        raise NotFound("version of the prompts")

    def work(connection: Connection) -> PromptVersion:
        store.set_prompt_version(connection, version=version, set_by=username)
        return PromptVersion(version=version, active=True)

    return env.database.run(work, username=username)


def active_version(connection: Connection) -> str:
    """Read which version decides; one that this release does not have is passed over."""
    chosen = store.prompt_version(connection)
    return chosen if chosen in versions() else USUAL_VERSION
