"""A second opinion on a finished run: the broker's own log against the history that the API exported.

It shares no code with the product, the emulators or the other checks, and imports nothing but Python's
standard library: what it says does not depend on their reading of a format or a rule. `collected` gathers a
user's history through the API, `check` compares.
"""

from infra.local.outside_checker.collecting import collected
from infra.local.outside_checker.comparing import check
from infra.local.outside_checker.findings import Finding, Rule

__all__ = ["Finding", "Rule", "check", "collected"]
