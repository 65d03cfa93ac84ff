"""A broker at Interactive Brokers, built from what is sealed for it."""

from typing import TYPE_CHECKING

from chalicelib.brokers.ibkr.broker import IbkrBroker
from chalicelib.brokers.ibkr.client import IbkrClient, line_to, renew
from chalicelib.brokers.ibkr.environment import IbkrEnvironment
from chalicelib.brokers.ibkr.session import BrokerageSession
from chalicelib.brokers.ibkr.signing import read_consumer
from chalicelib.brokers.offers import OFFERS
from chalicelib.domain.accounts import BrokerName

if TYPE_CHECKING:
    from chalicelib.composition.outside_brokers import OutsideLine, Wanted


def build_ibkr(line: "OutsideLine", wanted: "Wanted") -> IbkrBroker:
    """Return the broker; raises ValueError for what cannot be its credentials."""
    environment = IbkrEnvironment(
        mode=wanted.mode,
        base_url=line.urls[wanted.mode],
        consumer=read_consumer(OFFERS[BrokerName.IBKR].parted(wanted.secret)),
    )
    budget = line.budgets[BrokerName.IBKR]
    way = line_to(environment, budget=budget, clock=line.clock, http=line.http, deadline=wanted.deadline)
    client = IbkrClient(
        environment,
        way,
        access=wanted.keep_access(lambda: renew(environment, way, line.clock, line.randomness)),
        budget=budget,
        clock=line.clock,
        randomness=line.randomness,
    )
    return IbkrBroker(
        wanted.mode,
        BrokerageSession(client, wanted.alone, line.clock),
        wanted.account_id,
        known=line.contract_ids,
        clock=line.clock,
        market_orders=wanted.market_orders,
    )
