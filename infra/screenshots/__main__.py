"""Run the command."""

import sys

from infra.screenshots.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
