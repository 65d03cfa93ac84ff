"""The paper broker's clearing house: settlement values, early assignment and dividends reach its books here.

All of it may be asked for again: what was done once is told, not done anew.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from chalicelib.brokers.paper.account import PaperAccount
from chalicelib.brokers.paper.collateral import contract_of, terms_of
from chalicelib.brokers.paper.ledger import Ledger, PaperEvent
from chalicelib.brokers.paper.settlement import assign, pay_dividend, settle_expired
from chalicelib.domain.instruments.index_classes import is_european
from chalicelib.domain.structures.early_assignment import Situation, is_assigned_early


class PaperClearing:
    """What happens to one user's paper books without an order. Every call raises VendorError."""

    def __init__(self, account: PaperAccount) -> None:
        self._account = account

    def settle(self, prices: Mapping[str, Decimal]) -> tuple[PaperEvent, ...]:
        """Settle expired contracts on the price of their underlying that is handed in; tell how each ended.

        All contracts of one expiry are handed in together, so that they settle on one price (I-17).
        """

        def work(ledger: Ledger, now: datetime) -> tuple[PaperEvent, ...]:
            settle_expired(ledger, prices, now)
            return _of(ledger, "expiry:")

        return self._account.move(work, {}, events_of=tuple(prices))

    def assign(self, key: str, symbol: str, contracts: Decimal) -> PaperEvent:
        """Deliver shares against so many contracts of a short option, once under this key.

        Raises Refused where fewer are short.
        """
        return self._account.move(
            lambda ledger, now: assign(ledger, key, symbol, contracts, now), {}, events_of=(symbol,)
        )

    def assign_early(self, seen: Mapping[str, Situation]) -> tuple[PaperEvent, ...]:
        """Assign the short options whose holders exercise today by what is seen of them (W-05).

        `seen` maps contracts to their situation; tells all that this day has assigned of them.
        """

        def work(ledger: Ledger, now: datetime) -> tuple[PaperEvent, ...]:
            for symbol, situation in seen.items():
                contracts = -ledger.held(symbol)
                if contracts > 0 and _is_assigned(symbol, contracts, situation):
                    assign(ledger, _early(symbol, situation.today), symbol, contracts, now)
            return _of(ledger, *(_early(symbol, situation.today) for symbol, situation in seen.items()))

        return self._account.move(work, {}, events_of=tuple(seen))

    def pay_dividend(self, underlying: str, ex_date: date, per_share: Decimal) -> PaperEvent | None:
        """Pay, or charge, a dividend in dollars on the shares of an ex-date's eve; None without shares."""
        return self._account.move(
            lambda ledger, now: pay_dividend(ledger, underlying, ex_date, per_share, now),
            {},
            events_of=(underlying,),
        )


def _of(ledger: Ledger, *beginnings: str) -> tuple[PaperEvent, ...]:
    return tuple(event for key, event in sorted(ledger.events.items()) if key.startswith(beginnings))


def _early(symbol: str, day: date) -> str:
    return f"early:{symbol}:{day}"


def _is_assigned(symbol: str, contracts: Decimal, situation: Situation) -> bool:
    contract = contract_of(symbol)
    (leg,) = terms_of({symbol: -contracts})
    return is_assigned_early(leg, situation, is_european=contract is None or is_european(contract.root))
