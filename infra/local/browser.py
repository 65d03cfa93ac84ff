"""Find a Chromium for the browser tests, or get one."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE: Final = (
    "No Chromium was found: the browser test will be skipped or fail.\n"
    "Install one (Debian: apt-get install chromium; macOS: brew install --cask chromium)."
)


def find_chromium() -> Path | None:
    """Return the browser's program, or None."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return Path(found) if found else None


def ensure_chromium() -> None:
    """Install Chromium by apt where that is allowed; else say what to do."""
    if find_chromium() is not None:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        print(ADVICE)
        return
    print("no Chromium found: installing it by apt-get (once, a minute or two) …", flush=True)
    for arguments in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "chromium"]):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run([apt, *arguments], env=environment, check=False).returncode != 0:
            print(ADVICE)
            return
