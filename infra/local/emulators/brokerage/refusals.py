"""How a broker says no to an order, whatever the words of its wire.

Refusal
├─ PlainText              what was asked for cannot be read or is not there: a sentence
│  ├─ BadParameter        one field of it
│  ├─ UnauthorizedAccount the account, or the order, is not the caller's
│  └─ FinalizedOrder      the order has ended
└─ RiskRefusal            the risk system refuses, with a code
"""


class Refusal(Exception):
    """A call that is not carried out."""


class PlainText(Refusal):
    """A sentence instead of JSON."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class BadParameter(PlainText):
    """One parameter is wrong."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Invalid parameter, {name}: {reason}")


class UnauthorizedAccount(PlainText):
    """The account, or the order, is not the caller's."""

    def __init__(self, account: str) -> None:
        super().__init__(f"Unauthorized Account: {account}", 401)


class FinalizedOrder(PlainText):
    """The order has ended and can neither be changed nor cancelled."""

    def __init__(self, status: str) -> None:
        super().__init__(f"order already in finalized state: {status}")


class RiskRefusal(Refusal):
    """The risk system refuses, with a code of Tradier's table, the longest that any broker publishes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
