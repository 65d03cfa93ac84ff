"""How the vendor refuses."""


class OratsRefusal(Exception):
    """The vendor answers with an error and a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
