"""Bodies of the desk's calls, which the domain reads; `desk_schemas` describes them."""

from typing import ClassVar

from chalicelib.api.fields import Version
from chalicelib.api.read_by_domain import ReadByDomain


class NewStrategyBody(ReadByDomain):
    """A strategy to be made (B-01)."""

    SCHEMA: ClassVar[str] = "desk_schemas.new_strategy"


class PreviewedStrategyBody(ReadByDomain):
    """A strategy to be judged and not stored (B-14); a name is not asked for."""

    SCHEMA: ClassVar[str] = "desk_schemas.previewed_strategy"


class StrategyBody(ReadByDomain):
    """What takes a strategy's place, with the version that was seen."""

    SCHEMA: ClassVar[str] = "desk_schemas.changed_strategy"

    version: Version


class DeskSettingsBody(ReadByDomain):
    """Change the settings that are named; null puts the default back."""

    SCHEMA: ClassVar[str] = "desk_schemas.desk_settings"

    version: Version | None = None


class BacktestBody(ReadByDomain):
    """A backtest to be made (B-12); `strategy` is the id of a stored one, or its body."""

    SCHEMA: ClassVar[str] = "backtest_schema.backtest"
