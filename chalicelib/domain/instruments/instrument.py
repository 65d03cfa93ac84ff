"""Kinds of instruments."""

from enum import StrEnum


class Instrument(StrEnum):
    """What a leg holds."""

    OPTION = "OPTION"
    EQUITY = "EQUITY"
    CRYPTO = "CRYPTO"
