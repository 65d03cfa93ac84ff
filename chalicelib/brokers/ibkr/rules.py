"""The documents in which orders travel to Interactive Brokers; pure. What is asked for was checked before."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from chalicelib.brokers.ibkr.names import STOP, TARGET, Reference, reference_of
from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import Duration, OrderType

_CENT: Final = Decimal("0.01")
_TYPES: Final = {OrderType.MARKET: "MKT", OrderType.LIMIT: "LMT", OrderType.STOP: "STP"}
_DURATIONS: Final = {Duration.DAY: "DAY", Duration.GTC: "GTC"}
#: The conid of every combination in dollars (wire, 10.2).
COMBINATION: Final = "28812380"

Document = dict[str, JsonValue]


def order_document(request: OrderRequest, account_id: str, conid: int) -> tuple[Document, Reference]:
    """Return the document of one order and its reference."""
    reference = reference_of(request.tag, (request.side,))
    document = _document(account_id, reference, request.type, request.duration, request.quantity)
    document |= {"conid": conid, "side": "BUY" if request.side.is_buy else "SELL"}
    if request.type is OrderType.LIMIT and request.limit_price is not None:
        document["price"] = _cents(request.limit_price)
    if request.type is OrderType.STOP and request.stop_price is not None:
        document["price"] = _cents(request.stop_price)  # of a stop the price is the stop (wire, 10)
    return document, reference


def oco_documents(request: OcoRequest, account_id: str, conid: int) -> tuple[Document, Document]:
    """Return the documents of a target and a stop of one group."""
    documents = []
    for part, kind, price in (
        (TARGET, OrderType.LIMIT, request.target_price),
        (STOP, OrderType.STOP, request.stop_price),
    ):
        reference = Reference(tag=request.tag, parts=part)
        document = _document(account_id, reference, kind, Duration.GTC, request.quantity)
        side = "BUY" if request.side.is_buy else "SELL"
        documents.append(
            document | {"conid": conid, "side": side, "price": _cents(price), "isSingleGroup": True}
        )
    return documents[0], documents[1]


def combined_document(
    request: CombinedRequest, account_id: str, conid_of: Callable[[str], int]
) -> tuple[Document, Reference]:
    """Return the document of several legs at one net price and its reference.

    A combination is bought, with what it costs as its price, below 0 for a credit (wire, 10.2); of shares
    with options the price is per share, as everywhere here (unconfirmed).
    """
    reference = reference_of(request.tag, [leg.side for leg in request.legs])
    kind = OrderType.MARKET if request.net_price is None else OrderType.LIMIT
    document = _document(account_id, reference, kind, request.duration, request.quantity)
    legs = ",".join(
        f"{conid_of(leg.symbol)}/{leg.ratio if leg.side.is_buy else -leg.ratio}" for leg in request.legs
    )
    document |= {"conidex": f"{COMBINATION};;;{legs}", "side": "BUY"}
    if request.net_price is not None:
        document["price"] = _cents(request.net_price)
    return document, reference


def _document(
    account_id: str, reference: Reference, kind: OrderType, duration: Duration, quantity: Decimal
) -> Document:
    return {
        "acctId": account_id,
        "cOID": str(reference),
        "orderType": _TYPES[kind],
        "tif": _DURATIONS[duration],
        "quantity": int(quantity),
        "outsideRTH": False,
    }


def _cents(price: Decimal) -> float:
    """Return a price as the number that JSON has for it: whole cents survive the way."""
    return float(price.quantize(_CENT))
