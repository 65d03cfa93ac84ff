"""What a signed call gives, read parameter by parameter (wire/binance.md, 6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from re import ASCII, fullmatch
from typing import Final

from infra.local.emulators.binance.asked import one_pair
from infra.local.emulators.binance.problems import BinanceRefusal, illegal, missing
from infra.local.emulators.market.coins import CoinPrices, Pair

CLIENT_ID: Final = "[a-zA-Z0-9-_]{1,36}"
_DECIMAL: Final = r"[0-9]{1,20}(\.[0-9]{1,20})?"
_WHOLE: Final = "[0-9]{1,20}"
#: Read with every call.
_ALWAYS: Final = frozenset({"timestamp", "recvWindow", "signature"})
_PLACES_MAX: Final = 8


@dataclass(slots=True)
class Given:
    """The parameters of one call; what nobody reads is refused at the end."""

    fields: Mapping[str, str]
    _read: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        """Say whether a parameter was sent with a value."""
        self._read.add(name)
        return bool(self.fields.get(name))

    def text(self, name: str) -> str | None:
        """Return a parameter as it was sent."""
        return self.fields[name] if self.has(name) else None

    def pair(self, coins: CoinPrices) -> Pair:
        """Return the pair that `symbol` names."""
        self._read.add("symbol")
        return one_pair(coins, self.fields)

    def word(self, name: str, known: Collection[str], code: int, message: str) -> str:
        """Return one of the known words."""
        found = self.text(name)
        if found is None:
            raise missing(name)
        if found not in known:
            raise BinanceRefusal(code, message)
        return found

    def amount(self, name: str) -> Decimal | None:
        """Return a decimal above 0; None where none was sent."""
        found = self.text(name)
        if found is None:
            return None
        if fullmatch(_DECIMAL, found, ASCII) is None:
            raise illegal(name, f"^{_DECIMAL}$")
        if len(found.partition(".")[2].rstrip("0")) > _PLACES_MAX:
            raise BinanceRefusal(-1111, f"Parameter '{name}' has too much precision.")
        value = Decimal(found)
        if value <= 0:
            raise BinanceRefusal(-1013, f"Invalid {name}.")
        return value

    def must(self, name: str) -> Decimal:
        """Return a decimal that has to be there."""
        found = self.amount(name)
        if found is None:
            raise missing(name)
        return found

    def whole(self, name: str) -> int | None:
        """Return a whole number; None where none was sent."""
        found = self.text(name)
        if found is None:
            return None
        if fullmatch(_WHOLE, found, ASCII) is None:
            raise illegal(name, f"^{_WHOLE}$")
        return int(found)

    def client_id(self, name: str) -> str | None:
        """Return a caller's own id."""
        found = self.text(name)
        if found is not None and fullmatch(CLIENT_ID, found, ASCII) is None:
            raise illegal(name, f"^{CLIENT_ID}$")
        return found

    def end(self) -> None:
        """Refuse what nobody read."""
        sent = {name for name in self.fields if name not in _ALWAYS}
        if sent - self._read:
            count = len(self.fields)
            left = len(sent - self._read)
            raise BinanceRefusal(
                -1104,
                f"Not all sent parameters were read; read '{count - left}' parameter(s) but was sent "
                f"'{count}'.",
            )
