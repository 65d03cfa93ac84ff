"""How vendors lay out option chains: which column tells what, and in which unit (wire/history-data.md).

Columns are found by name in lower case without brackets and spaces, never by position. Of a wide row, which
has call and put, `call_…` and `put_…` are a side's own; the other columns are both sides'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from infra.history.faults import BadFile

#: Texts of a row; all others are numbers.
TEXTS: Final = frozenset(
    {
        *("underlying", "date", "time", "root", "expiry", "right", "occ", "call_occ", "put_occ"),
        *("delivery", "call_sizes", "put_sizes"),
    }
)
_EITHER: Final = ("bid", "ask")
Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One vendor's table. `columns`: our name to the names it goes by, the first that is there is taken.

    `marks` are columns that no other layout has. `clock` is when its quotes were taken, New York.
    `vega_scale` makes its vega one per volatility point, None where the vendor's unit is not known: then it
    is not taken. `call_delta_only`: a put's delta is the strike's less one.
    """

    loader: str
    marks: tuple[tuple[str, ...], ...]
    columns: Names
    clock: str = "16:00"
    is_wide: bool = False
    vega_scale: float | None = 1.0
    call_delta_only: bool = False
    needs: tuple[str, ...] = ("underlying", "date", "expiry", "strike")
    is_timed: bool = False

    @property
    def sides(self) -> tuple[str, ...]:
        """Return the prefixes of a row's sides."""
        return ("call_", "put_") if self.is_wide else ("",)


_GREEKS: Final[Names] = {name: (name,) for name in ("delta", "gamma", "vega")}
_ORATS_COMMON: Final[Names] = {
    "underlying": ("ticker",),
    "expiry": ("expirdate",),
    "strike": ("strike",),
    **_GREEKS,
}


def _datashop(suffix: str) -> Names:
    return {
        "underlying": ("underlying_symbol",),
        "root": ("root",),
        "expiry": ("expiration",),
        "strike": ("strike",),
        "right": ("option_type",),
        "volume": ("trade_volume",),
        "open_interest": ("open_interest",),
        "delivery": ("delivery_code",),
        **{name: (f"{name}{suffix}",) for name in ("bid", "ask", "bid_size", "ask_size")},
        "spot_bid": (f"underlying_bid{suffix}",),
        "spot_ask": (f"underlying_ask{suffix}",),
    }


def _calcs(suffix: str) -> Names:
    return {
        "spot": (f"active_underlying_price{suffix}", f"implied_underlying_price{suffix}"),
        "iv": (f"implied_volatility{suffix}",),
        **{name: (f"{name}{suffix}",) for name in _GREEKS},
    }


def _sides(**templates: str) -> Names:
    """Return columns of both sides: `{}` is c or p."""
    return {
        f"{side}_{name}": tuple(one.format(side[0], side) for one in template.split())
        for side in ("call", "put")
        for name, template in templates.items()
    }


