"""The directory of one stack: who runs on it, what it keeps, and what it tells others."""

import fcntl
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

from chalicelib.domain.json_value import JsonValue
from infra.local.seed.private_files import UnreadableFile, read_private, write_private

ROOT: Final = Path(__file__).resolve().parents[2]
DEFAULT_DIRECTORY: Final = ROOT / ".local"
KEPT_FILES: Final = (
    "state.json",
    "accounts.json",
    "secrets.json",
    "resume.json",
    "world.json",
    "pool.json",
    "restored",
)
"""What `--reset` removes besides the database."""


class StackRunning(Exception):
    """Another `up` works on this directory."""

    def __init__(self, directory: Path, pid: str) -> None:
        super().__init__(
            f"a stack already runs on {directory} (process {pid or 'unknown'}). "
            "Use that one, end it with Ctrl-C, or start another with --state-dir and --port"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Where the last run stood: its product time, its market, what waited in its queue."""

    now: datetime
    seed: int
    messages: Sequence[Mapping[str, JsonValue]]


class StateDirectory:
    """The files of one stack; `lock` before anything else."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock_file: TextIO | None = None

    def lock(self) -> None:
        """Take the directory for this process; the lock dies with it. Raises StackRunning."""
        self.path.mkdir(parents=True, exist_ok=True)
        file = (self.path / "papertape.lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise StackRunning(self.path, holder) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._lock_file = file

    def unlock(self) -> None:
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def is_running(self) -> bool:
        """Tell whether some process holds the directory."""
        try:
            self.lock()
        except StackRunning:
            return True
        self.unlock()
        return False

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def buckets(self) -> Path:
        """Where buckets are kept whose objects outlive a run."""
        return self.path / "buckets"

    @property
    def histories(self) -> Path:
        """Where loaded histories lie, which no reset forgets: they were somebody's work."""
        return self.path / "histories"

    @property
    def metrics(self) -> Path:
        """Where each request and each run is a line, in the form that CloudWatch reads."""
        return self.path / "metrics.log"

    @property
    def accounts(self) -> Path:
        return self.path / "accounts.json"

    @property
    def world(self) -> Path:
        return self.path / "world.json"

    @property
    def log(self) -> Path:
        return self.path / "stack.log"

    def reset(self) -> None:
        """Forget everything but the log and loaded histories."""
        shutil.rmtree(self.postgres, ignore_errors=True)
        shutil.rmtree(self.buckets, ignore_errors=True)
        for name in KEPT_FILES:
            (self.path / name).unlink(missing_ok=True)

    def note_restored(self) -> None:
        """Remember that the next start meets brokers that went on while the database went back."""
        (self.path / "restored").touch(mode=0o600)

    def is_restored(self) -> bool:
        """Tell whether the database was restored since the last start that looked at the brokers."""
        return (self.path / "restored").exists()

    def note_looked(self) -> None:
        """Remember that the brokers were looked at since."""
        (self.path / "restored").unlink(missing_ok=True)

    def withdraw_contract(self) -> None:
        """Remove a former run's state.json: nobody may take its addresses for ours."""
        (self.path / "state.json").unlink(missing_ok=True)

    def write_contract(self, contract: Mapping[str, JsonValue]) -> None:
        write_private(self.path / "state.json", contract)

    def read_pool(self) -> dict[str, JsonValue] | None:
        return read_private(self.path / "pool.json")

    def write_pool(self, pool: Mapping[str, JsonValue]) -> None:
        write_private(self.path / "pool.json", pool)

    def read_secrets(self) -> dict[str, JsonValue] | None:
        return read_private(self.path / "secrets.json")

    def write_secrets(self, secrets: Mapping[str, JsonValue]) -> None:
        write_private(self.path / "secrets.json", secrets)

    def write_resume(self, now: datetime, seed: int, messages: Sequence[JsonValue]) -> None:
        stored: dict[str, JsonValue] = {"now": now.isoformat(), "seed": seed, "messages": list(messages)}
        write_private(self.path / "resume.json", stored)

    def read_resume(self) -> Resume | None:
        """Return where the last run stood, None at the first. Raises UnreadableFile."""
        path = self.path / "resume.json"
        stored = read_private(path)
        if stored is None:
            return None
        now, seed, messages = stored.get("now"), stored.get("seed"), stored.get("messages")
        if not isinstance(now, str) or not isinstance(seed, int) or not isinstance(messages, list):
            raise UnreadableFile(path)
        kept = [one for one in messages if isinstance(one, dict)]
        return Resume(now=datetime.fromisoformat(now), seed=seed, messages=kept)
