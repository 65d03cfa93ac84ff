"""A trader replayed: the paper engine's rules over past minutes, and nothing from ahead (C-09)."""

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.ai.decisions.decision import ChangeKind, Modification, TakeProfit
from chalicelib.domain.ai.replays.answers import Variant, VariedTarget
from chalicelib.domain.ai.replays.replay import Replayed
from chalicelib.domain.ai.replays.riding import Ended, Riding
from chalicelib.domain.coins.minutes import Minute
from tests.domain.ai.replays import MINUTE, START, TRADING, answer, calm, run, walk

D = Decimal


def only(found: Replayed) -> Riding:
    """Return the one position that ended."""
    (one,) = found.ended
    assert found.open == []
    return one


def test_an_entry_is_sized_slipped_and_sold_at_its_target() -> None:
    """C-05: at the last price, slipped; a target at its price; fees of both sides."""
    held = only(run([answer()], calm(101, 103, "104.2")))

    assert (held.quantity, held.entry_price) == (D("10.000"), D("100.100"))
    assert (held.ended, held.close_price, held.ended_at) == (Ended.TP_HIT, D(104), START + 3 * MINUTE)
    fees = (D("100.1") + 104) * 10 / 1000
    assert held.pnl == (104 - D("100.1")) * 10 - fees


@pytest.mark.parametrize(
    ("closes", "price"),
    [(("99", "97.9"), "98"), (("99", "98.1", "95"), "98"), (("97",), "98")],
)
def test_a_stop_fills_at_its_price_where_nothing_gaps(closes: tuple[str, ...], price: str) -> None:
    """C-13: in a candle that does not gap at exactly its price; the stop is first where both are touched."""
    held = only(run([answer()], calm(*closes)))

    assert (held.ended, held.close_price) == (Ended.SL_HIT, D(price))


def test_rules_move_the_stop_and_end_what_is_held_too_long() -> None:
    """C-01: breakeven at entry plus fees of both sides, a stop that follows, the longest holding."""
    up = calm("101.5", "102.5", "101", "99")
    kept = only(run([answer()], up, trading=replace(TRADING, breakeven_at_pct=D(2))))
    followed = only(run([answer()], up, trading=replace(TRADING, trailing_pct=D(1))))
    timed = only(run([answer()], up, trading=replace(TRADING, max_holding_minutes=2)))

    assert (kept.ended, kept.close_price) == (Ended.SL_HIT, D("100.30"))
    assert (followed.ended, followed.close_price) == (Ended.SL_HIT, D("101.48"))
    assert (timed.ended, timed.ended_at) == (Ended.HELD_TOO_LONG, START + 2 * MINUTE)


def test_the_models_later_words_count_for_the_trade_that_they_spoke_of() -> None:
    """C-02, C-04: a change waits out its veto, a part goes at market; another trade's words do not count."""
    moved = Modification(kind=ChangeKind.MOVE_SL, reason="up", new_stop=D("99.5"))
    said = [
        answer(),
        answer("MODIFY", at=START + MINUTE, modifications=(moved,)),
        answer("PARTIAL_TP", at=START + 3 * MINUTE, partial_quantity=D(4)),
        answer("CLOSE", at=START + 4 * MINUTE, trade_id=None),
    ]
    over = calm("101", "101", "101", "101", "99.4")
    found = run(said, over)
    held = only(found)

    assert found.outcomes == {"EXECUTED": 2, "MODIFY": 1, "CHANGED": 1, "NOTHING_HELD": 1}
    assert (held.ended, held.stop, held.first_stop) == (Ended.SL_HIT, D("99.5"), D(98))
    assert held.close_price == (4 * D("100.899") + 6 * D("99.5")) / 10


def test_what_a_rule_refuses_is_not_traded_and_counted() -> None:
    """C-03: judged like any decision: too little confidence, an absurd stop, a symbol held already."""
    found = run(
        [
            answer(confidence="0.5"),
            answer(at=START + MINUTE, stop_loss=D(50)),
            answer(at=START + 2 * MINUTE),
            answer(at=START + 3 * MINUTE),
        ],
        calm("100", "100", "100", "100", "104.2"),
        trading=replace(TRADING, max_risk_pct=D("0.5"), position_size_usd=D(1900)),
    )

    assert found.outcomes["BELOW_CONFIDENCE"] == 1
    assert found.refused_by["MIN_CONFIDENCE"] == 1
    assert found.refused_by["MAX_RISK_PER_TRADE"] >= 1
    assert found.outcomes["HELD_ALREADY"] == 1
    assert len(found.ended) == 1


def test_a_limit_waits_until_its_candle_closes() -> None:
    """C-02: a limit order lapses at the next candle close."""
    limit = answer(entry_price=D("99.5"))
    filled = only(run([limit], calm("100", "99.4", "104.2")))
    lapsed = run([limit], calm(*["100"] * 16, "99.4", "104.2"))

    assert (filled.entry_price, filled.entry_at) == (D("99.5"), START + 2 * MINUTE)
    assert (lapsed.ended, lapsed.open) == ([], [])