ORATS_FILE: Final = Layout(
    loader="orats",
    marks=(("copra",), ("smoothsmvvol",)),
    columns={
        **_ORATS_COMMON,
        "date": ("trade_date", "quotedate"),
        "spot": ("stkpx",),
        "iv": ("smoothsmvvol",),
        **_sides(
            occ="{0}opra",
            bid="{0}bidpx",
            ask="{0}askpx",
            volume="{0}volu",
            open_interest="{0}oi",
            iv="{0}midiv",
        ),
    },
    clock="about 15:46",
    is_wide=True,
    call_delta_only=True,
)
ORATS_API: Final = Layout(
    loader="orats",
    marks=(("callbidprice",),),
    columns={
        **_ORATS_COMMON,
        "date": ("tradedate",),
        "time": ("snapshotesttime",),
        "spot": ("stockprice",),
        "iv": ("smvvol",),
        **_sides(
            bid="{1}bidprice",
            ask="{1}askprice",
            bid_size="{1}bidsize",
            ask_size="{1}asksize",
            volume="{1}volume",
            open_interest="{1}openinterest",
            iv="{1}midiv",
        ),
    },
    is_wide=True,
    call_delta_only=True,
    is_timed=True,
)
DATASHOP_1545: Final = Layout(
    loader="datashop",
    marks=(("bid_1545",),),
    columns={**_datashop("_1545"), **_calcs("_1545"), "date": ("quote_date",)},
    clock="15:45",
)
DATASHOP_CLOSE: Final = replace(
    DATASHOP_1545, columns={**_datashop("_eod"), "date": ("quote_date",)}, clock="16:00"
)
DATASHOP_INTERVALS: Final = Layout(
    loader="datashop",
    marks=(("quote_datetime", "root"),),
    columns={**_datashop(""), **_calcs(""), "date": ("quote_datetime",)},
    is_timed=True,
)
OPTIONSDX: Final = Layout(
    loader="optionsdx",
    marks=(("quote_unixtime", "c_bid"),),
    columns={
        "date": ("quote_readtime",),
        "spot": ("underlying_last",),
        "expiry": ("expire_date",),
        "strike": ("strike",),
        **_sides(
            sizes="{0}_size",
            bid="{0}_bid",
            ask="{0}_ask",
            volume="{0}_volume",
            iv="{0}_iv",
            delta="{0}_delta",
            gamma="{0}_gamma",
        ),
    },
    is_wide=True,
    vega_scale=None,
    needs=("date", "expiry", "strike"),
    is_timed=True,
)
L3: Final = Layout(
    loader="l3",
    marks=(("optionalias",), ("underlying_last", "openinterest")),
    columns={
        "underlying": ("underlying",),
        "date": ("quotedate",),
        "spot": ("underlying_last",),
        "occ": ("optionalias", "optionroot"),
        "right": ("type",),
        "expiry": ("expiration",),
        "strike": ("strike",),
        **{name: (name,) for name in _EITHER},
        "volume": ("volume",),
        "open_interest": ("openinterest",),
        "iv": ("impliedvol",),
        **_GREEKS,
    },
    vega_scale=0.01,
)
IVOLATILITY: Final = Layout(
    loader="ivolatility",
    marks=(("call/put", "stock_price_close"),),
    columns={
        "underlying": ("symbol",),
        "date": ("date",),
        "spot": ("stock_price_close",),
        "occ": ("option_symbol",),
        "right": ("call/put",),
        "expiry": ("option_expiration",),
        "strike": ("strike",),
        **{name: (name,) for name in (*_EITHER, "volume", "open_interest", "iv")},
        **_GREEKS,
    },
)
PARQUET: Final = Layout(
    loader="parquet",
    marks=(("contract_id", "implied_volatility", "symbol"),),
    columns={
        "underlying": ("symbol",),
        "date": ("date",),
        "occ": ("contract_id",),
        "right": ("type",),
        "expiry": ("expiration",),
        "strike": ("strike",),
        "iv": ("implied_volatility",),
        **{name: (name,) for name in (*_EITHER, "volume", "open_interest", "delta", "gamma")},
    },
    vega_scale=None,
)
OWN: Final = Layout(
    loader="own",
    marks=(("quote_date", "settlement", "right"),),
    columns={
        "date": ("quote_date",),
        "time": ("quote_time",),
        "expiry": ("expiration",),
        "spot": ("underlying_price",),
        **{name: (name,) for name in ("underlying", "root", "strike", "right", *_EITHER)},
        **{name: (name,) for name in ("bid_size", "ask_size", "volume", "open_interest", "iv", *_GREEKS)},
    },
    is_timed=True,
)
OPTOPSY: Final = Layout(
    loader="optopsy",
    marks=(),
    columns={
        "underlying": ("underlying_symbol",),
        "spot": ("underlying_price",),
        "right": ("option_type",),
        "expiry": ("expiration",),
        "date": ("quote_date",),
        **{name: (name,) for name in ("strike", *_EITHER, "volume", "open_interest")},
        "iv": ("implied_volatility", "iv"),
        **{name: (name,) for name in ("delta", "gamma")},
    },
    vega_scale=None,
)
#: optopsy's columns by position, whatever their names are.
_OPTOPSY_ORDER: Final = ("underlying", "spot", "right", "expiry", "date", "strike", *_EITHER)
MARKED: Final = (
    *(ORATS_FILE, ORATS_API, DATASHOP_1545, DATASHOP_INTERVALS, OPTIONSDX, IVOLATILITY, L3, PARQUET, OWN),
)
_CRYPTO: Final = frozenset({"instrument_name", "mark_iv"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A layout on one file's header: our name to the file's own columns' positions."""

    layout: Layout
    positions: Mapping[str, int] = field(default_factory=dict)


def clean(name: str) -> str:
    """Return a column's name as it is compared."""
    return name.replace("\ufeff", "").strip().strip("[]").strip().lower()


def choose(
    file: str, header: Sequence[str], loader: str, *, clock: str | None = None, mapping: Mapping[str, str]
) -> Chosen:
    """Find which layout of a loader a header is, and where its columns are. Raises BadFile.

    `mapping` names columns of ours by the file's names or positions, of optopsy's files.
    """
    names = [clean(one) for one in header]
    doubled = sorted({one for one in names if one and names.count(one) > 1})
    if doubled:
        raise BadFile(file, "stands in the header twice", row=1, column=doubled[0])
    if _CRYPTO & set(names):
        raise BadFile(file, "options on coins are not traded here", row=1)
    layout = _layout(file, names, loader)
    if layout is DATASHOP_1545 and clock == "close":
        layout = DATASHOP_CLOSE
    positions = _positions(layout, names) if layout is not OPTOPSY else _optopsy(file, names, mapping)
    for needed in _needed(layout):
        if needed not in positions:
            told = " or ".join(layout.columns.get(needed, (needed,)))
            raise BadFile(file, "the column is missing", row=1, column=told)
    return Chosen(layout=layout, positions=positions)


def _needed(layout: Layout) -> tuple[str, ...]:
    quotes = tuple(f"{side}{name}" for side in layout.sides for name in _EITHER)
    return (*layout.needs, *quotes, *(() if layout.is_wide else ("right",)))


def _layout(file: str, names: Sequence[str], loader: str) -> Layout:
    there = set(names)
    found = [one for one in MARKED if any(there >= set(marks) for marks in one.marks)]
    if loader == OPTOPSY.loader:
        if found:
            raise BadFile(file, f"its header is that of {found[0].loader}, not of {loader}", row=1)
        return OPTOPSY
    of_loader = [one for one in found if one.loader == loader]
    if of_loader:
        return of_loader[0]
    marks = [" + ".join(marks) for one in MARKED if one.loader == loader for marks in one.marks]
    other = f"; it looks like {found[0].loader}" if found else ""
    raise BadFile(file, f"the header is not one of {loader}: it lacks {' and '.join(marks)}{other}", row=1)


def _positions(layout: Layout, names: Sequence[str]) -> dict[str, int]:
    found = {}
    for ours, theirs in layout.columns.items():
        there = next((one for one in theirs if one in names), None)
        if there is not None:
            found[ours] = names.index(there)
    return found


def _optopsy(file: str, names: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Take the first eight columns by position, as optopsy does, unless a mapping says otherwise."""
    if mapping:
        return {ours: _place(file, names, ours, theirs) for ours, theirs in mapping.items()}
    if len(names) < len(_OPTOPSY_ORDER):
        raise BadFile(
            file, f"optopsy's order has {len(_OPTOPSY_ORDER)} columns: name them with --columns", row=1
        )
    named = _positions(OPTOPSY, names)
    return {**named, **{ours: index for index, ours in enumerate(_OPTOPSY_ORDER)}}


def _place(file: str, names: Sequence[str], ours: str, theirs: str) -> int:
    if ours not in OPTOPSY.columns:
        raise BadFile(file, f"--columns: there is no {ours}; there are {', '.join(OPTOPSY.columns)}")
    if theirs.isdigit() and int(theirs) < len(names):
        return int(theirs)
    if clean(theirs) not in names:
        raise BadFile(file, "the column is missing", row=1, column=theirs)
    return names.index(clean(theirs))
