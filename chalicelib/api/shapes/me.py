"""Who is signed in, their limits, and the market's state."""

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.users.me import MarketState, Me


def shape_me(me: Me, coin_stream_url: str | None) -> dict[str, JsonValue]:
    """Write the caller; `cadence_s` stands only where marks come rarer than usual."""
    market = shape_market(me.market)
    if me.cadence_seconds is not None:
        market["cadence_s"] = me.cadence_seconds
    return {
        "username": me.name,
        "operator": me.is_operator,
        "tier": me.tier.value.capitalize(),
        "broker_mode": me.broker_mode.value,
        "limits": {
            "max_positions": me.max_positions,
            "daily_loss_limit": number(me.daily_loss_limit),
            "heat_limit_pct": number(me.heat_limit_pct),
        },
        "market": market,
        "coin_stream_url": coin_stream_url,
    }


def shape_market(market: MarketState) -> dict[str, JsonValue]:
    """Write today's market."""
    return {
        "now": instant(market.now),
        "open": market.is_open,
        "next_open": instant(market.next_open),
        "next_close": instant(market.next_close),
        "holiday": market.holiday,
        "early_close": market.closes_early,
        "session": {
            "opened_at": instant(market.opened_at),
            "closes_at": instant(market.closes_at),
            "previous_close": instant(market.previous_close),
        },
    }
