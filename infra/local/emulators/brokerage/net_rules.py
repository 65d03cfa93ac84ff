"""What Tradier's risk system refuses of several legs at one net price (wire notes, 7.2, 7.3 and 12)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.buying_power import Move, moves_of
from infra.local.emulators.brokerage.orders import (
    CLOSING,
    SHARES_PER_CONTRACT,
    Duration,
    OrderClass,
    OrderType,
)
from infra.local.emulators.brokerage.refusals import BadParameter, RiskRefusal
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.market.instruments import Kind
from infra.local.emulators.market.occ import Right, parse

LEVEL_FOR_SPREADS: Final = 3
LEVEL_FOR_NAKED: Final = 5
COMBO_OPTIONS_MAX: Final = 2


def check_net(head: Ticket, legs: Sequence[Ticket], standing: Standing) -> None:
    """Refuse terms and legs that do not go together. Raises BadParameter, RiskRefusal."""
    if head.order_type in {OrderType.DEBIT, OrderType.CREDIT} and head.price is None:
        raise RiskRefusal("LimitPriceUndefined")
    if head.duration in {Duration.PRE, Duration.POST}:
        # Extended sessions are not simulated, so none of them is ever available.
        raise BadParameter("duration", f"{head.duration} market no longer available")
    if head.order_type is OrderType.MARKET and head.duration is Duration.GTC:
        raise RiskRefusal("MarketOrderIsGtc")
    if head.duration is Duration.GTC and any(leg.side == "sell_short" for leg in legs):
        raise RiskRefusal("ShortOrderIsGtc")
    _check_legs(head, legs)
    instrument = standing.feed.market.instrument(head.symbol)
    expiries = {contract.expiry for leg in legs if (contract := parse(leg.option_symbol or ""))}
    if instrument is not None and instrument.kind is Kind.INDEX and len(expiries) > 1:
        raise RiskRefusal("IndexOptionsOneExparyDate")
    if head.order_type is OrderType.MARKET:
        touches = (standing.feed.touch(leg.option_symbol or leg.symbol) for leg in legs)
        if any(max(touch) <= 0 for touch in touches):
            raise RiskRefusal("QuotePriceIsInvalid")


def _check_legs(head: Ticket, legs: Sequence[Ticket]) -> None:
    """Refuse a contract named twice, and a combo of other than shares and one or two options.

    The texts are not recorded.
    """
    named = Counter(leg.option_symbol for leg in legs)
    if max(named.values()) > 1:
        raise BadParameter("option_symbol", "is not valid")
    if head.order_class is OrderClass.COMBO and (
        legs[0].option_symbol is not None or len(legs) - 1 > COMBO_OPTIONS_MAX
    ):
        raise BadParameter("class", "is not valid")


def check_levels_of_net(form: OrderForm, account: Account) -> None:
    """Refuse what the account's level does not allow; what only closes needs none. Raises RiskRefusal."""
    opening = [leg for leg in form.legs if leg.side not in CLOSING]
    if not opening:
        return
    if account.option_level < LEVEL_FOR_SPREADS:
        raise RiskRefusal("SpreadTradingDeniedForAccount")
    if account.option_level < LEVEL_FOR_NAKED and is_naked(list(moves_of(opening)), account):
        raise RiskRefusal("ShortOptionTradingDeniedForAccount")


def is_naked(opened: Sequence[Move], account: Account) -> bool:
    """Say whether more options are sold than bought of a kind, less calls that shares cover."""
    balance: dict[tuple[str, Right], int] = defaultdict(int)
    shares: dict[str, int] = defaultdict(int)
    for symbol, quantity in opened:
        contract = parse(symbol)
        if contract is None:
            shares[symbol] += quantity
        else:
            balance[contract.underlying, contract.right] += quantity
    for (underlying, right), quantity in balance.items():
        owned = shares[underlying] + account.held(underlying)
        cover = owned // SHARES_PER_CONTRACT if right is Right.CALL else 0
        if quantity + max(0, cover - _calls_written(account, underlying)) < 0:
            return True
    return False


def _calls_written(account: Account, underlying: str) -> int:
    contracts = ((parse(one.symbol), one.quantity) for one in account.positions.values())
    return -sum(
        quantity
        for contract, quantity in contracts
        if contract and contract.underlying == underlying and contract.right is Right.CALL and quantity < 0
    )
