"""`python -m infra.cloud.lock`: pin everything that is deployed, with hashes, down to the last library.

`requirements.txt` names what we import; pip resolves what that needs, once for each processor, and the lock
keeps the versions, the hashes of just those wheels, and the glibc that their libraries ask for. A library
that changed under its version, or a new release of something we never named, does not get into a package by
itself.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from itertools import groupby
from pathlib import Path
from typing import Final

from infra.cloud.chalice_part import ROOT, RUNTIME
from infra.cloud.package import LOCK, WheelsMissing, is_library, pip_for
from infra.cloud.shared_objects import Version, read_needs
from infra.cloud.stage import Architecture

REQUIREMENTS: Final = "requirements.txt"
HEAD: Final = f"# For {RUNTIME}. Made of {REQUIREMENTS} by `python -m infra.cloud.lock`; never by hand.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One wheel that pip chose, and the least glibc its libraries run on: None where it has none."""

    name: str
    version: str
    architecture: Architecture
    sha256: str
    glibc: Version | None

    @property
    def pin(self) -> str:
        """Return the requirement that names just this version."""
        return f"{self.name}=={self.version}"


def main() -> int:
    """Write the lock anew; return 1 when the processors would get different versions."""
    wheels = [wheel for architecture in Architecture for wheel in resolve(architecture)]
    pins = {wheel.pin for wheel in wheels}
    if len(pins) != len({wheel.name for wheel in wheels}):
        print("the processors would get different versions; pin the library by hand", file=sys.stderr)
        return 1
    (ROOT / LOCK).write_text(lock_text(wheels), encoding="utf-8")
    print(f"{len(pins)} libraries, {len({wheel.sha256 for wheel in wheels})} wheels")
    return 0


def resolve(architecture: Architecture) -> list[Wheel]:
    """Have pip choose and unpack what this processor would get. Raises WheelsMissing."""
    with tempfile.TemporaryDirectory() as directory:
        report, libraries = Path(directory) / "report.json", Path(directory) / "libraries"
        command = [*pip_for(architecture), "--no-compile", "--ignore-installed", f"--report={report}"]
        command += [f"--target={libraries}", f"--requirement={ROOT / REQUIREMENTS}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            raise WheelsMissing(done.stderr[-2000:])
        chosen = json.loads(report.read_text(encoding="utf-8"))["install"]
        glibc = {_plain(one.name): _glibc(one) for one in distributions(path=[str(libraries)])}
    return [
        Wheel(
            name=_plain(one["metadata"]["name"]),
            version=one["metadata"]["version"],
            architecture=architecture,
            sha256=one["download_info"]["archive_info"]["hashes"]["sha256"],
            glibc=glibc[_plain(one["metadata"]["name"])],
        )
        for one in chosen
    ]


def _glibc(distribution: Distribution) -> Version | None:
    libraries = [file for file in distribution.files or [] if is_library(file.as_posix())]
    needs = [read_needs(Path(str(file.locate()))).glibc for file in libraries]
    return max((found for found in needs if found is not None), default=None)


def _plain(name: str) -> str:
    """Write a distribution's name as the index does: requirement files mix its spellings."""
    return name.lower().replace("_", "-").replace(".", "-")


def lock_text(wheels: Iterable[Wheel]) -> str:
    """Return the lock: a requirement each, with a hash for each of its wheels."""
    listed = sorted(wheels, key=lambda wheel: (wheel.pin, wheel.architecture.value))
    return HEAD + "".join(_entry(pin, list(found)) for pin, found in groupby(listed, lambda wheel: wheel.pin))


def _entry(pin: str, wheels: list[Wheel]) -> str:
    needs = [
        f"# {wheel.name} for {wheel.architecture.value} needs glibc {wheel.glibc[0]}.{wheel.glibc[1]}\n"
        for wheel in wheels
        if wheel.glibc is not None
    ]
    hashes = [f"--hash=sha256:{digest}" for digest in sorted({wheel.sha256 for wheel in wheels})]
    return "".join(needs) + " \\\n    ".join([pin, *hashes]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
