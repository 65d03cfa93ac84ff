"""Bodies that the domain reads field by field.

A fault is named by its path (`entry_conditions.dte_min`), all of them at once.
"""

from importlib import import_module
from typing import Any, ClassVar

from pydantic import ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chalicelib.api.fields import RequestModel


class ReadByDomain(RequestModel):
    """A body whose fields the domain reads, and knows which there are."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    SCHEMA: ClassVar[str]
    """The module of the API and the function that describe it."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # Imported on use: a call is answered without its description.
        module, _, function = cls.SCHEMA.partition(".")
        schema: JsonSchemaValue = getattr(import_module(f"chalicelib.api.{module}"), function)()
        return {"title": cls.__name__, "description": cls.__doc__, **schema}

    def fields(self) -> dict[str, Any]:  # Any: JSON as a caller sent it
        """Return what was sent."""
        return dict(self.model_extra or {})
