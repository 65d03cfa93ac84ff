"""The deployment package: our code and what it needs, for either processor, the same from the same source.

Wheels are fetched for Lambda's own platform, so that a laptop of any kind and any Python builds for arm64 and
x86_64: those and no others that `requirements.lock` has the hashes of. What runs only at build time
(Chalice's tools), what Lambda has (boto3) and what nobody imports is left out. What is packed is looked at: a
library that asks for more than the runtime has would end every function at its first import.
"""

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.cloud.chalice_part import ROOT, RUNTIME
from infra.cloud.shared_objects import UnreadableLibrary, Version, read_needs
from infra.cloud.stage import Architecture

ZIPPED_BYTES_MAX: Final = 50_000_000
UNZIPPED_BYTES_MAX: Final = 250_000_000
#: Runtimes from python3.12 on are Amazon Linux 2023, those before Amazon Linux 2 with glibc 2.26 (AWS Lambda
#: developer guide, "Lambda runtimes"; docs.aws.amazon.com/linux/al2023, "Core glibc").
RUNTIME_GLIBC: Final[Version] = (2, 34)
LOCK: Final = "requirements.lock"
#: Where Lambda unpacks the package, and in it the public authorities' roots and a database's own.
_UNPACKED: Final = "/var/task"
PUBLIC_ROOTS: Final = f"{_UNPACKED}/certifi/cacert.pem"
_OWN_ROOTS: Final = "database-roots.pem"
ROOTS_IN_FUNCTIONS: Final = f"{_UNPACKED}/{_OWN_ROOTS}"
_MACHINES: Final = {Architecture.ARM: "aarch64", Architecture.INTEL: "x86_64"}
#: Baselines of wheels that the runtime's glibc carries, the newest first.
_BASELINES: Final = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17")
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
_LIBRARY: Final = re.compile(r"\.so(\.\d+)*$")
#: ZIP keeps no earlier instant; one for all files makes the package repeatable.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_OWN_CODE: Final = ("app.py", "chalicelib")


class PackageTooLarge(Exception):
    """The package is larger than Lambda takes."""

    def __init__(self, what: str, size: int, allowed: int) -> None:
        super().__init__(f"the package is {size / 1e6:.1f} MB {what}; {allowed / 1e6:.0f} MB are allowed")


class WheelsMissing(Exception):
    """pip could not fetch what requirements.lock pins for Lambda's platform; its last words follow."""


class CannotLoad(Exception):
    """A library of the package would not load in the runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A built package: where it lies and how large it is, in bytes."""

    path: Path
    zipped: int
    unzipped: int
    files: int


def build_package(
    architecture: Architecture, directory: Path, say: Callable[[str], None], *, own_roots: Path | None = None
) -> Package:
    """Build the package in `directory`, with the database's own root certificates if it has some.

    Raises WheelsMissing, CannotLoad, PackageTooLarge.
    """
    libraries = directory / f"libraries-{architecture.value}"
    if libraries.exists():
        shutil.rmtree(libraries)
    say(f"fetching wheels for {architecture.value} …")
    _fetch(architecture, libraries)
    roots = [] if own_roots is None else [(_OWN_ROOTS, own_roots)]
    members = sorted([*_library_files(libraries), *_own_files(ROOT), *roots])
    wrong = cannot_load(members, architecture)
    if wrong:
        raise CannotLoad(f"these libraries would not load in {RUNTIME}: " + "; ".join(wrong))
    path = directory / "deployment.zip"
    unzipped = write_package(path, members)
    built = Package(path=path, zipped=path.stat().st_size, unzipped=unzipped, files=len(members))
    say(f"package: {built.zipped / 1e6:.1f} MB zipped, {built.unzipped / 1e6:.1f} MB unzipped")
    if built.zipped > ZIPPED_BYTES_MAX:
        raise PackageTooLarge("zipped", built.zipped, ZIPPED_BYTES_MAX)
    if built.unzipped > UNZIPPED_BYTES_MAX:
        raise PackageTooLarge("unzipped", built.unzipped, UNZIPPED_BYTES_MAX)
    return built


def _fetch(architecture: Architecture, libraries: Path) -> None:
    """Install what the lock names, byte for byte; what it does not name is not asked for."""
    command = [*pip_for(architecture), "--no-compile", "--no-deps", "--require-hashes"]
    command += ["--target", str(libraries), "--requirement", str(ROOT / LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise WheelsMissing(done.stderr[-2000:])


def pip_for(architecture: Architecture) -> list[str]:
    """Return the beginning of a `pip install` that chooses wheels for Lambda's Python and processor."""
    platforms = [f"{baseline}_{_MACHINES[architecture]}" for baseline in _BASELINES]
    return [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--only-binary=:all:", "--implementation=cp", f"--python-version={RUNTIME.removeprefix('python')}"),
        *(f"--platform={name}" for name in platforms),
    ]


def is_library(name: str) -> bool:
    """Tell a compiled library by its file's name."""
    return _LIBRARY.search(name) is not None


def cannot_load(members: Iterable[tuple[str, Path]], architecture: Architecture) -> list[str]:
    """Return which libraries the runtime cannot load, each with what it asks for."""
    wrong = []
    for name, path in members:
        if not is_library(name):
            continue
        try:
            needs = read_needs(path)
        except UnreadableLibrary as error:
            wrong.append(f"{name}: {error}")
            continue
        if needs.architecture is not architecture:
            wrong.append(f"{name} is not for {architecture.value}")
        if needs.glibc is not None and needs.glibc > RUNTIME_GLIBC:
            wrong.append(f"{name} needs glibc {needs.glibc[0]}.{needs.glibc[1]}")
    return wrong


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
