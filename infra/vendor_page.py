"""Renew the libraries that the page carries in `static-site/vendor`.

    python infra/vendor_page.py            # fetch the pinned versions again and write them
    python infra/vendor_page.py --check    # compare what is there with the manifest; needs no network

Each library is packed by name through npm, so whatever registry npm is configured for serves it. Of each
package only the ES modules named here are kept. A browser cannot resolve `from "preact"` without an import
map, an import map must be inline, and the page's Content-Security-Policy forbids inline script: so bare
imports are rewritten to relative ones. Source-map comments are cut, since the maps are not carried.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VENDOR_DIR: Final = Path(__file__).resolve().parent.parent / "static-site" / "vendor"
MANIFEST_NAME: Final = "manifest.json"
PACK_TIMEOUT_SECONDS: Final = 120

_BARE_IMPORT: Final = re.compile(r"""(\bfrom\s*|\bimport\s*)(["'])([^"'./][^"']*)\2""")
_SOURCE_MAP: Final = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class VendoredModule:
    """One file that is kept: where it lies in the package, our name for it, what others import it as."""

    source: str
    name: str
    specifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One package at one version, with the modules kept of it."""

    package: str
    version: str
    modules: tuple[VendoredModule, ...]


class VendorError(Exception):
    """A package could not be fetched, or holds something else than expected."""


LIBRARIES: Final[tuple[Library, ...]] = (
    Library(
        package="preact",
        version="11.2.0",
        modules=(
            VendoredModule(source="dist/preact.mjs", name="preact.js", specifier="preact"),
            VendoredModule(source="hooks/dist/hooks.mjs", name="preact-hooks.js", specifier="preact/hooks"),
        ),
    ),
    Library(
        package="htm",
        version="3.1.1",
        modules=(VendoredModule(source="dist/htm.mjs", name="htm.js", specifier="htm"),),
    ),
    Library(
        package="@preact/signals-core",
        version="1.14.5",
        modules=(
            VendoredModule(
                source="dist/signals-core.mjs", name="signals-core.js", specifier="@preact/signals-core"
            ),
        ),
    ),
    Library(
        package="@preact/signals",
        version="2.11.4",
        modules=(VendoredModule(source="dist/signals.mjs", name="signals.js", specifier="@preact/signals"),),
    ),
    Library(
        package="lightweight-charts",
        version="5.2.1",
        modules=(
            VendoredModule(
                source="dist/lightweight-charts.standalone.production.mjs",
                name="lightweight-charts.js",
                specifier="lightweight-charts",
            ),
        ),
    ),
    Library(
        package="lean-qr",
        version="2.7.4",
        modules=(VendoredModule(source="index.mjs", name="lean-qr.js", specifier="lean-qr"),),
    ),
)


def rewrite_imports(text: str, names: Mapping[str, str]) -> str:
    """Turn bare imports into relative ones; raises VendorError for a specifier that nothing here provides."""

    def relative(match: re.Match[str]) -> str:
        keyword, quote, specifier = match.groups()
        if specifier not in names:
            raise VendorError(f"a vendored module imports {specifier!r}, which is not vendored")
        return f"{keyword}{quote}./{names[specifier]}{quote}"

    return _SOURCE_MAP.sub("\n", _BARE_IMPORT.sub(relative, text))


def fetch_package(library: Library, into: Path) -> Path:
    """Pack one library by name into a directory; answers the tarball's path."""
    wanted = f"{library.package}@{library.version}"
    done = subprocess.run(  # noqa: S603 - arguments are the constants above
        ["npm", "pack", "--silent", "--pack-destination", str(into), wanted],  # noqa: S607 - npm of the PATH
        capture_output=True,
        text=True,
        timeout=PACK_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise VendorError(f"npm could not pack {wanted}: {done.stderr.strip()}")
    return into / done.stdout.strip().splitlines()[-1]


def read_member(tarball: tarfile.TarFile, name: str) -> bytes:
    """Read one file of a package; raises VendorError when the package lacks it."""
    try:
        member = tarball.extractfile(f"package/{name}")
    except KeyError as error:
        raise VendorError(f"the package holds no {name}") from error
    if member is None:
        raise VendorError(f"{name} is not a file")
    return member.read()


def sha256_of(content: bytes) -> str:
    """The hexadecimal SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def vendor_library(library: Library, tarball_path: Path, target: Path) -> dict[str, object]:
    """Write one library's modules and licence; answers its manifest entry."""
    names = {module.specifier: module.name for each in LIBRARIES for module in each.modules}
    files: dict[str, str] = {}
    with tarfile.open(tarball_path) as tarball:
        package: dict[str, object] = json.loads(read_member(tarball, "package.json"))
        if package.get("version") != library.version:
            raise VendorError(f"{library.package} says that it is version {package.get('version')}")
        for module in library.modules:
            text = read_member(tarball, module.source).decode()
            content = rewrite_imports(text, names).encode()
            (target / module.name).write_bytes(content)
            files[module.name] = sha256_of(content)
        licence_name = f"LICENSE.{library.package.replace('@', '').replace('/', '-')}"
        licence = read_member(tarball, "LICENSE")
        (target / licence_name).write_bytes(licence)
        files[licence_name] = sha256_of(licence)
    return {
        "name": library.package,
        "version": library.version,
        "licence": package.get("license"),
        "package_sha256": sha256_of(tarball_path.read_bytes()),
        "files": files,
    }


def renew(target: Path = VENDOR_DIR) -> None:
    """Fetch every library again and write modules, licences and manifest."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        entries = []
        for library in LIBRARIES:
            print(f"{library.package} {library.version}")
            entries.append(vendor_library(library, fetch_package(library, Path(scratch)), target))
    (target / MANIFEST_NAME).write_text(json.dumps(entries, indent=2) + "\n")


def find_differences(target: Path = VENDOR_DIR) -> list[str]:
    """Say what differs between the manifest, the pins above and the files; empty when all agree."""
    entries = json.loads((target / MANIFEST_NAME).read_text())
    differences: list[str] = []
    pins = {library.package: library.version for library in LIBRARIES}
    if {entry["name"]: entry["version"] for entry in entries} != pins:
        differences.append("the manifest lists other versions than this script pins")
    listed: dict[str, str] = {name: digest for entry in entries for name, digest in entry["files"].items()}
    present = {path.name for path in target.iterdir()} - {MANIFEST_NAME}
    differences += [f"{name} is not listed" for name in sorted(present - set(listed))]
    for name, digest in sorted(listed.items()):
        if name not in present:
            differences.append(f"{name} is missing")
        elif sha256_of((target / name).read_bytes()) != digest:
            differences.append(f"{name} was changed")
    return differences


def main(arguments: Sequence[str]) -> int:
    """Run the command; answers the process's exit code."""
    parser = argparse.ArgumentParser(description="Renew or check the page's vendored libraries.")
    parser.add_argument("--check", action="store_true", help="compare files and manifest, change nothing")
    if not parser.parse_args(arguments).check:
        try:
            renew()
        except VendorError as error:
            print(f"nothing more was written: {error}", file=sys.stderr)
            return 1
    differences = find_differences()
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
