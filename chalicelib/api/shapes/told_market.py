"""What was told of the market, as calls answer it."""

from chalicelib.api.shapes.values import instant
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.desk.macro_windows import ToldWindow


def shape_window(told: ToldWindow) -> dict[str, JsonValue]:
    """Write a macro window as it is told."""
    return {
        "name": told.window.name,
        "start": instant(told.window.starts_at),
        "end": instant(told.window.ends_at),
        "source": told.source,
        "loaded_at": instant(told.loaded_at),
    }
