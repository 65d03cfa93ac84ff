"""The kill switch and the desk's status as their owner reads them."""

from chalicelib.api.shapes.desk import shape_bot
from chalicelib.api.shapes.me import shape_market
from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.desk.kill_switch.rows import SwitchRow
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.desk.switch.kill_switch import SwitchState
from chalicelib.services.desk.told.desk_status import DeskStatus, LastScan


def shape_switch(state: SwitchState) -> dict[str, JsonValue]:
    """Write what is in force, and what brokers show."""
    return {
        "mode": state.mode.value,
        "flat": state.flatness.flat,
        "left": [{"symbol": symbol, "quantity": number(count)} for symbol, count in state.flatness.left],
        "rows": [shape_row(row) for row in state.rows],
    }


def shape_row(row: SwitchRow) -> dict[str, JsonValue]:
    """Write one cause; one that could not be read was set at no known time."""
    return {
        "scope": row.scope.value,
        "mode": row.mode.value,
        "cause": row.cause.value,
        "detail": row.detail,
        "set_by": row.set_by,
        "set_at": instant(row.known_since),
        "lifts_when": row.lifts_when,
    }


def shape_status(status: DeskStatus) -> dict[str, JsonValue]:
    """Write how a desk stands."""
    return {
        "bot": shape_bot(status.bot),
        "kill_switch": {
            "mode": status.mode.value,
            "rows": [shape_row(row) for row in status.rows],
        },
        "last_scan": None if status.last_scan is None else _scan(status.last_scan, status),
        "last_exit_scan_at": instant(status.last_exit_scan_at),
        "data_ages": {
            name: None
            if at is None
            else {"as_of": instant(at), "age_s": max(0.0, (status.market.now - at).total_seconds())}
            for name, at in status.data.items()
        },
        "market": shape_market(status.market),
    }


def _scan(scan: LastScan, status: DeskStatus) -> dict[str, JsonValue]:
    age = max(0.0, (status.market.now - scan.at).total_seconds())
    return {"at": instant(scan.at), "age_s": age, **scan.counts}
