"""How many tokens a text is at most, counted before it is sent (C-02).

Tokenizers differ by model, and none of them is here. They keep to words, groups of digits and signs; this
counts a piece for four letters, three digits, and each sign by itself, which is as many as they make or more.
"""

from re import findall
from typing import Final

#: C-02: what a call may ask at most.
PROMPT_TOKENS_MAX: Final = 4000
#: What a message takes beside its text.
TOKENS_A_MESSAGE: Final = 4
_PIECE: Final = r"[^\W\d_]{1,4}|\d{1,3}|[^\w\s]|_|\s{2,}"


def tokens_of(*messages: str) -> int:
    """Return the tokens of messages together."""
    return sum(TOKENS_A_MESSAGE + len(findall(_PIECE, one)) for one in messages)
