"""What a look at an account came to, as calls answer it."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.drift import Drift
from chalicelib.services.sync.reconcile import Reconciled


def shape_reconciled(one: Reconciled) -> dict[str, JsonValue]:
    """Write one account's result."""
    return {
        "broker_mode": one.account.mode.value,
        "account_id": one.account.account_id,
        "underlyings": list(one.underlyings),
        "settled": [str(trade.trade_id) for trade in one.settled],
        "unsettled": [{"trade_id": str(trade.trade_id), "role": trade.role} for trade in one.unsettled],
        "drift": [_shape_drift(drift) for drift in one.drift],
        "trouble": one.trouble,
    }


def _shape_drift(drift: Drift) -> dict[str, JsonValue]:
    return {
        "symbol": drift.symbol,
        "underlying": drift.underlying,
        "books": number(drift.books),
        "broker": number(drift.broker),
        "since": instant(drift.since),
        "accepted": drift.accepted,
    }
