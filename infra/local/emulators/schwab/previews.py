"""What Schwab says of an order that is only tried: the order without a number, and what speaks against it."""

from collections.abc import Mapping
from decimal import Decimal

from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.brokerage.rules import check
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm
from infra.local.emulators.schwab.order_views import Shown, instant_text
from infra.local.emulators.schwab.problems import sentence_of


def preview(form: OrderForm, standing: Standing, body: Mapping[str, object], oco_distance: Decimal) -> Shown:
    """Return the answer to a preview; only the lists that hold anything are there (wire, 6.5)."""
    found: Shown = {}
    try:
        check(form, standing, oco_distance=oco_distance)
    except Refusal as refusal:
        found["rejects"] = [{"activityMessage": sentence_of(refusal), "originalSeverity": "REJECT"}]
    at = instant_text(standing.now)
    price = body.get("price")
    return {
        "orderId": 0,
        "orderStrategy": {
            "accountNumber": standing.account.account_id,
            "advancedOrderType": "NONE",
            "closeTime": at,
            "enteredTime": at,
            "orderStrategyType": body.get("orderStrategyType"),
            "orderVersion": 1,
            "session": "NORMAL",
            "status": "REJECTED" if found else "ACCEPTED",
            "duration": body.get("duration"),
            "filledQuantity": 0.0,
            "orderType": body.get("orderType"),
            "price": None if price is None else float(str(price)),
            "remainingQuantity": 0.0,
        },
        "orderValidationResult": found,
    }
