"""What goes wrong at the brokers beside Tradier: their calls fail, their sessions and logins end."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from infra.local.emulators.serving.faults import FaultKind, Vendor
from infra.local.simulate.broker_strikes import strikes_at
from infra.local.simulate.other_brokers import sign_in_again
from infra.local.simulate.people import Person
from infra.local.simulate.season import Window, times, within
from infra.local.simulate.stage import Stage, stream
from infra.local.simulate.trouble import Troubles

#: For each fault at Tradier so many elsewhere.
FAULTS: Final = 1.5
#: For each of those so many sessions end.
SESSIONS: Final = 0.3
VENDORS: Final = (Vendor.TASTYTRADE, Vendor.SCHWAB, Vendor.IBKR)


@dataclass(slots=True, kw_only=True)
class BrokerWeather:
    """Troubles of the brokers at which people of a run have accounts, by choices of its own."""

    stage: Stage
    people: Sequence[Person]
    choices: random.Random
    troubles: Sequence[Troubles]
    note: Callable[[str, str], None]
    logged_out: list[Person] = field(default_factory=list)

    def plan(self, window: Window, faults: float) -> None:
        """Plan a window that has so many faults at Tradier."""
        if not self.troubles:
            return
        for does, count in ((self._strike, FAULTS), (self._end_session, SESSIONS)):
            for _ in range(times(self.choices, count * faults)):
                self.stage.engine.at(within(self.choices, window), does)

    def end(self) -> None:
        """Have whoever was logged out at Schwab sign in again, and whoever is signed in elsewhere leave."""
        self.stage.world.ibkr.sessions.elsewhere.clear()
        for person in self.logged_out:
            if not person.is_gone and not person.is_leaving:
                self.stage.engine.spawn(f"{person.name}/home", partial(sign_in_again, person, "home"))
        self.logged_out.clear()

    def _strike(self) -> None:
        troubles = self.choices.choice(self.troubles)
        at = {
            account.account_id: person
            for person in self.people
            for account in person.accounts
            if account.place.vendor is troubles.vendor
        }
        ended = troubles.armed[str(FaultKind.EXPIRE_TOKEN)]
        self.note("fault", f"{troubles.vendor} {troubles.arm_one(self.stage.engine.now(), sorted(at))}")
        if troubles.vendor is Vendor.SCHWAB and troubles.armed[str(FaultKind.EXPIRE_TOKEN)] > ended:
            self.logged_out[:] = at.values()

    def _end_session(self) -> None:
        """Have access tokens or sessions end before their time, or somebody sign in with the broker's app."""
        world = self.stage.world
        ends: Sequence[tuple[str, Callable[[], None]]] = (
            ("access at tastytrade's sandbox", world.tastytrade_cert.grants.end_all),
            ("access at tastytrade", world.tastytrade_live.grants.end_all),
            ("access at Schwab", world.schwab.logins.end_all),
            ("sessions at Interactive Brokers", world.ibkr.sessions.end_all),
            ("a session taken by the vendor's app", self._take_session),
        )
        what, end = self.choices.choice(ends)
        self.note("session", f"{what}: over")
        end()

    def _take_session(self) -> None:
        names = [
            f"user-of-{account.consumer(person.name)}"
            for person in self.people
            for account in person.accounts
            if account.place.vendor is Vendor.IBKR
        ]
        if names:
            self.stage.world.ibkr.sessions.elsewhere.add(self.choices.choice(names))


def broker_weather_of(
    stage: Stage,
    seed: int,
    people: Sequence[Person],
    at_tradier: Troubles,
    note: Callable[[str, str], None],
) -> BrokerWeather:
    """Return the troubles of a run: none where everybody is at Tradier alone."""
    choices = stream(seed, "troubles elsewhere")
    used = {account.place.vendor for person in people for account in person.accounts}
    troubles = [
        Troubles(
            book=at_tradier.book,
            choices=choices,
            quotes_by=at_tradier.quotes_by,
            kinds=at_tradier.kinds,
            vendor=vendor,
            strikes=strikes_at(vendor),
            armed=at_tradier.armed,
        )
        for vendor in VENDORS
        if vendor in used
    ]
    return BrokerWeather(stage=stage, people=people, choices=choices, troubles=troubles, note=note)
