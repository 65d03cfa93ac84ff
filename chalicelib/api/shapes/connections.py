"""Where a user stands with a broker; of credentials nothing is shown."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.brokers.interface import Capabilities
from chalicelib.brokers.offers import OFFERS
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.users.standing import Standing


def shape_standing(standing: Standing) -> dict[str, JsonValue]:
    """Write one broker in one environment for its user."""
    return {
        "broker": standing.broker.value,
        "environment": standing.mode.environment,
        "broker_mode": standing.mode.value,
        "account_id": standing.account_id,
        "state": standing.state.value,
        "expires_at": instant(standing.expires_at),
        "last_ok_at": instant(standing.last_ok_at),
        "reason": standing.reason,
        "credentials": list(OFFERS[standing.broker].credentials),
        "in_browser": OFFERS[standing.broker].in_browser,
        "capabilities": _capabilities(standing.capabilities),
        "live_enabled": standing.live_enabled,
    }


def _capabilities(broker: Capabilities) -> dict[str, JsonValue]:
    return {
        "market_orders": broker.market_orders,
        "combined_orders": broker.combined_orders,
        "combined_at_market": broker.combined_at_market,
        "commission_to_open": number(broker.commission.to_open),
        "commission_to_close": number(broker.commission.to_close),
        "fractional_quantities": broker.fractional_quantities,
        "stop_types": [one.value for one in sorted(broker.stop_types)],
        "hours": broker.hours.value,
        "oco": broker.oco,
        "min_oco_distance": number(broker.min_oco_distance),
        "holds_protection": broker.holds_protection,
        "trigger_precision": broker.trigger_precision.value,
        "delivers_shares": broker.delivers_shares,
    }
