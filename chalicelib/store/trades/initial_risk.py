"""What a trade put at risk when it was entered (A-15, R): dollars, as SQL over a trade `t`.

From the entry to the first stop where it began with one, else what per cents are of: the premium, or a
structure's maximum loss. A stop that is set later says nothing of what was risked at first.
"""

from typing import Final

#: Dollars for one dollar of a trade's price (`domain/structures/prices.py`, unit_multiplier).
UNIT: Final = """
    select case count(*) when 1 then max(u.ratio * u.multiplier)
                else coalesce(max(u.multiplier) filter (where u.instrument = 'OPTION'), 1) end
    from trade_legs u where u.trade_id = t.id and u.origin is null"""
#: A trade that was stored before there was a basis has what it cost.
BASIS: Final = f"coalesce(t.risk_basis, abs(t.entry_price) * t.filled_qty * ({UNIT}))"
#: Null where nothing was at risk, or nobody knows.
INITIAL_RISK: Final = f"""nullif(coalesce(
    case when t.initial_sl <> t.entry_price
         then abs(t.entry_price - t.initial_sl) * t.filled_qty * ({UNIT}) end,
    {BASIS}), 0)"""
