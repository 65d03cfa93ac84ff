"""What a trade would cost, risk and earn, and which limits it would break; places nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER, OptionType
from chalicelib.domain.money import to_cents
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.limits import Breach, breaches, heat_of, heat_pct
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.commands.chosen_mode import chosen_mode
from chalicelib.services.commands.place_trade import limits_of, validate
from chalicelib.services.commands.validate import Listed
from chalicelib.services.environment import Environment
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.services.market.market_quotes import read_chain
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.trades.exposure import exposure
from chalicelib.store.users import settings

#: A-03: a market order over a spread wider than this share of mid asks again.
WIDE_SPREAD: Final = Decimal("0.10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A trade that is not placed, in dollars: `cost`, `at_stop` and `reward` are sizes, `break_even` a price.

    None is unbounded, unknown, or of a stop or target that is not there. `quoted_at` is the vendor's time and
    `now` ours.
    """

    cost: Decimal
    at_stop: Decimal | None
    reward: Decimal | None
    risk_reward: float | None
    break_even: Decimal
    heat_after: Decimal
    heat_after_pct: Decimal
    bid: Decimal | None
    ask: Decimal | None
    quoted_at: datetime | None
    now: datetime
    is_delayed: bool
    breaks: Sequence[Breach]
    warnings: Sequence[str]


def preview(env: Environment, kept: KeptAnswers, username: str, command: PlaceTrade) -> Preview:
    """Work a trade out by the chain that pages show; raises what placing would."""
    calendar = read_calendar(env)
    listed = validate(
        env,
        command,
        calendar,
        lambda ticker, expiry: read_chain(env, kept, username, ticker, expiry).answer,
    )
    entry = listed.entry
    assert entry is not None
    quantity = Decimal(command.qty)
    cost = to_cents(entry * quantity * OPTION_MULTIPLIER)
    risk = heat_of(entry, command.sl_price, quantity, OPTION_MULTIPLIER)
    at_stop = None if command.sl_price is None else risk
    reward = _reward(command, entry, quantity)

    def read(connection: Connection) -> tuple[Decimal, Decimal, list[Breach]]:
        rules = settings.read(connection, username)
        assert rules is not None, "a signed-in user has settings"
        mode = chosen_mode(rules, command.broker_mode)
        now = exposure(connection, username, mode, env.clock.now())
        heat = now.heat + risk
        return heat, heat_pct(heat, rules.account_balance), list(breaches(now, limits_of(rules), risk))

    heat, heat_share, broken = env.database.run(read, username=username)
    quote, now = listed.quote, env.clock.now()
    return Preview(
        cost=cost,
        at_stop=at_stop,
        reward=reward,
        risk_reward=None if command.tp_price is None else _ratio(reward, at_stop),
        break_even=_break_even(command, entry),
        heat_after=heat,
        heat_after_pct=heat_share,
        bid=quote.bid,
        ask=quote.ask,
        quoted_at=quote.quoted_at,
        now=now,
        is_delayed=quote.is_delayed,
        breaks=broken,
        warnings=_warnings(command, listed, calendar.is_open(now)),
    )


def _reward(command: PlaceTrade, entry: Decimal, quantity: Decimal) -> Decimal | None:
    """Return what the target earns; without one a call's reward has no bound and a put's ends at 0."""
    if command.tp_price is not None:
        return to_cents((command.tp_price - entry) * quantity * OPTION_MULTIPLIER)
    if command.option_type is OptionType.PUT:
        return to_cents((command.strike - entry) * quantity * OPTION_MULTIPLIER)
    return None


def _break_even(command: PlaceTrade, entry: Decimal) -> Decimal:
    """Return the underlying's price at expiry at which the premium comes back, before fees."""
    return command.strike + entry if command.option_type is OptionType.CALL else command.strike - entry


def _ratio(reward: Decimal | None, at_stop: Decimal | None) -> float | None:
    """Return what a typed target earns for each dollar that a typed stop loses; undefined without both."""
    return None if reward is None or not at_stop else float(round(reward / at_stop, 4))


def _warnings(command: PlaceTrade, listed: Listed, is_open: bool) -> list[str]:
    quote, warnings = listed.quote, []
    if not is_open:
        warnings.append("The market is closed: the order waits for the next session.")
    if listed.fault is not None:
        warnings.append(f"The quote cannot be relied on: {listed.fault}.")
    if quote.is_delayed:
        warnings.append("Quotes are 15 minutes old.")
    if command.sl_price is None:
        warnings.append("Without a stop the whole premium is at risk.")
    spread = None if quote.mid is None or quote.ask is None or quote.bid is None else quote.ask - quote.bid
    is_wide = spread is not None and quote.mid is not None and spread > WIDE_SPREAD * quote.mid
    if command.order_type is OrderType.MARKET and is_wide:
        warnings.append("The spread is over 10 % of mid: a limit order may fill much better.")
    return warnings
