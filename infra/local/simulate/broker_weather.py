"""What goes wrong at the brokers beside Tradier: their calls fail, their sessions and logins end."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from infra.local.simulate.broker_strikes import strikes_at
from infra.local.simulate.other_brokers import log_in_again
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

    def plan(self, window: Window, faults: float) -> None:
        """Plan a window that has so many faults at Tradier."""
        if not self.troubles:
            return
        for does, count in ((self._strike, FAULTS), (self._end_session, SESSIONS)):
            for _ in range(times(self.choices, count * faults)):
                self.stage.engine.at(within(self.choices, window), does)

    def end(self) -> None:
        """Have whoever was logged out log in again, and whoever is signed in elsewhere leave."""
        self.stage.world.ibkr.sessions.elsewhere.clear()
        for person in self.people:
            if person.logged_out:
                self.stage.engine.spawn(f"{person.name}/home", partial(log_in_again, person, "home"))

    def _strike(self) -> None:
        troubles = self.choices.choice(self.troubles)
        self.note("fault", f"{troubles.vendor} {troubles.arm_one(self.stage.engine.now(), ())}")

    def _log_out(self) -> None:
        """Have a broker take somebody's credentials no longer: that is for good, and new ones are made."""
        found = [
            (person, account)
            for person in self.people
            if not (person.is_leaving or person.is_away or person.is_gone)
            for account in person.accounts
            if account not in person.logged_out
        ]
        if found:
            person, account = self.choices.choice(found)
            vendor, now = account.place.vendor, self.stage.engine.now()
            fault = Fault(vendor=vendor, kind=FaultKind.EXPIRE_TOKEN, at=now, account=account.account_id)
            self.stage.world.faults.arm(fault)
            person.logged_out.append(account)

    def _end_session(self) -> None:
        """Have access tokens or sessions end before their time, or somebody sign in with the broker's app."""
        world = self.stage.world
        ends: Sequence[tuple[str, Callable[[], None]]] = (
            ("access at tastytrade's sandbox", world.tastytrade_cert.grants.end_all),
            ("access at tastytrade", world.tastytrade_live.grants.end_all),
            ("access at Schwab", world.schwab.logins.end_all),
            ("sessions at Interactive Brokers", world.ibkr.sessions.end_all),
            ("a session taken by the vendor's app", self._take_session),
            ("somebody's login", self._log_out),
            ("somebody's login", self._log_out),
        )
        what, end = self.choices.choice(ends)
        self.note("session", f"{what}: over")
        end()

    def _take_session(self) -> None:
        names = [
            account.user_name
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
