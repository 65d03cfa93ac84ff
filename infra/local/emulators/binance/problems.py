"""How the exchange refuses: always a code and a message, over one of a few statuses."""


class BinanceRefusal(Exception):
    """The exchange answers with an error."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status

    @property
    def body(self) -> dict[str, object]:
        """The answer."""
        return {"code": self.code, "msg": str(self)}


class StayAway(BinanceRefusal):
    """Too much was asked: 429 for the rest of the minute, 418 for longer."""

    def __init__(self, message: str, status: int, retry_after: int) -> None:
        super().__init__(-1003, message, status)
        self.retry_after = retry_after


def missing(name: str) -> BinanceRefusal:
    """Return the refusal of a call that says too little."""
    return BinanceRefusal(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def illegal(name: str, pattern: str) -> BinanceRefusal:
    """Return the refusal of a parameter that is none."""
    return BinanceRefusal(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'."
    )
