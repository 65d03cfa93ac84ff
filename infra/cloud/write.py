"""Write a stage's template to a file, for tools that check it: `python -m infra.cloud.write PATH [STAGE]`."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.cloud.chalice_part import ROOT
from infra.cloud.deploying.stage_file import read_stage
from infra.cloud.template import build_template


def main(arguments: Sequence[str]) -> int:
    """Write the template; a stage without a file of its own has the defaults."""
    if not arguments:
        print("usage: python -m infra.cloud.write PATH [STAGE]", file=sys.stderr)
        return 2
    path, stage = Path(arguments[0]), read_stage(arguments[1] if len(arguments) > 1 else "prod", ROOT)
    path.write_text(json.dumps(build_template(stage), indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
