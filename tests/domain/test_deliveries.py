"""Which contracts that are gone were delivered, by the shares that moved (W-05)."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.deliveries import Gone, Shares, delivered
from tests.domain.support import OPEN_TRADE


def gone(word: str, quantity: int = 1) -> Gone:
    """Return contracts that are gone: `-600P` is a short put of strike 600."""
    leg = replace(
        OPEN_TRADE.leg,
        symbol=word,
        side=LegSide.SHORT if word[0] == "-" else LegSide.LONG,
        option_type=OptionType.PUT if word[-1] == "P" else OptionType.CALL,
        strike=Decimal(word[1:-1]),
    )
    return Gone(trade_id=UUID(int=1), leg=leg, quantity=Decimal(quantity))


def told(lost: list[Gone], beyond: int, paid: str | None = None) -> dict[str, int]:
    """Return what was delivered, by contract."""
    shares = Shares(beyond=Decimal(beyond), paid=None if paid is None else Decimal(paid))
    return {one.leg.symbol: int(count) for one, count in delivered(lost, shares)}


@pytest.mark.parametrize(
    ("word", "beyond"), [("-600P", 100), ("-600C", -100), ("+600C", 100), ("+600P", -100)]
)
def test_one_contract_moves_its_shares_one_way(word: str, beyond: int) -> None:
    """W-05: at its strike, in its direction, or it was something else."""
    assert told([gone(word)], beyond, "600") == {word: 1}
    assert told([gone(word)], -beyond, "600") == {}
    assert told([gone(word)], beyond, "601") == {}
    assert told([gone(word)], 0) == {}


def test_shares_count_once() -> None:
    """W-05: what came of one contract did not come of another, too."""
    assert told([gone("-600P"), gone("-600P")], 100) == {"-600P": 1}
    assert told([gone("-600P", 3)], 250) == {"-600P": 2}


def test_the_cost_tells_which_of_two_strikes_it_was() -> None:
    """W-05: of one alone its strike, of both their mean."""
    both = [gone("-600P"), gone("-590P", 3)]
    assert told(both, 100, "590") == {"-590P": 1}
    assert told(both, 400, "592.5") == {"-600P": 1, "-590P": 3}
    assert told(both, 400, "595") == {}


def test_what_nets_was_delivered_both_ways() -> None:
    """W-05: where the net explains all that is gone; where nothing is left of it, nothing shows it."""
    both = [gone("-610C", 2), gone("-600P")]
    assert told(both, -100, "610") == {"-610C": 2, "-600P": 1}
    assert told(both, -100, "600") == {}
    assert told([gone("-610C"), gone("-600P")], 0) == {}
    assert told([gone("-610C"), gone("-600P")], 100, "600") == {"-600P": 1}
