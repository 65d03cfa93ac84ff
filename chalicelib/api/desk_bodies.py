"""Bodies of the desk's calls: the domain reads them field by field, and `desk_schemas` describes them.

A fault is named by its path (`entry_conditions.dte_min`), all of them at once.
"""

from typing import Any, ClassVar

from pydantic import ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.fields import RequestModel, Version


class _ReadByDomain(RequestModel):
    """A body whose fields the domain reads, and knows which there are."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    SCHEMA: ClassVar[str]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # Imported on use: a call is answered without its description.
        from chalicelib.api import desk_schemas

        schema: JsonSchemaValue = getattr(desk_schemas, cls.SCHEMA)()
        return {"title": cls.__name__, "description": cls.__doc__, **schema}

    def fields(self) -> dict[str, Any]:  # Any: JSON as a caller sent it
        """Return what was sent."""
        return dict(self.model_extra or {})


class NewStrategyBody(_ReadByDomain):
    """A strategy to be made (B-01)."""

    SCHEMA: ClassVar[str] = "new_strategy"


class StrategyBody(_ReadByDomain):
    """What takes a strategy's place, with the version that was seen."""

    SCHEMA: ClassVar[str] = "changed_strategy"

    version: Version


class DeskSettingsBody(_ReadByDomain):
    """Change the settings that are named; null puts the default back."""

    SCHEMA: ClassVar[str] = "desk_settings"

    version: Version | None = None
