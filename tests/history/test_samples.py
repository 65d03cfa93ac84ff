"""B-12: every loader reads its authentic sample, in the units that its vendor writes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pytest

from infra.history.faults import BadFile
from infra.local.aws.objects import MemoryObjects
from tests.history.support import chains, faults, load, sample

CALL, PUT = True, False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a contract's row must say: prices, IV, delta, vega a point; None is not known."""

    day: date
    expiry: date
    strike: float
    right: bool
    spot: float
    root: str
    bid: float
    ask: float
    iv: float | None = None
    delta: float | None = None
    vega: float | None = None
    open_interest: float | None = None
    ask_size: float | None = None


SAMPLES = {
    "datashop": (
        "fixtures/history/cboe_datashop_eod_calcs.csv",
        Told(
            day=date(2021, 4, 9), expiry=date(2021, 4, 16), strike=65, right=PUT, spot=131.505, root="A",
            bid=0, ask=0.10, iv=2.0133, delta=-0.0039, vega=0.0021, open_interest=1, ask_size=142,
        ),
    ),
    "datashop, a floor where the vendor solves nothing": (
        "fixtures/history/cboe_datashop_eod_calcs.csv",
        Told(
            day=date(2021, 4, 9), expiry=date(2021, 4, 16), strike=65, right=CALL, spot=131.505, root="A",
            bid=66, ask=67, open_interest=0, ask_size=77,
        ),
    ),
    "datashop without calcs, an old root": (
        "fixtures/history/cboe_datashop_eod_nocalcs.csv",
        Told(
            day=date(2006, 8, 1), expiry=date(2006, 8, 19), strike=125, right=PUT, spot=127.10, root="XSP",
            bid=0.10, ask=0.20, open_interest=1015, ask_size=64,
        ),
    ),
    "optionsdx": (
        "fixtures/history/optionsdx_eod.csv",
        Told(
            day=date(2021, 12, 1), expiry=date(2021, 12, 1), strike=310, right=CALL, spot=450.44, root="SPY",
            bid=139.61, ask=142.10, iv=3.96413, delta=0.98574, ask_size=300,
        ),
    ),
    "l3, vega per 1.00": (
        "data/options_backtester/options_data.csv",
        Told(
            day=date(2014, 12, 15), expiry=date(2016, 6, 17), strike=650, right=PUT, spot=1989.63, root="SPX",
            bid=1.85, ask=3.90, iv=0.3525, delta=-0.0028, vega=0.209218, open_interest=63,
        ),
    ),
    "l3, a blank before a column's name": (
        "fixtures/history/hod_l3_options.csv",
        Told(
            day=date(2017, 1, 3), expiry=date(2017, 3, 17), strike=300, right=PUT, spot=2257.83, root="SPX",
            bid=0, ask=0.05, iv=0.2518, delta=0.0, vega=0.0, open_interest=0,
        ),
    ),
    "ivolatility": (
        "fixtures/history/ivolatility_eod.csv",
        Told(
            day=date(2011, 1, 3), expiry=date(2011, 1, 7), strike=1050, right=CALL, spot=1271.87, root="SPXW",
            bid=217.1, ask=220.6, iv=0.395491, delta=0.99978, vega=1.1e-05, open_interest=11,
        ),
    ),
    "orats, a put's delta is the call's less one": (
        "fixtures/orats/hist_one_minute_strikes_chain.csv",
        Told(
            day=date(2022, 6, 7), expiry=date(2022, 6, 10), strike=95, right=PUT, spot=147.76, root="AAPL",
            bid=0, ask=0.01, iv=1.6377716, delta=0.0, vega=2e-05, open_interest=336, ask_size=586,
        ),
    ),
    "orats, a minute's snapshot": (
        "fixtures/orats/snapshot_one_minute_strikes.csv",
        Told(
            day=date(2020, 8, 20), expiry=date(2020, 8, 21), strike=32.5, right=PUT, spot=97.8, root="A",
            bid=0, ask=0.05, open_interest=10, ask_size=10,
        ),
    ),
    "optopsy": (
        "fixtures/history/optopsy_positional_derived.csv",
        Told(
            day=date(2024, 1, 3), expiry=date(2024, 2, 16), strike=4600, right=PUT, spot=4709.40, root="SPX",
            bid=38.5, ask=39.1, delta=-0.2874,
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_a_vendors_row_says_what_the_vendor_wrote(name: str) -> None:
    path, told = SAMPLES[name]
    store = MemoryObjects()
    symbol = {"XSP": "XSP", "SPXW": "SPX"}.get(told.root, told.root)
    loader = name.partition(",")[0].split()[0]

    manifest = load(sample(path), loader=loader, store=store, symbols=[symbol])

    (moment,) = chains(manifest, store, symbol)[told.day]
    (at,) = np.flatnonzero(
        (moment.expiry == told.expiry.toordinal())
        & (moment.strike == told.strike)
        & (moment.is_call == told.right)
    )
    assert (moment.spot, moment.root, moment.bid[at], moment.ask[at]) == (
        told.spot,
        told.root,
        told.bid,
        told.ask,
    )
    for column in ("iv", "delta", "vega", "open_interest", "ask_size"):
        wanted = getattr(told, column)
        found = float(getattr(moment, column)[at])
        assert np.isnan(found) if wanted is None else found == pytest.approx(wanted, rel=1e-6, abs=1e-9), (
            column
        )


def test_an_end_of_day_file_is_of_the_close_and_a_snapshot_of_its_minute() -> None:
    store = MemoryObjects()
    vix = load(sample("fixtures/history/optionsdx_eod.csv"), loader="optionsdx", store=store, symbols=["SPY"])
    (moment,) = chains(vix, store, "SPY")[date(2021, 12, 1)]
    assert (moment.at, moment.is_end_of_day) == (datetime(2021, 12, 1, 21, tzinfo=UTC), True)

    minute = load(sample("fixtures/orats/hist_one_minute_strikes_chain.csv"), loader="orats", store=store)
    (moment,) = chains(minute, store, "AAPL")[date(2022, 6, 7)]
    assert (moment.at, moment.is_end_of_day) == (datetime(2022, 6, 7, 15, tzinfo=UTC), False)


def test_datashops_quotes_of_the_close_are_read_when_asked_for() -> None:
    store = MemoryObjects()
    path = sample("fixtures/history/cboe_datashop_eod_calcs.csv")

    manifest = load(path, loader="datashop", store=store, clock="close")

    (moment,) = chains(manifest, store, "A")[date(2021, 4, 9)]
    assert manifest.clock == "16:00"
    assert moment.spot == pytest.approx(131.895)
    assert moment.ask.tolist() == [0.20, 69.50]
    assert np.isnan(moment.iv).all(), "its IV belongs to 15:45"


def test_five_days_of_spx_keep_the_class_of_the_close_and_count_the_rest() -> None:
    """9,832 rows; SPXPM and the monthly class, which settles on the open, are named and left out."""
    store = MemoryObjects()

    manifest = load(
        sample("data/optionsuite/spx_sample_ivolatility.csv.gz"), loader="ivolatility", store=store
    )

    by_day = chains(manifest, store, "SPX")
    assert [day.isoformat() for day in by_day] == [f"2011-01-0{day}" for day in range(3, 8)]
    taken = sum(len(moment.strike) for (moment,) in by_day.values())
    assert taken + sum(faults(manifest).values()) == 9832
    assert {moment.root for (moment,) in by_day.values()} == {"SPXW"}
    for (moment,) in by_day.values():
        keys = list(zip(moment.expiry, moment.strike, moment.is_call, strict=True))
        assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    ("loader", "name"),
    [
        ("orats", "orats_smv_strikes_header.csv"),
        ("datashop", "cboe_datashop_intervals_calcs_header.csv"),
    ],
)
def test_a_header_alone_is_known_and_has_no_rows(loader: str, name: str) -> None:
    with pytest.raises(BadFile, match="it has no rows"):
        load(sample(f"fixtures/history/{name}"), loader=loader)


def test_an_orats_file_has_both_sides_of_a_row_and_tells_roots_from_its_symbols(tmp_path: object) -> None:
    """wire/history-data.md 2.1: M/D/YYYY without padding, padded symbols, SPX and SPXW both ticker SPX."""
    header = sample("fixtures/history/orats_smv_strikes_header.csv").read_text().strip()
    cells = dict.fromkeys(header.split(","), "0") | {
        "ticker": "SPX", "cOpra": "SPXW  240119C04700000", "pOpra": "SPXW  240119P04700000",
        "stkPx": "4704.81", "expirDate": "1/19/2024", "strike": "4700", "trade_date": "1/3/2024",
        "cBidPx": "60.1", "cAskPx": "60.9", "pBidPx": "48.2", "pAskPx": "48.8", "cMidIv": "0.121",
        "pMidIv": "0.123", "delta": "0.53", "cOi": "812", "pOi": "40", "vega": "3.9", "spot_px": "",
    }  # fmt: skip
    monthly = cells | {"cOpra": "SPX   240119C04700000", "pOpra": "SPX   240119P04700000", "cBidPx": "58"}
    from pathlib import Path

    path = Path(str(tmp_path)) / "ORATS_SMV_Strikes_20240103.csv"
    path.write_text("\n".join([header, ",".join(cells.values()), ",".join(monthly.values())]) + "\n")
    store = MemoryObjects()

    manifest = load(path, loader="orats", store=store)

    (moment,) = chains(manifest, store, "SPX")[date(2024, 1, 3)]
    assert moment.root == "SPXW"
    assert moment.bid.tolist() == [48.2, 60.1]
    assert moment.delta.tolist() == pytest.approx([-0.47, 0.53])
    assert moment.open_interest.tolist() == [40, 812]
    assert faults(manifest) == {"another class than the one that settles on the close": 2}
