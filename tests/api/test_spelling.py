"""A share class has one spelling inside, however a caller writes it (W-05)."""

import pytest

from chalicelib.api.knowledge.arguments import ListTradesArguments
from chalicelib.api.queries import ChainQuery, QuotesQuery, TradesQuery


@pytest.mark.parametrize("typed", ["BRK/B", "BRK.B", "BRK-B", "BRKB"])
def test_callers_may_spell_a_share_class_as_they_like(typed: str) -> None:
    """W-05: lists, chains, quotes and tools look under the one name that is stored and asked of brokers."""
    chain = ChainQuery.model_validate({"symbol": typed, "expiry": "2026-03-20"})

    assert chain.symbol == "BRK/B"
    assert TradesQuery.model_validate({"ticker": typed}).ticker == "BRK/B"
    assert QuotesQuery.model_validate({"symbols": f"SPY,{typed}"}).symbols == "SPY,BRK/B"
    assert ListTradesArguments.model_validate({"ticker": typed}).ticker == "BRK/B"
