"""OCC symbols: one grammar, both ways (the shared symbol cases name the traps)."""

import json
from datetime import date
from decimal import Decimal
from typing import TypedDict

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.brokers.ibkr.parse_contracts import described_symbol
from chalicelib.brokers.padded_symbols import from_padded, to_padded
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract, OptionType
from chalicelib.domain.instruments.tickers import root_of
from tests.domain.support import SHARED_FIXTURES

#: The grammar of ours covers these; the other kinds are other vendors' spellings.
OUR_KINDS = {"osi", "compact", "collapsed_spaces"}

strikes = st.integers(1, 99_999_999).map(lambda thousandths: Decimal(thousandths) / 1000)
roots = st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True)
expiries = st.dates(date(2000, 1, 1), date(2099, 12, 31))
contracts = st.builds(
    OptionContract, root=roots, expiry=expiries, option_type=st.sampled_from(OptionType), strike=strikes
)


class SymbolCase(TypedDict, total=False):
    """One line of the shared cases."""

    id: int
    input: str
    kind: str
    valid: bool
    strict_osi: bool
    root: str
    underlying: str
    nonstandard_root: bool
    expiration: str
    right: str
    strike: str
    osi: str
    compact: str


class StrikeTrap(TypedDict):
    """A strike whose float arithmetic gives a wrong field."""

    strike: str
    expected_field: str


def shared(name: str) -> str:
    """Return a shared fixture's text; skips when the folder is not beside the repository."""
    path = SHARED_FIXTURES / "symbols" / name
    if not path.exists():
        pytest.skip(f"the shared fixtures are absent: symbols/{name}")
    return path.read_text()


def shared_cases(*, valid: bool) -> list[SymbolCase]:
    """Return the shared cases that may (or may not) be read as a contract."""
    cases: list[SymbolCase] = json.loads(shared("option_symbol_cases.json"))["cases"]
    return [case for case in cases if case["valid"] is valid]


@settings(max_examples=200)
@given(contract=contracts)
def test_a_contract_round_trips_through_its_symbol(contract: OptionContract) -> None:
    """Every strike of the field, every root of one to six characters."""
    assert OptionContract.parse_occ(contract.to_occ()) == contract


@settings(max_examples=200)
@given(thousandths=st.integers(1, 99_999_999))
@example(thousandths=1)
@example(thousandths=99_999_999)
def test_a_strike_is_its_thousandths(thousandths: int) -> None:
    """The field is strike × 1000 exactly, in both directions and without an exponent."""
    symbol = f"XYZ261231P{thousandths:08d}"
    contract = OptionContract.parse_occ(symbol)

    assert contract.strike * 1000 == thousandths
    assert contract.to_occ() == symbol
    assert "E" not in str(contract.strike)


@given(contract=contracts)
def test_padding_makes_no_difference(contract: OptionContract) -> None:
    """The 21-character form and the compact one name the same contract."""
    compact = contract.to_occ()
    padded = compact[:-15].ljust(6) + compact[-15:]

    assert len(padded) == 21
    assert OptionContract.parse_occ(padded) == contract


@given(text=st.text(max_size=30) | st.from_regex(r"[A-Z0-9 ]{1,8}\d{6}[CPX]\d{7,9}\n?", fullmatch=True))
def test_text_is_a_symbol_or_is_refused_by_name(text: str) -> None:
    """A parser raises; what it takes is written back as it stood, padding aside."""
    try:
        contract = OptionContract.parse_occ(text)
    except NotAnOptionSymbol:
        return
    assert contract.to_occ() == text.replace(" ", "")


def test_each_brokers_spelling_of_a_contract_is_read_and_written() -> None:
    """B-10: padded to six at Schwab and tastytrade; Interactive Brokers tells the class beside it."""
    for case in json.loads(shared("broker_variants.json")):
        compact, padded = case["compact"], case["osi"]
        contract = OptionContract.parse_occ(compact)

        assert to_padded(compact) == padded
        assert from_padded(padded) == compact
        assert {case["schwab_option_symbol"], case["tastytrade_option_symbol"]} == {padded}
        told = case["ibkr_contract"]
        assert (told["tradingClass"], told["strike"]) == (contract.root, float(contract.strike))
        assert described_symbol(f"ANY [{told['localSymbol']} 100]") == compact


def test_shared_cases_are_read() -> None:
    """Root, expiry, right, strike and the compact form of every case in our grammar."""
    wrong = {}
    for case in shared_cases(valid=True):
        if case["kind"] not in OUR_KINDS or case["input"] != case["input"].strip():
            continue
        contract = OptionContract.parse_occ(case["input"])
        right = OptionType.CALL if case["right"] == "C" else OptionType.PUT
        read = (contract.root, contract.expiry, contract.option_type, contract.strike, contract.to_occ())
        expiry = date.fromisoformat(case["expiration"])
        if read != (case["root"], expiry, right, Decimal(case["strike"]), case["compact"]):
            wrong[case["id"]] = read

    assert wrong == {}


def test_shared_cases_name_the_underlying_of_a_standard_root() -> None:
    """Index roots and class shares: compared without the separator, which every vendor writes otherwise."""
    for case in shared_cases(valid=True):
        if case["nonstandard_root"]:
            continue
        underlying = OptionContract.parse_occ(case["compact"]).underlying

        assert root_of(underlying) == root_of(case["underlying"])


def test_shared_refusals_are_refused() -> None:
    """Impossible dates, wrong lengths, futures, plain tickers: none is a contract."""
    for case in shared_cases(valid=False):
        with pytest.raises(NotAnOptionSymbol):
            OptionContract.parse_occ(case["input"])


def test_shared_strike_traps_are_written_right() -> None:
    """2.01 × 1000 is 2010, whatever a float says."""
    traps: list[StrikeTrap] = json.loads(shared("strike_float_traps.json"))
    for trap in traps:
        contract = OptionContract(
            root="XYZ",
            expiry=date(2026, 1, 16),
            option_type=OptionType.CALL,
            strike=Decimal(trap["strike"]),
        )

        assert contract.to_occ() == f"XYZ260116C{trap['expected_field']}"


@pytest.mark.parametrize("text", ["spy260115C00580000", "O:SPY260115C00580000", "SPY260115C00580000\n", " "])
def test_other_spellings_are_refused(text: str) -> None:
    """Only the OCC form itself: readers of other spellings convert at the edge."""
    with pytest.raises(NotAnOptionSymbol):
        OptionContract.parse_occ(text)


@pytest.mark.parametrize("strike", ["0", "-1", "0.0005", "100000", "12.3456"])
def test_a_strike_that_has_no_field_makes_no_contract(strike: str) -> None:
    """Nothing is rounded into a symbol."""
    with pytest.raises(ValueError, match="cannot be written"):
        OptionContract(
            root="SPY", expiry=date(2026, 1, 15), option_type=OptionType.CALL, strike=Decimal(strike)
        )


@pytest.mark.parametrize("ticker", ["BRK/B", "BRK.B", "BRK-B", "BRKB"])
def test_class_shares_lose_their_separator(ticker: str) -> None:
    """The root has none."""
    assert root_of(ticker) == "BRKB"
