"""A trade as a model's changes see it: shares are of what is left (C-02, C-04)."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.ai.decisions.decision import ChangeKind, Modification, TakeProfit
from chalicelib.domain.ai.decisions.stored_changes import AskedChanges, asked_from
from chalicelib.domain.ai.held import shares_left
from chalicelib.domain.trading.protection import Target

D = Decimal
PARTS = st.lists(st.integers(1, 40), min_size=1, max_size=5)


def _targets(parts: list[int], whole: int) -> list[Target]:
    """Return targets of so many parts of a whole, as they are stored: eight decimals."""
    shares = [(D(part) / whole).quantize(D("0.00000001"), "ROUND_DOWN") for part in parts]
    if sum(parts) == whole:
        shares[-1] = 1 - sum(shares[:-1], D(0))
    return [Target(no=no, price=D(100 + no), share=share) for no, share in enumerate(shares, start=2)]


@settings(max_examples=60)
@given(parts=PARTS, spare=st.integers(0, 40), gone=st.integers(0, 4))
def test_what_is_left_is_shared_as_it_was(parts: list[int], spare: int, gone: int) -> None:
    """Each share above 0, together never more than all; what was all theirs stays so to the last decimal."""
    goals = _targets(parts, sum(parts) + spare)
    left = goals[min(gone, len(goals) - 1) :]
    found = shares_left(goals, left)

    assert all(share > 0 for share in found)
    assert (sum(found) == 1) if spare == 0 else (sum(found) < 1)
    first = left[0].share / sum((goal.share for goal in left), D(0))
    assert abs(found[0] / sum(found) - first) < D("0.000001")


def test_what_was_asked_for_is_read_as_it_was_stored() -> None:
    """C-04: it is judged anew at its time, to the last decimal."""
    asked = AskedChanges(
        confidence=D("0.73"),
        changes=(
            Modification(kind=ChangeKind.MOVE_SL, reason="higher lows", new_stop=D("95000.01000000")),
            Modification(kind=ChangeKind.TRAIL_SL, reason="let it run", distance_pct=D("0.5")),
            Modification(
                kind=ChangeKind.MODIFY_TP,
                reason="higher lows",
                target_id="019c8012-9f30-7037-8094-3ed34ee39d8f",
                new_targets=(TakeProfit(price=D("1E+5"), share=D("0.25")),),
            ),
        ),
    )

    assert asked_from(asked.as_json()) == asked
    assert (asked.kind, asked.reason) == ("MOVE_BOTH", "higher lows; let it run")
