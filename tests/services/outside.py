"""What happens outside the product: faults, an owner's hand at the broker, the vendor's own books."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import httpx

from chalicelib.domain.instruments.symbols import OptionContract
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World

ACCOUNTS = {"alice": ("VA00000001", "token-of-alice"), "bob": ("VA00000002", "token-of-bob")}


class Outside:
    """The emulated vendors, with an account of each user at Tradier's sandbox."""

    #: What happens there while somebody waits.
    meanwhile: Callable[[], None] = staticmethod(lambda: None)
    world: World
    #: The operator's tokens at data vendors, as the environment names them.
    TOKENS: Mapping[str, str] = MappingProxyType({"ORATS_TOKEN": "orats-token", "MODEL_KEY": "model-key"})

    def let_in(self) -> None:
        """Make the operator's tokens known to their vendors."""
        self.world.orats.add_token("orats-token")
        self.world.openrouter.add_key("model-key")

    def account(self, username: str = "alice") -> str:
        """Return the number of a user's account at the emulator."""
        return ACCOUNTS[username][0]

    def calls(self, ending: str) -> int:
        """Return how many calls of endpoints that end so the sandbox has answered."""
        by_endpoint = self.world.sandbox.calls()["by_endpoint"]
        assert isinstance(by_endpoint, dict)
        return sum(int(count) for name, count in by_endpoint.items() if str(name).endswith(ending))

    def fault(
        self, kind: str, *, method: str = "POST", path: str = "/orders", times: int = 1, **more: object
    ) -> None:
        """Arm a fault of a vendor's, Tradier's unless told, for the next `times` matching calls."""
        self.world.faults.arm_from(
            {
                "vendor": "tradier",
                "match": {"method": method, "path": path},
                "kind": kind,
                "times": times,
                **more,
            }
        )

    def by_hand(self, username: str = "alice", **form: object) -> httpx.Response:
        """Place an order at the broker itself, as its owner does: without a tag."""
        values = {"class": "option", "duration": "day", "type": "market", **form}
        return self._call_by_hand("POST", "", username, {name: str(value) for name, value in values.items()})

    def cancel_by_hand(self, order_id: object, username: str = "alice") -> httpx.Response:
        """Cancel an order at the broker itself."""
        return self._call_by_hand("DELETE", f"/{order_id}", username, None)

    def _call_by_hand(
        self, method: str, rest: str, username: str, form: dict[str, str] | None
    ) -> httpx.Response:
        account_id, token = ACCOUNTS[username]
        with httpx.Client(transport=EmulatorTransport(self.world.hosts())) as client:
            return client.request(
                method,
                f"https://sandbox.tradier.com/v1/accounts/{account_id}/orders{rest}",
                data=form,
                headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            )

    def sell_by_hand(self, contract: OptionContract, quantity: int, username: str = "alice") -> Decimal:
        """Sell at the broker itself, at market; returns the price of the fill."""
        answer = self.by_hand(
            username,
            symbol=contract.underlying,
            option_symbol=contract.to_occ(),
            side="sell_to_close",
            quantity=quantity,
        )
        order_id = answer.json()["order"]["id"]
        (sold,) = [one for one in self.truth(username) if one["id"] == order_id]
        assert sold["status"] == "filled", sold
        return Decimal(str(sold["avg_fill_price"]))

    def truth(self, username: str = "alice") -> list[dict[str, Any]]:  # Any: JSON
        """Return the vendor's own record of orders."""
        return list(self.world.sandbox.truth_orders(self.account(username)))

    def held(self, symbol: str, username: str = "alice") -> Decimal:
        """Return what the vendor says the account holds of a contract."""
        positions = self.world.sandbox.truth_positions(self.account(username))
        quantities = (Decimal(str(one["quantity"])) for one in positions if one["symbol"] == symbol)
        return sum(quantities, Decimal(0))

    def working_sells(self, username: str = "alice") -> Decimal:
        """Return how many contracts working sell orders at the vendor could sell; an OCO counts once."""
        total = Decimal(0)
        for order in self.truth(username):
            legs = order.get("leg", [order])
            live = [
                Decimal(str(leg["remaining_quantity"]))
                for leg in legs
                if leg["status"] in {"open", "pending", "partially_filled"} and leg["side"] == "sell_to_close"
            ]
            total += max(live, default=Decimal(0))
        return total
