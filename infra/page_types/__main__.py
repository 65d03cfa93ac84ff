"""Print what is wrong with the page's types; the exit code says whether anything is."""

import sys

from infra.page_types.check import find_type_errors
from infra.page_types.compiler import CannotCheck


def main() -> int:
    """Run the check; 2 means that it could not be made."""
    try:
        complaints = find_type_errors()
    except CannotCheck as reason:
        print(f"not checked: {reason}", file=sys.stderr)
        return 2
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
