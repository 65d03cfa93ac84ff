"""Nothing floats into the package: deployed libraries are locked by hash and load in the runtime (A-17)."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.cloud.chalice_part import RUNTIME
from infra.cloud.lock import HEAD, Wheel, lock_text
from infra.cloud.package import RUNTIME_GLIBC
from infra.cloud.stage import Architecture

ROOT: Final = Path(__file__).resolve().parents[2]
PIN: Final = re.compile(r"^([a-z0-9-]+)==([^ ]+) \\$", re.M)
NEED: Final = re.compile(r"^# (\S+) for (arm64|x86_64) needs glibc (\d+)\.(\d+)$", re.M)
#: Compiled libraries of ours that were the reason to look.
COMPILED: Final = frozenset({"cryptography", "numpy", "psycopg-binary", "pydantic-core", "ta-lib"})


@pytest.fixture(scope="module")
def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def _asked_for() -> Iterator[Requirement]:
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield Requirement(line)


def _needed_by(requirement: Requirement, environment: dict[str, str]) -> Iterator[Requirement]:
    """What a library asks for in Lambda's environment, by the metadata of the one that is installed here."""
    try:
        listed = [Requirement(line) for line in requires(requirement.name) or []]
    except PackageNotFoundError:
        return  # only wanted by Lambda's Python; the lock's own entry is all that is known of it
    for one in listed:
        asked = [{**environment, "extra": extra} for extra in (requirement.extras or {""})]
        if one.marker is None or any(one.marker.evaluate(each) for each in asked):
            yield one


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_every_deployed_library_is_locked_down_to_the_last(lock: str, machine: str) -> None:
    """A library that nobody pinned would be whatever the index has on the day of the deployment."""
    pins = {canonicalize_name(name): version for name, version in PIN.findall(lock)}
    version = RUNTIME.removeprefix("python")
    environment = {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "platform_machine": machine,
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_system": "Linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    open_ends = list(_asked_for())
    seen: set[str] = set()
    while open_ends:
        one = open_ends.pop()
        name = canonicalize_name(one.name)
        assert name in pins, f"{name} is not locked: python -m infra.cloud.lock"
        assert one.specifier.contains(pins[name], prereleases=True), f"the lock has {name} {pins[name]}"
        if str(one) not in seen:
            seen.add(str(one))
            open_ends += _needed_by(one, environment)
    assert {canonicalize_name(name) for name in pins} >= COMPILED


def test_every_lock_has_a_hash(lock: str) -> None:
    """pip takes no wheel whose bytes are not these."""
    entries = re.split(r"^(?=[a-z0-9-]+==)", lock, flags=re.M)[1:]

    assert len(entries) == len(PIN.findall(lock)) > len(COMPILED)
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_no_shipped_library_needs_more_glibc_than_the_runtime_has(lock: str) -> None:
    """python3.11 is Amazon Linux 2 with glibc 2.26, where cryptography's 2.34 does not load."""
    needs = {(name, machine): (int(major), int(minor)) for name, machine, major, minor in NEED.findall(lock)}

    assert lock.startswith(HEAD)
    assert RUNTIME in HEAD
    assert {name for name, _ in needs} >= COMPILED
    assert {machine for _, machine in needs} == {one.value for one in Architecture}
    assert {of: glibc for of, glibc in needs.items() if glibc > RUNTIME_GLIBC} == {}


def test_the_lock_reads_the_same_from_the_same_wheels() -> None:
    """A hash that both processors share stands once; what a library needs stands above it."""
    wheels = [
        Wheel(name="pure", version="2", architecture=architecture, sha256="b" * 64, glibc=None)
        for architecture in Architecture
    ] + [
        Wheel(name="fast", version="1", architecture=Architecture.ARM, sha256="a" * 64, glibc=(2, 28)),
    ]

    assert lock_text(reversed(wheels)) == lock_text(wheels)
    assert lock_text(wheels) == (
        f"{HEAD}# fast for arm64 needs glibc 2.28\nfast==1 \\\n    --hash=sha256:{'a' * 64}\n"
        f"pure==2 \\\n    --hash=sha256:{'b' * 64}\n"
    )
