"""Logins that a person makes on a broker's page, by a program's stored credentials (W-03): Schwab's."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.brokers.offers import ACCOUNT_HASH, OFFERS, REFRESH_TOKEN, WANTED_ACCOUNT
from chalicelib.composition.outside_brokers import OutsideLine, schwab_environment
from chalicelib.composition.sent_orders import NothingSent
from chalicelib.domain.accounts import BrokerMode, BrokerName
from chalicelib.services.environment import BrowserLogin, CredentialsUnreadable
from chalicelib.services.errors import Unavailable
from chalicelib.vendors.access import AccessToken, OwnTokens
from chalicelib.vendors.deadline import Deadline

if TYPE_CHECKING:
    from chalicelib.brokers.schwab.environment import SchwabEnvironment


class BrowserLogins:
    """Sends users out to a broker's page, and makes a login of what they come back with."""

    def __init__(self, outside: OutsideLine, site_origin: str | None) -> None:
        self._outside = outside
        self._site_origin = site_origin

    def url(self, mode: BrokerMode, secret: str, state: str) -> str:
        """Return the page on which the program is let in; raises Unavailable without a way back."""
        from chalicelib.brokers.schwab.sign_in import authorize_url

        environment, _ = self._environment(mode, secret)
        return authorize_url(environment, redirect_uri=self._way_back(), state=state)

    def redeem(self, mode: BrokerMode, secret: str, code: str, account_id: str | None) -> BrowserLogin:
        """Turn a code into a login of one account: the named one, the one wanted, or the only one.

        Raises VendorError, AuthenticationFailed where it is not taken.
        """
        from chalicelib.brokers.schwab.broker import SchwabBroker
        from chalicelib.brokers.schwab.client import SchwabClient, line_to
        from chalicelib.brokers.schwab.sign_in import redeem

        environment, given = self._environment(mode, secret)
        clock = self._outside.clock
        line = line_to(
            environment,
            budget=self._outside.budgets[BrokerName.SCHWAB],
            clock=clock,
            http=self._outside.http,
            deadline=Deadline(clock),
        )
        login = redeem(environment, line, clock, code=code, redirect_uri=self._way_back())

        def first() -> AccessToken:
            return login.access

        client = SchwabClient(environment, line, access=OwnTokens(first, clock))
        wanted = account_id or given.get(WANTED_ACCOUNT, "")
        broker = SchwabBroker(mode, client, wanted, sent=NothingSent(), clock=clock)
        report = broker.test_connection()
        kept = {**given, REFRESH_TOKEN: login.refresh_token}
        if report.ok and report.account_id is not None:
            kept[ACCOUNT_HASH] = broker.hash_of(report.account_id)
        return BrowserLogin(secret=OFFERS[mode.broker].joined(kept), report=report, until=login.until)

    def _environment(self, mode: BrokerMode, secret: str) -> "tuple[SchwabEnvironment, Mapping[str, str]]":
        try:
            return schwab_environment(self._outside, mode, secret)
        except ValueError as error:
            raise CredentialsUnreadable from error

    def _way_back(self) -> str:
        if self._site_origin is None:
            raise Unavailable("This deployment does not know its page's address (SITE_ORIGIN)")
        return f"{self._site_origin}/"
