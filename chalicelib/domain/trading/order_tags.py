"""Whose an order at a broker is, by its tag: `pt-<deployment>-<user>-<intent>` (A-12).

Several deployments (a laptop's stack beside the cloud's) and several users may meet in one broker account.
Orders from before tags named anybody carry `pt-<intent>`: they are ours only if their row says so.
"""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

#: Every order of any papertape begins so.
TAG_PREFIX: Final = "pt-"
#: Characters of a deployment's and of a user's name in a tag.
SHORT_ID_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class TagMark:
    """What all tags of one user of one deployment begin with: letters, digits, hyphens (Tradier)."""

    text: str

    def tag(self, intent_id: UUID) -> str:
        """Return the tag of an intent."""
        return f"{self.text}{intent_id}"

    def is_on(self, tag: str) -> bool:
        """Say whether this tag was made under this mark."""
        return tag.startswith(self.text)


def mark_of(deployment_id: str, username: str) -> TagMark:
    """Return a user's mark: the user's part says nothing of the name and differs between deployments."""
    owner = hashlib.sha256(f"{deployment_id}:{username}".encode()).hexdigest()[:SHORT_ID_LENGTH]
    return TagMark(f"{TAG_PREFIX}{deployment_id}-{owner}-")
