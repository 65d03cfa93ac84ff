"""The answer to `preview=true`: what an order would cost."""

from infra.local.emulators.brokerage.buying_power import cost_of, lent_on_margin
from infra.local.emulators.brokerage.orders import ZERO
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm
from infra.local.emulators.market.sessions import NEW_YORK


def preview_body(form: OrderForm, standing: Standing) -> dict[str, object]:
    """Return the body of a preview; the rules have already let the order through."""
    tickets = form.legs or ((form.head,) if form.head is not None else ())
    head = form.head if form.head is not None else tickets[0]
    account = standing.account
    fees = [account.fees(ticket.option_symbol or ticket.symbol, ticket.quantity) for ticket in tickets]
    commission = sum(fees, ZERO)
    lent = lent_on_margin(form, standing)
    # A closing order costs its commission and nothing else.
    total = max(cost_of(form, standing) + lent, commission)
    return {
        "order": {
            "status": "ok",
            "commission": float(commission),
            "cost": float(total),
            "fees": 0,
            "symbol": head.symbol,
            "quantity": head.quantity or sum(ticket.quantity for ticket in tickets),
            "side": head.side,
            "type": head.order_type,
            "duration": head.duration,
            "result": True,
            "order_cost": float(total - commission),
            "margin_change": float(lent),
            "request_date": f"{standing.now.astimezone(NEW_YORK):%Y-%m-%dT%H:%M:%S.000}",
            "extended_hours": False,
            "class": form.order_class,
            "strategy": form.order_class,
            "day_trades": 0,
        }
    }