def test_a_variant_is_another_trader_over_the_same_answers() -> None:
    """C-09: other stops, targets, minimum confidence, breakeven, trailing, holding time."""
    said = [answer(), answer(at=START + 20 * MINUTE, confidence="0.6")]
    over = calm(*["99"] * 10, "101.2", *["100"] * 12, "101.5", "101.5")
    near = Variant(
        name="near",
        named=frozenset({"stop_distance_pct", "targets", "min_confidence"}),
        stop_distance_pct=D("0.8"),
        targets=(VariedTarget(distance_pct=D(1), share=D(1)),),
        min_confidence=D("0.5"),
    )
    as_it_was, varied = run(said, over), run(said, over, variant=near)

    assert (len(as_it_was.ended), len(as_it_was.open)) == (0, 1)
    assert [(one.ended, one.first_stop) for one in varied.ended] == [
        (Ended.SL_HIT, D("99.20")),
        (Ended.TP_HIT, D("99.20")),
    ]


WORDS = st.sampled_from(["LONG", "SHORT", "CLOSE", "MODIFY", "PARTIAL_TP"])
RULES = st.fixed_dictionaries(
    {},
    optional={
        "breakeven_at_pct": st.sampled_from([D("0.5"), D(2)]),
        "trailing_pct": st.sampled_from([D("0.4"), D(1)]),
        "max_holding_minutes": st.integers(3, 200),
    },
)


def said_at(words: list[str], seed: int) -> list[Any]:
    """Return answers a few minutes apart, with levels around where the walk is then."""
    chance, prices, found = random.Random(seed), walk(seed), []
    for number, word in enumerate(words):
        at = START + (1 + number * chance.randint(1, 60)) * MINUTE
        price = prices[int((at - prices[0].starts_at) / MINUTE) - 1].closing
        up = 1 if word == "LONG" else -1
        fields: dict[str, Any] = {}
        if word in {"LONG", "SHORT"}:
            target = TakeProfit(price=price + up * D(chance.choice(["0.6", "2"])), share=D(1))
            fields = {"stop_loss": price - up * D(chance.choice(["0.7", "1.5"])), "take_profits": (target,)}
        elif word == "MODIFY":
            move = Modification(kind=ChangeKind.TRAIL_SL, reason="follow", distance_pct=D("0.7"))
            fields = {"modifications": (move,)}
        elif word == "PARTIAL_TP":
            fields = {"partial_quantity": D(2)}
        found.append(answer(word, at=at, **fields))
    return found


def told(found: Replayed, until: Any) -> list[tuple[object, ...]]:
    """Return everything that happened until an instant."""
    every = [*found.ended, *found.open]
    entries = [("in", one.entry_at, one.entry_price, one.quantity, one.first_stop) for one in every]
    exits = [("out", one.ended_at, one.pnl, one.fees, one.ended) for one in every if one.ended_at is not None]
    return sorted((row for row in [*entries, *exits] if row[1] <= until), key=repr)


@given(st.lists(WORDS, min_size=1, max_size=8), RULES, st.integers(0, 10_000), st.integers(5, 500))
@settings(max_examples=40)
def test_the_future_changes_nothing_before_it(
    words: list[str], rules: dict[str, Any], seed: int, cut: int
) -> None:
    """C-09: no look ahead: whatever the minutes after an instant are, all until then stays as it was."""
    over, at = walk(seed), START + cut * MINUTE
    index = int((at - over[0].starts_at) / MINUTE)
    chance = random.Random(seed + 1)
    shuffled = [replace(one, high=one.high + 9, low=max(one.low - 9, D(1))) for one in over[index:]]
    chance.shuffle(shuffled)
    future = [replace(one, starts_at=was.starts_at) for one, was in zip(shuffled, over[index:], strict=True)]
    trading, said = replace(TRADING, **rules), said_at(words, seed)

    as_it_was = run(said, over, trading=trading)
    scrambled = run(said, [*over[:index], *future], trading=trading)

    assert told(as_it_was, at) == told(scrambled, at)


class Stepping(Riding):
    """A position that meets every single minute."""

    def _next_event(self, end: int) -> int:
        return min(self.next, end)


@given(st.sampled_from(["LONG", "SHORT"]), RULES, st.integers(0, 10_000))
@settings(max_examples=40)
def test_searching_for_minutes_misses_none(word: str, rules: dict[str, Any], seed: int) -> None:
    """The minutes that the search leaves out would have done nothing."""
    over: list[Minute] = walk(seed)
    trading = replace(TRADING, **rules)
    searched = run(said_at([word], seed), over, trading=trading)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("chalicelib.domain.ai.replays.replay.Riding", Stepping)
        stepped = run(said_at([word], seed), over, trading=trading)
    end = over[-1].ends_at

    assert told(searched, end) == told(stepped, end)
    assert [one.stop for one in searched.open] == [one.stop for one in stepped.open]
