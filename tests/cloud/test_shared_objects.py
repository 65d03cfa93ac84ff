"""What a library needs is read out of the library, and a package that cannot load is never built (A-17)."""

import struct
from pathlib import Path

import pytest

from infra.cloud.package import cannot_load
from infra.cloud.shared_objects import LibraryNeeds, UnreadableLibrary, read_needs
from infra.cloud.stage import Architecture

AARCH64, X86_64, RISCV = 0xB7, 0x3E, 0xF3
VERNEED, STRTAB = 0x6FFFFFFE, 3
HEADER_BYTES = 64


def _library(machine: int, *versions: str) -> bytes:
    """Lay out the parts of an ELF file that say what it needs: header, names, needed versions, sections."""
    names, places = b"\0libc.so.6\0", []
    for version in versions:
        places.append(len(names))
        names += version.encode() + b"\0"
    needed = struct.pack("<HHIII", 1, len(versions), 1, 16, 0)
    for index, place in enumerate(places):
        following = 0 if index == len(places) - 1 else 16
        needed += struct.pack("<IHHII", 0, 0, index + 2, place, following)
    sections = [
        (0, 0, 0, 0),
        (STRTAB, HEADER_BYTES, len(names), 0),
        (VERNEED, HEADER_BYTES + len(names), len(needed), 1),
    ]
    table_at = HEADER_BYTES + len(names) + len(needed)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQ", 3, machine, 1, 0, 0, table_at)
    header += struct.pack("<IHHHHHH", 0, HEADER_BYTES, 0, 0, 64, len(sections), 0)
    table = b"".join(
        struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, offset, size, link, 0, 0, 0)
        for kind, offset, size, link in sections
    )
    return header + names + needed + table


def _write(tmp_path: Path, body: bytes, name: str = "_rust.abi3.so") -> Path:
    path = tmp_path / name
    path.write_bytes(body)
    return path


def test_the_newest_glibc_that_a_library_names_is_what_it_needs(tmp_path: Path) -> None:
    """2.34 is newer than 2.9: versions are numbers. What is no glibc's own does not count."""
    path = _write(tmp_path, _library(AARCH64, "GLIBC_2.9", "GLIBC_2.34", "GLIBC_2.17", "GLIBC_PRIVATE"))

    assert read_needs(path) == LibraryNeeds(architecture=Architecture.ARM, glibc=(2, 34))


def test_a_library_that_names_no_version_needs_none(tmp_path: Path) -> None:
    path = _write(tmp_path, _library(X86_64, "OPENSSL_3.0.0"))

    assert read_needs(path) == LibraryNeeds(architecture=Architecture.INTEL, glibc=None)


@pytest.mark.parametrize("body", [b"MZ not a library", _library(X86_64, "GLIBC_2.2")[:-100]])
def test_what_cannot_be_read_is_told_and_never_taken_for_harmless(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(UnreadableLibrary):
        read_needs(_write(tmp_path, body))


def test_a_library_whose_sections_were_taken_away_is_told(tmp_path: Path) -> None:
    body = bytearray(_library(X86_64, "GLIBC_2.2"))
    body[0x3C:0x3E] = b"\0\0"

    with pytest.raises(UnreadableLibrary, match="sections"):
        read_needs(_write(tmp_path, bytes(body)))


def test_a_package_with_a_library_that_cannot_load_is_refused(tmp_path: Path) -> None:
    """Too new a glibc, or another processor: Lambda would say so at the first call and never before."""
    members = [
        ("numpy/good.so", _write(tmp_path, _library(AARCH64, "GLIBC_2.34"), "good.so")),
        ("libs/libpq.so.5.18", _write(tmp_path, _library(AARCH64, "GLIBC_2.38"), "new")),
        ("_rust.abi3.so", _write(tmp_path, _library(X86_64, "GLIBC_2.17"), "other")),
        ("stub.so", _write(tmp_path, b"INPUT(libc.so.6)", "stub")),
        ("odd.so", _write(tmp_path, _library(RISCV), "odd")),
        ("app.py", _write(tmp_path, b"", "app.py")),
    ]

    assert cannot_load(members, Architecture.ARM) == [
        "libs/libpq.so.5.18 needs glibc 2.38",
        "_rust.abi3.so is not for arm64",
        "stub.so: stub is no library of 64 bits",
        "odd.so is not for arm64",
    ]
