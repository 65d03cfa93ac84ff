"""The deployment package: our code and what it needs, for either processor, the same from the same source.

Wheels are fetched for Lambda's own platform, so that a laptop of any kind builds for arm64 and x86_64. What
runs only at build time (Chalice's tools), what Lambda has (boto3) and what nobody imports is left out.
"""

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.cloud.chalice_part import ROOT, RUNTIME
from infra.cloud.stage import Architecture

ZIPPED_BYTES_MAX: Final = 50_000_000
UNZIPPED_BYTES_MAX: Final = 250_000_000
#: Lambda's Amazon Linux 2023 has glibc 2.34; wheels of older baselines run there too.
_PLATFORMS: Final = {
    Architecture.ARM: ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux_2_17_aarch64"),
    Architecture.INTEL: ("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64"),
}
#: Chalice's requirements serve its command line; at run time `chalice.app` needs none of them but these two.
_CHALICE_RUNTIME: Final = frozenset({"app.py", "analyzer.py", "compat.py", "constants.py", "vendored"})
#: In every Lambda runtime already, or needed by a command line alone.
_LEFT_OUT: Final = frozenset(
    {
        "boto3",
        "botocore",
        "s3transfer",
        "dateutil",
        "urllib3",
        "pip",
        "setuptools",
        "wheel",
        "pkg_resources",
        "_distutils_hack",
        "inquirer",
        "readchar",
        "blessed",
        "jinxed",
        "wcwidth",
        "editor",
        "runs",
        "xmod",
        "yaml",
        "_yaml",
        "click",
        "bin",
        "share",
    }
)
_DEAD_FILES: Final = re.compile(
    r"(/tests?/|/__pycache__/|\.pyi$|\.pyx$|\.pxd$|\.pxi$|\.c$|\.h$|\.dist-info/(?!METADATA)|/swagger_ui/)"
)
#: ZIP keeps no earlier instant; one for all files makes the package repeatable.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_OWN_CODE: Final = ("app.py", "chalicelib")


class PackageTooLarge(Exception):
    """The package is larger than Lambda takes."""

    def __init__(self, what: str, size: int, allowed: int) -> None:
        super().__init__(f"the package is {size / 1e6:.1f} MB {what}; {allowed / 1e6:.0f} MB are allowed")


class WheelsMissing(Exception):
    """pip could not fetch what requirements.txt pins for Lambda's platform; its last words follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A built package: where it lies and how large it is, in bytes."""

    path: Path
    zipped: int
    unzipped: int
    files: int


def build_package(architecture: Architecture, directory: Path, say: Callable[[str], None]) -> Package:
    """Build the package in `directory`. Raises WheelsMissing, PackageTooLarge."""
    libraries = directory / f"libraries-{architecture.value}"
    if libraries.exists():
        shutil.rmtree(libraries)
    say(f"fetching wheels for {architecture.value} …")
    _fetch(architecture, libraries)
    path = directory / "deployment.zip"
    members = sorted([*_library_files(libraries), *_own_files(ROOT)])
    unzipped = write_package(path, members)
    built = Package(path=path, zipped=path.stat().st_size, unzipped=unzipped, files=len(members))
    say(f"package: {built.zipped / 1e6:.1f} MB zipped, {built.unzipped / 1e6:.1f} MB unzipped")
    if built.zipped > ZIPPED_BYTES_MAX:
        raise PackageTooLarge("zipped", built.zipped, ZIPPED_BYTES_MAX)
    if built.unzipped > UNZIPPED_BYTES_MAX:
        raise PackageTooLarge("unzipped", built.unzipped, UNZIPPED_BYTES_MAX)
    return built


def _fetch(architecture: Architecture, libraries: Path) -> None:
    platforms = [part for name in _PLATFORMS[architecture] for part in ("--platform", name)]
    version = RUNTIME.removeprefix("python")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--only-binary=:all:", "--implementation=cp", f"--python-version={version}", *platforms]
    command += ["--no-compile", "--target", str(libraries), "--requirement", str(ROOT / "requirements.txt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise WheelsMissing(done.stderr[-2000:])


def _library_files(libraries: Path) -> Iterator[tuple[str, Path]]:
    for path in libraries.rglob("*"):
        name = path.relative_to(libraries).as_posix()
        if path.is_file() and is_wanted(name):
            yield name, path


def is_wanted(name: str) -> bool:
    """Tell whether a library's file goes into the package, by its path from the package's root."""
    first, _, rest = name.partition("/")
    if first.split(".")[0] in _LEFT_OUT or _DEAD_FILES.search(f"/{name}"):
        return False
    if first == "chalice":
        return rest == "__init__.py" or rest.split("/")[0] in _CHALICE_RUNTIME
    return not (first.endswith(".dist-info") and _distribution(first) in _LEFT_OUT)


def _distribution(dist_info: str) -> str:
    return dist_info.partition("-")[0].lower()


def _own_files(root: Path) -> Iterator[tuple[str, Path]]:
    for name in _OWN_CODE:
        top = root / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(root).as_posix(), path


def write_package(path: Path, members: Sequence[tuple[str, Path]]) -> int:
    """Write the package and return its size unzipped; equal files give equal bytes."""
    size = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, source in members:
            body = source.read_bytes()
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            package.writestr(entry, body, zipfile.ZIP_DEFLATED, 9)
            size += len(body)
    return size
