"""How many calls an address may make at Binance in a minute, and which come first (wire/binance.md, 3)."""

from typing import Final

from chalicelib.vendors.budget import CallLimits

#: Calls by their weight in twos, of 6,000 that the exchange allows an address in a minute. Exits read prices
#: before pages and replays do.
BINANCE_LIMITS: Final = CallLimits(exits=2500, orders=2400, market_data=2200, browsing=1200, background=600)
