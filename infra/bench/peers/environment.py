"""A throw-away environment with packages that are no requirement of ours."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_INSTALL_SECONDS_MAX: Final = 240
_PIP: Final = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


@contextmanager
def peer_environment(packages: Sequence[str]) -> Iterator[str]:
    """Make it and say where its Python is.

    Raises CalledProcessError when the package index is not reachable, TimeoutExpired when it takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="papertape-peer-") as directory:
        python = str(Path(directory) / "bin" / "python")
        for command in (
            [sys.executable, "-m", "venv", directory],
            [python, *_PIP, *packages],
            [python, "-m", "compileall", "-q", directory],
        ):
            subprocess.run(command, check=True, capture_output=True, timeout=_INSTALL_SECONDS_MAX)
        yield python
