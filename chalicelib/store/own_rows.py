"""Which rows of `price_snapshots` show a trade's own price: of one leg that leg's, of several all of them.

Shares that come of a single leg are a second one: from then on the trade has rows of its own as well.
"""

from typing import Final

#: The number up to which a leg's rows are the trade's own, of the snapshots that are called `s`.
_LAST_OWN: Final = """
    case when exists (
        select from trade_legs own where own.trade_id = s.trade_id and own.leg_no = 2 and own.origin is null
    ) then 0 else 1 end"""
#: A condition on snapshots `s`; of one instant and kind the row of the lowest leg counts.
IS_OWN: Final = f"s.leg_no <= {_LAST_OWN}"
