"""What a tester told of opening settlement values reaches the product as the operator tells it: as rows."""

from datetime import date

import psycopg

from infra.local.emulators.world import World


class ToldSettlements:
    """Writes each value once it was told to the market."""

    def __init__(self, world: World, owner_url: str) -> None:
        self._world = world
        self._owner_url = owner_url
        self._written: dict[tuple[str, date], float] = {}

    def write(self) -> None:
        """Write what is new since the last time."""
        told = self._world.simulated.settlements_told()
        new = {key: value for key, value in told.items() if self._written.get(key) != value}
        if not new:
            return
        with psycopg.connect(self._owner_url) as connection:
            for (symbol, day), value in new.items():
                connection.execute(
                    "insert into opening_settlements (symbol, day, value, source)"
                    " values (%s, %s, %s, 'control call') on conflict (symbol, day)"
                    " do update set value = excluded.value",
                    (symbol, day, value),
                )
        self._written |= new
