"""Why a backtest's market cannot be had."""


class NoHistory(Exception):
    """A market cannot be had; the text says why and is shown."""
