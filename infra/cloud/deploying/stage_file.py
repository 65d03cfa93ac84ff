"""A stage's choices as a file, `stages/NAME.toml`: kept in version control, without any secret."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Final

from infra.cloud.stage import Architecture, BadStage, Stage

DIRECTORY: Final = Path("stages")


def read_stage(name: str, root: Path) -> Stage:
    """Return the stage of this name; one without a file has the defaults. Raises BadStage."""
    path = root / DIRECTORY / f"{name}.toml"
    if not path.exists():
        return Stage(name=name)
    try:
        chosen = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadStage(f"{path.name} cannot be read: {error}") from error
    unknown = sorted(chosen.keys() - {field.name for field in fields(Stage)} | ({"name"} & chosen.keys()))
    if unknown:
        raise BadStage(f"{path.name} has settings that are not known: {', '.join(unknown)}")
    try:
        if "architecture" in chosen:
            chosen["architecture"] = Architecture(chosen["architecture"])
        return Stage(name=name, **chosen)
    except (TypeError, ValueError) as error:
        raise BadStage(f"{path.name}: {error}") from error
