"""What a compiled library asks of the machine it runs on: the processor, and the newest glibc it names.

Read from the file itself (ELF, "Symbol Versioning" of the Linux Standard Base), since a wheel's name only
promises it, and since no emulator of AWS loads a library.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.cloud.stage import Architecture

_MAGIC: Final = b"\x7fELF\x02\x01"
"""64 bits, little endian: both of Lambda's processors."""
_MACHINES: Final = {0xB7: Architecture.ARM, 0x3E: Architecture.INTEL}
_MACHINE_AT: Final = 0x12
_SECTIONS_AT: Final = 0x28
_SECTION_SIZE_AT: Final = 0x3A
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_NEED: Final = struct.Struct("<HHIII")
_NEEDED_VERSION: Final = struct.Struct("<IHHII")
_VERSIONS_NEEDED: Final = 0x6FFFFFFE
_GLIBC: Final = re.compile(r"^GLIBC_(\d+)\.(\d+)")

Version = tuple[int, int]


class UnreadableLibrary(ValueError):
    """A file that is no ELF library of 64 bits, or whose sections were taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryNeeds:
    """The processor a library is for and the least glibc it runs on; None where it names none."""

    architecture: Architecture | None
    glibc: Version | None


@dataclass(frozen=True, slots=True)
class _Section:
    kind: int
    offset: int
    size: int
    link: int


def read_needs(path: Path) -> LibraryNeeds:
    """Return what a library needs. Raises UnreadableLibrary."""
    body = path.read_bytes()
    if not body.startswith(_MAGIC):
        raise UnreadableLibrary(f"{path.name} is no library of 64 bits")
    try:
        (machine,) = struct.unpack_from("<H", body, _MACHINE_AT)
        found = [_GLIBC.match(name) for name in _needed_versions(body)]
    except (struct.error, IndexError, ValueError) as error:
        raise UnreadableLibrary(f"{path.name} cannot be read: {error}") from error
    versions = [(int(one[1]), int(one[2])) for one in found if one is not None]
    return LibraryNeeds(architecture=_MACHINES.get(machine), glibc=max(versions, default=None))


def _needed_versions(body: bytes) -> Iterator[str]:
    """Walk the section of needed versions: a chain of files, each with a chain of its versions."""
    sections = _sections(body)
    for section in sections:
        if section.kind != _VERSIONS_NEEDED:
            continue
        names = sections[section.link].offset
        for file_at, (_, _, _, first, _) in _chain(_NEED, body, section.offset):
            for _, (_, _, _, name, _) in _chain(_NEEDED_VERSION, body, file_at + first):
                yield _text(body, names + name)


def _chain(layout: struct.Struct, body: bytes, at: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Follow entries whose last field says how far the next one is, 0 at the last."""
    while True:
        fields = layout.unpack_from(body, at)
        yield at, fields
        if fields[-1] == 0:
            return
        at += fields[-1]


def _sections(body: bytes) -> list[_Section]:
    (table_at,) = struct.unpack_from("<Q", body, _SECTIONS_AT)
    size, count = struct.unpack_from("<HH", body, _SECTION_SIZE_AT)
    if count == 0:
        raise UnreadableLibrary("its sections were taken away")
    found = []
    for index in range(count):
        _, kind, _, _, offset, length, link, *_ = _SECTION.unpack_from(body, table_at + index * size)
        found.append(_Section(kind, offset, length, link))
    return found


def _text(body: bytes, at: int) -> str:
    return body[at : body.index(b"\0", at)].decode("ascii")
