"""Who has lost what a day may cost them: A-07's limit or the desk's, whichever is nearer (B-08, B-16)."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from chalicelib.domain.accounts import BrokerMode

#: The day's result at its lowest after any close, so that a win after it does not hide that it was reached.
#: One probe of each user's ended trades; kinds of money apart.
_REACHED: Final = text(
    """
    select s.username, min(d.lowest) as lowest, l.allowed
    from user_settings s
    left join desk_settings k on k.username = s.username
    cross join lateral (select least(s.daily_loss_limit, k.max_daily_loss) as allowed) l
    cross join lateral (
        select sum(t.realized_pnl) over (
            partition by t.broker_mode order by t.close_date, t.id rows unbounded preceding
        ) as lowest
        from paper_trades t
        where t.username = s.username and t.is_locked and t.close_date >= :midnight
          and t.close_reason <> 'BROKER_RESET' and t.broker_mode = any(:modes) and t.shadow_of is null
    ) d
    group by s.username, l.allowed having -min(d.lowest) >= l.allowed
    """
)


class DayLoss(NamedTuple):
    """A user whose day came to `lowest` dollars, where `allowed` may be lost."""

    username: str
    lowest: Decimal
    allowed: Decimal


def read_day_losses(
    connection: Connection, midnight: datetime, modes: Collection[BrokerMode]
) -> list[DayLoss]:
    """Read who has reached a limit since midnight in New York, in one of these kinds of money."""
    asked = {"midnight": midnight, "modes": [mode.value for mode in modes]}
    return [DayLoss(row.username, row.lowest, row.allowed) for row in connection.execute(_REACHED, asked)]
