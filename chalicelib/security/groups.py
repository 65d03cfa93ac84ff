"""Names of sign-in groups that mean something to papertape."""

from typing import Final

#: Members run this deployment (A-10).
OPERATOR_GROUP: Final = "operator"
