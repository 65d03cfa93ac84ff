"""What people call our columns: the header of a spreadsheet of past trades, its own export among them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

#: Names are compared in lower case, without spaces, - _ and /. A column of our own name is preferred to one
#: that only goes by it: our own export has a `symbol` and, for the tax, a `description` of it.
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "symbol": ("occ", "occsymbol", "contract", "description"),
    "ticker": ("underlying", "root", "stock"),
    "option_type": ("type", "callput", "cp", "right", "putcall"),
    "strike": ("strikeprice",),
    "expiry": ("expiration", "expirationdate", "expirydate", "exp"),
    "qty": ("quantity", "contracts", "size"),
    "entry_date": ("opened", "opendate", "entrytime", "dateacquired", "boughtat"),
    "entry_price": ("openprice", "buyprice", "cost", "entry"),
    "close_date": ("closed", "exitdate", "exittime", "datesold", "soldat"),
    "close_price": ("exitprice", "sellprice", "exit"),
    "fees": ("fee",),
    "commission": ("commissions",),
    "strategy": ("setup",),
    "close_reason": ("reason", "outcome"),
    "sl_price": ("stop", "stoploss"),
    "tp_price": ("target", "takeprofit"),
    "ai_verdict": ("verdict",),
    "card_score": ("score",),
    "notes": ("note", "comment"),
}
_REQUIRED: Final = ("qty", "entry_date", "entry_price", "close_date", "close_price")
_SPELLED_CONTRACT: Final = frozenset({"ticker", "option_type", "strike", "expiry"})
#: What a trade cost: brokers keep commissions and fees apart, and both were paid.
COSTS: Final = ("fees", "commission")
#: Figures of a trade that only our own export has.
SCORES: Final = ("ai_score", "technical_score", "sentiment_score")
FIGURES: Final = (
    *("delta_at_entry", "iv_at_entry", "max_gain", "max_drawdown", "target_pnl_15m", "target_pnl_1h"),
    *("target_mfe_pct", "target_mae_pct"),
)
NUMBERS: Final = (
    *("strike", "qty", "entry_price", "close_price", *COSTS, "sl_price", "tp_price", "card_score"),
    "cost_basis",
    *SCORES,
    *FIGURES,
)
DAYS: Final = ("expiry", "entry_date", "close_date")
#: Columns that only our own export has together; its rows are lots, several of one trade.
_OF_OUR_EXPORT: Final = frozenset({"id", "status", "lot", "side", "quantity", "cost_basis", "term"})
_ONLY_OF_OUR_EXPORT: Final = (
    *("id", "status", "side", "cost_basis", "gate_verdict", "trade_context", "leg_no", "structure"),
    *SCORES,
    *FIGURES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Which of our columns each cell names (None: of no use to us), and what is wrong with it, by column."""

    names: tuple[str | None, ...]
    is_our_export: bool
    faults: tuple[tuple[str, str], ...]


def read_header(cells: Sequence[str]) -> Header:
    """Read a file's first row."""
    bare = [re.sub(r"[\s_\-/]", "", cell).lower() for cell in cells]
    given = {cell.strip().lower() for cell in cells}
    is_our_export = given >= _OF_OUR_EXPORT
    names = _our_export(cells) if is_our_export else _preferred(bare)
    return Header(names=tuple(names), is_our_export=is_our_export, faults=tuple(_faults(names)))


def _our_export(cells: Sequence[str]) -> list[str | None]:
    """Name the columns of our own export; a lot's quantity is what a row of it is about."""
    known = {name: name for name in (*_ALIASES, *_ONLY_OF_OUR_EXPORT)} | {"quantity": "qty"}
    del known["qty"]
    return [known.get(cell.strip().lower()) for cell in cells]


def _preferred(bare: Sequence[str]) -> list[str | None]:
    own = {name.replace("_", ""): name for name in _ALIASES}
    lent = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
    present = {own[cell] for cell in bare if cell in own}
    return [own.get(cell) or (None if lent.get(cell) in present else lent.get(cell)) for cell in bare]


def _faults(names: Sequence[str | None]) -> list[tuple[str, str]]:
    faults = [
        (name, "stands in the header twice")
        for name in sorted({name for name in names if name and names.count(name) > 1})
    ]
    if "symbol" not in names and not set(names) >= _SPELLED_CONTRACT:
        faults.append(("symbol", "either symbol (OCC), or ticker, option_type, strike and expiry are needed"))
    faults += [(name, "is missing in the header") for name in _REQUIRED if name not in names]
    return faults
