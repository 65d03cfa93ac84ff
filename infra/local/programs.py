"""What the whole check needs besides Python: a Chromium for the page, PgBouncer for the pooler."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Where Debian puts servers, which need not be on a user's path.
_SERVERS: Final = "/usr/sbin"


def find_chromium() -> Path | None:
    """Return the browser's program, or None."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


def find_pgbouncer() -> Path | None:
    """Return PgBouncer's program, or None."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:{_SERVERS}")
    return Path(found) if found else None


def ensure_programs() -> None:
    """Install what is missing by apt where that is allowed; else say what to do."""
    missing = [
        name for name, find in (("chromium", find_chromium), ("pgbouncer", find_pgbouncer)) if find() is None
    ]
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print(f"{', '.join(missing)} not found: their tests are skipped or fail.")
        print(f"On Debian: apt-get install {' '.join(missing)}; on macOS: brew install {' '.join(missing)}.")
        return
    print(f"installing {', '.join(missing)} by apt-get (once, a minute or two) …", flush=True)
    for arguments in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *missing]):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run([apt, *arguments], env=environment, check=False).returncode != 0:
            print(f"apt-get could not: the tests that need {', '.join(missing)} are skipped or fail.")
            return
