"""Telegram's two markups, as strict as the real parser: one wrong character and the message is refused.

The texts of the errors are TDLib's (td/telegram/MessageEntity.cpp).
"""

import html
import re
from typing import Final

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>|<")
_TAGS: Final = frozenset(
    ["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "code", "pre"]
) | {"blockquote", "tg-emoji"}
_ENTITY: Final = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!")


class CannotParse(ValueError):
    """The text is not in the markup that it is said to be in."""


def parse_html(text: str) -> str:
    """Return the text without its tags and entities. Raises CannotParse."""
    parsed, open_tags, at = [], list[str](), 0
    for match in _TAG.finditer(text):
        parsed.append(_unescape(text[at : match.start()]))
        at = match.end()
        offset = len(text[: match.start()].encode())
        closing, name = match.group(1), (match.group(2) or "").lower()
        if not closing and name not in _TAGS:
            raise CannotParse(f'Unsupported start tag "{name}" at byte offset {offset}')
        if not closing:
            open_tags.append(name)
            continue
        if not open_tags:
            raise CannotParse(f"Unexpected end tag at byte offset {offset}")
        expected = open_tags.pop()
        if name != expected:
            raise CannotParse(
                f'Unmatched end tag at byte offset {offset}, expected "</{expected}>", found "</{name}>"'
            )
    if open_tags:
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return "".join([*parsed, _unescape(text[at:])])


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text)


def parse_markdown(text: str) -> str:
    """Return MarkdownV2 without its escapes; no entities, since nobody here sends any. Raises CannotParse."""
    parsed, escaped = [], False
    for character in text:
        if escaped or character not in _RESERVED | {"\\"}:
            parsed.append(character)
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            raise CannotParse(
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
    return "".join(parsed)
