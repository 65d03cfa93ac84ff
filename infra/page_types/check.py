"""Check the page's scripts: copied beside the declarations of what is vendored, then read by TypeScript.

The vendored modules themselves stay out of the copy: they are minified, and not ours to judge.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from infra.page_types.compiler import find_compiler, find_node

SCRIPTS: Final = Path(__file__).resolve().parents[2] / "static-site" / "js"
DECLARATIONS: Final = Path(__file__).resolve().parent / "vendor"
CONFIGURATION: Final = Path(__file__).resolve().parent / "tsconfig.json"
CHECK_SECONDS_MAX: Final = 180


def find_type_errors(scripts: Path = SCRIPTS) -> list[str]:
    """Answer the compiler's complaints, one a line; empty when all is well. Raises CannotCheck."""
    node, compiler = find_node(), find_compiler()
    with tempfile.TemporaryDirectory() as scratch:
        ground = Path(scratch)
        shutil.copytree(scripts, ground / "js")
        shutil.copytree(DECLARATIONS, ground / "vendor")
        shutil.copy(CONFIGURATION, ground / "tsconfig.json")
        done = subprocess.run(  # noqa: S603 - a program and paths that we found ourselves
            [str(node), str(compiler), "--project", str(ground), "--pretty", "false"],
            cwd=ground,
            capture_output=True,
            text=True,
            timeout=CHECK_SECONDS_MAX,
            check=False,
        )
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    if done.returncode != 0 and not complaints:
        complaints = [f"the compiler ended with code {done.returncode} and without a word"]
    return complaints
