"""Contracts by number: search, strikes, one contract of a month (wire, 8).

Conids are numbers that can be read back, longer than the vendor's: a stack that is started anew knows them.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from infra.local.emulators.ibkr.problems import ApiRefusal, no_route
from infra.local.emulators.ibkr.sessions import Session
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.instruments import Instrument, Kind
from infra.local.emulators.market.listing import roots_on
from infra.local.emulators.market.occ import Contract, Right, contract_symbol, parse
from infra.local.emulators.market.sessions import new_york_date, session_before

Shown = dict[str, object]
_FIRST_UNDERLYING: Final = 200_000
_EPOCH: Final = date(2000, 1, 1)
_STRIKES: Final = 100_000_000
_DAYS: Final = 100_000
_MONTH: Final = "%b%y"
_KINDS: Final = {Kind.INDEX: "IND"}
#: What is listed abroad under the same symbol.
_ABROAD: Final = "38708077"


class Contracts:
    """The market's contracts by conid."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        instruments = sorted(feed.market.instruments(), key=lambda one: one.symbol)
        self._tickers = [one.symbol for one in instruments]
        self._roots = [root for one in instruments for root in one.roots]

    def conid(self, symbol: str) -> int:
        """Return the number of a ticker or an option."""
        contract = parse(symbol)
        if contract is None:
            return _FIRST_UNDERLYING + self._tickers.index(symbol)
        number = self._roots.index(contract.root) + 1
        number = number * _DAYS + (contract.expiry - _EPOCH).days
        number = number * 2 + (contract.right is Right.PUT)
        return number * _STRIKES + contract.strike_thousandths

    def symbol(self, conid: int) -> str:
        """Return what a number stands for. Raises ApiRefusal."""
        try:
            if conid < _STRIKES:
                return self._tickers[self._index(conid - _FIRST_UNDERLYING)]
            number, strike = divmod(conid, _STRIKES)
            number, is_put = divmod(number, 2)
            number, days = divmod(number, _DAYS)
            root, right = self._roots[self._index(number - 1)], Right.PUT if is_put else Right.CALL
            return contract_symbol(root, _EPOCH + timedelta(days=days), right, strike / 1000)
        except IndexError as error:
            raise ApiRefusal(400, "no contract has this conid") from error

    def answer(self, path: str, asked: Mapping[str, str], session: Session) -> object:
        """Answer a call about contracts. Raises ApiRefusal."""
        match path:
            case "/iserver/secdef/search":
                return self.search(asked, session)
            case "/iserver/secdef/strikes":
                return self.strikes(asked, session)
            case "/iserver/secdef/info":
                return self.info(asked, session)
            case _:
                raise no_route()

    def stocks(self, asked: Mapping[str, str]) -> dict[str, list[Shown]]:
        """Answer `/trsrv/stocks`, which wants no brokerage session: shares by symbol."""
        return {symbol: self._stock(symbol) for symbol in asked.get("symbols", "").split(",") if symbol}

    def _stock(self, symbol: str) -> list[Shown]:
        instrument = self._feed.market.instrument(symbol.replace(" ", "/").upper())
        if instrument is None or instrument.kind in _KINDS:
            return []
        here = {"conid": self.conid(instrument.symbol), "exchange": _exchange(instrument), "isUS": True}
        abroad = {"conid": int(_ABROAD), "exchange": "MEXI", "isUS": False}
        name = instrument.description.upper()
        return [{"assetClass": "STK", "chineseName": None, "contracts": [here, abroad], "name": name}]

    def search(self, asked: Mapping[str, str], session: Session) -> list[Shown]:
        """Answer `/iserver/secdef/search`; other countries' listings come beside the one that is meant."""
        spelled = asked.get("symbol", "").replace(" ", "/").upper()
        instrument = self._feed.market.instrument(spelled)
        if instrument is None:
            return []
        conid = self.conid(instrument.symbol)
        session.searched.add(conid)
        months = self._months(instrument)
        row: Shown = {
            "conid": str(conid),
            "companyHeader": f"{instrument.description} - {_exchange(instrument)}",
            "companyName": instrument.description,
            "symbol": instrument.symbol.replace("/", " "),
            "description": _exchange(instrument),
            "restricted": None,
            "sections": [
                {"secType": _KINDS.get(instrument.kind, "STK")},
                {"secType": "OPT", "months": ";".join(months), "exchange": "SMART;CBOE"},
            ],
        }
        return [{**row, "conid": _ABROAD, "description": "MEXI", "sections": [{"secType": "STK"}]}, row]

    def strikes(self, asked: Mapping[str, str], session: Session) -> Shown:
        """Answer `/iserver/secdef/strikes`: those of all expiries of a month. Raises ApiRefusal."""
        instrument = self._searched(asked, session)
        today = new_york_date(self._feed.market.now())
        found: set[float] = set()
        for expiry in self._expiries(instrument, asked.get("month", "")):
            listed = self._feed.market.strikes(instrument.symbol, expiry, today)
            found |= {float(strike) for strike in listed}
        return {"call": sorted(found), "put": sorted(found)}

    def info(self, asked: Mapping[str, str], session: Session) -> list[Shown]:
        """Answer `/iserver/secdef/info`: a row for each expiry and class of the month. Raises ApiRefusal."""
        instrument = self._searched(asked, session)
        right = Right.PUT if asked.get("right") == "P" else Right.CALL
        try:
            strike = float(asked.get("strike", ""))
        except ValueError as error:
            raise ApiRefusal(400, "strike is not a number") from error
        rows = []
        for expiry in self._expiries(instrument, asked.get("month", "")):
            for root in roots_on(instrument, expiry):
                contract = parse(contract_symbol(root, expiry, right, strike))
                if contract is not None and self._feed.chain_of(contract) is not None:
                    rows.append(self._row(contract, strike))
        return rows

    def _row(self, contract: Contract, strike: float) -> Shown:
        last = contract.expiry
        if contract.settles_at_open:  # the last day of trading, the one before the expiry
            last = session_before(contract.expiry).day
        word = "Put" if contract.right is Right.PUT else "Call"
        morning = " (AM)" if contract.settles_at_open else ""
        return {
            "conid": self.conid(contract.symbol),
            "symbol": contract.underlying.replace("/", " "),
            "secType": "OPT",
            "exchange": "SMART",
            "listingExchange": None,
            "right": "P" if contract.right is Right.PUT else "C",
            "strike": strike,
            "currency": "USD",
            "cusip": None,
            "coupon": "No Coupon",
            "desc1": contract.underlying,
            "desc2": f"{last:%b %d '%y} {strike:g} {word}{morning}".upper(),
            "maturityDate": f"{last:%Y%m%d}",
            "multiplier": "100",
            "tradingClass": contract.root,
            "validExchanges": "SMART,AMEX,CBOE,PHLX,PSE,ISE,BOX,BATS",
        }

    def _searched(self, asked: Mapping[str, str], session: Session) -> Instrument:
        """Return the underlying; nothing is told of one that was not searched for before (wire, 7)."""
        given = asked.get("conid", "")
        conid = int(given) if given.isdigit() else 0
        if conid not in session.searched:
            raise ApiRefusal(500, "no secdef search came before")
        instrument = self._feed.market.instrument(self.symbol(conid))
        assert instrument is not None, "what was searched for is there"
        return instrument

    def _expiries(self, instrument: Instrument, month: str) -> list[date]:
        today = new_york_date(self._feed.market.now())
        listed = self._feed.market.expiries(instrument.symbol, today)
        return [expiry for expiry in listed if f"{expiry:{_MONTH}}".upper() == month.upper()]

    def _months(self, instrument: Instrument) -> list[str]:
        today = new_york_date(self._feed.market.now())
        listed = self._feed.market.expiries(instrument.symbol, today)
        return list(dict.fromkeys(f"{expiry:{_MONTH}}".upper() for expiry in listed))

    @staticmethod
    def _index(number: int) -> int:
        if number < 0:
            raise IndexError(number)
        return number


def _exchange(instrument: Instrument) -> str:
    if instrument.kind is Kind.INDEX:
        return "CBOE"
    return "ARCA" if instrument.kind is Kind.ETF else "NASDAQ"


def described(symbol: str) -> str:
    """Return an option or a ticker as positions describe it (wire, 11): the page prints one space."""
    contract = parse(symbol)
    if contract is None:
        return symbol.replace("/", " ")
    letter = "P" if contract.right is Right.PUT else "C"
    head = f"{contract.underlying} {contract.expiry:%b%Y} {contract.strike:g} {letter}".upper()
    return f"{head} [{contract.root.ljust(6)}{symbol[-15:]} 100]"
