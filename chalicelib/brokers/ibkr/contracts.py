"""Conids, the numbers that Interactive Brokers trades by: looked for once and kept, whoever needs them next.

There is no chain with conids: one question finds those of a month, a strike and a right (wire/ibkr.md, 8).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.ibkr.parse_contracts import conid_of_contract, conid_of_underlying
from chalicelib.brokers.ibkr.session import BrokerageSession
from chalicelib.brokers.ibkr.shared import KnownContracts
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract, OptionType
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import OutcomeUnknown, VendorUnreachable
from chalicelib.vendors.wire import UnreadablePayload

OPTION: Final = "OPT"
SMART: Final = "SMART"
_RIGHTS: Final = {OptionType.CALL: "C", OptionType.PUT: "P"}


class Contracts:
    """Conids of symbols and back, for one broker's calls."""

    def __init__(self, session: BrokerageSession, known: KnownContracts) -> None:
        self._session = session
        self._known = known
        self._conids: dict[str, int] = {}
        self._symbols: dict[int, str] = {}

    def conid(self, symbol: str, underlying: str, urgency: Urgency) -> int:
        """Return the conid of a contract, or of a ticker.

        Raises Refused where there is none, VendorError, and never with outcome UNKNOWN: nothing was sent.
        """
        if symbol not in self._conids:
            self._conids |= self._known.conids([symbol])
        if symbol not in self._conids:
            try:
                found = self._found(symbol, underlying, urgency)
            except (OutcomeUnknown, UnreadablePayload) as error:
                raise VendorUnreachable(f"the contract could not be looked up: {error}") from error
            self._known.keep(symbol, found)
            self._conids[symbol] = found
        return self._conids[symbol]

    def symbols(self, conids: Sequence[int]) -> Callable[[int], str]:
        """Return what names the contracts of these conids; one never traded is named by its number."""
        missing = [conid for conid in set(conids) if conid not in self._symbols]
        if missing:
            self._symbols |= self._known.symbols(missing)
        return lambda conid: self._symbols.get(conid, f"conid-{conid}")

    def are_known(self, conids: Sequence[int]) -> bool:
        """Say whether the contracts of these conids can all be named."""
        self.symbols(conids)
        return all(conid in self._symbols for conid in conids)

    def learn(self, named: Mapping[int, str]) -> None:
        """Keep the names of contracts, for whoever needs them next."""
        for conid, symbol in named.items():
            if not self.are_known([conid]):
                self._known.keep(symbol, conid)
                self._symbols[conid] = symbol

    def _found(self, symbol: str, underlying: str, urgency: Urgency) -> int:
        try:
            contract = OptionContract.parse_occ(symbol)
        except NotAnOptionSymbol:
            if symbol != underlying:
                raise Refused(f"Interactive Brokers has no contract {symbol[:40]}") from None
            return self._underlying(underlying, urgency)
        return self._of_option(contract, self._underlying(underlying, urgency), urgency)

    def _underlying(self, ticker: str, urgency: Urgency) -> int:
        """Look a ticker up; this must come before any question for its options, too (wire, 7)."""
        asked = {"symbol": ticker.replace("/", " ")}
        body = self._session.get("/iserver/secdef/search", asked, urgency=urgency)
        found = conid_of_underlying(body, asked["symbol"])
        if found is None:
            raise Refused(f"Interactive Brokers has no {ticker[:40]}")
        return found

    def _of_option(self, contract: OptionContract, underlying_conid: int, urgency: Urgency) -> int:
        asked = {
            "conid": str(underlying_conid),
            "sectype": OPTION,
            "month": f"{contract.expiry:%b%y}".upper(),
            "exchange": SMART,
            "strike": f"{contract.strike:f}",
            "right": _RIGHTS[contract.option_type],
        }
        body = self._session.get("/iserver/secdef/info", asked, urgency=urgency)
        found = conid_of_contract(body, contract)
        if found is None:
            raise Refused(f"Interactive Brokers has no contract {contract.to_occ()}")
        return found
