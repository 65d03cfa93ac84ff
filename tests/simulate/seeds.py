"""The seeds that the tests live through with every guard on."""

from typing import Final

SEEDS: Final = range(1, 26)
