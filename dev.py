"""papertape on this machine: `python3 dev.py up`, `test`, `day`, `user add`.

Uses the standard library alone until the virtual environment exists, then runs itself again inside it.
This file must parse on any Python 3, so that an old one is told what is missing.
"""

import argparse
import contextlib
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "papertape.stamp"
LOCK = ROOT / ".local" / "venv.lock"
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
PYTHON_OLDEST = (3, 11)

COMMANDS = {
    "up": "the product on this machine; ends with Ctrl-C",
    "test": "everything CI runs; --quick leaves out what is slow",
    "day": "one whole trading day from 09:00, as fast as it goes, with a report",
    "bench": "measurements as a table and as JSON; --quick, --only NAME, --json FILE",
    "simulate": "many faulty days, deterministic; --seeds, --faults, --seed N to replay one",
    "user": "`user add|disable|enable|remove NAME` in the running stack, with --stage in a deployed one",
    "restore": "a backup; --verify loads it into a throw-away server and compares it",
    "history": "`history load|list|drop`: files of chains and daily facts, for backtests",
    "mcp": "the knowledge server over stdio, for desktop clients; see docs/knowledge-server.md",
    "deploy": "a stage to AWS; --stage NAME, --dry-run needs no account; see docs/deploy.md",
    "destroy": "takes a stage down; what cannot be made again stays",
    "migrate": "brings a stage's schema to this source's",
    "rotate-key": "renews the key that a stage seals tokens with",
}


def main(arguments: "list[str]") -> int:
    """Parse the command, make sure of the environment, hand over; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description="papertape on this machine.",
        epilog="\n".join(f"  {name:10} {text}" for name, text in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "command", choices=list(COMMANDS), metavar="command", help="one of the commands below"
    )
    chosen = parser.parse_args(arguments[:1])
    ensure_python()
    if not inside_venv():
        # A client reads the protocol from what this process prints: progress goes where errors go.
        with contextlib.redirect_stdout(sys.stderr if chosen.command == "mcp" else sys.stdout):
            ensure_venv()
        sys.stdout.flush()
        os.execv(str(VENV_PYTHON), [str(VENV_PYTHON), str(ROOT / "dev.py"), *arguments])  # noqa: S606
    sys.path.insert(0, str(ROOT))
    return dispatch(chosen.command, arguments[1:])


#: What carries each command out: a module's `main(arguments) -> int`, or the function named after the colon.
MODULES = {
    "up": "infra.local.up",
    "test": "infra.local.check",
    "day": "infra.local.day",
    "bench": "infra.bench",
    "simulate": "infra.local.simulate",
    "user": "infra.local.users",
    "restore": "infra.restore.command",
    "history": "infra.history.command",
    "mcp": "infra.knowledge.stdio",
    "deploy": "infra.cloud.deploying.deploy",
    "destroy": "infra.cloud.deploying.operate:destroy",
    "migrate": "infra.cloud.deploying.operate:migrate",
    "rotate-key": "infra.cloud.deploying.operate:rotate_key",
}


def dispatch(command: str, arguments: "list[str]") -> int:
    """Import the command's own module and run it; only what is asked for is loaded."""
    module, _, function = MODULES[command].partition(":")
    main_of_command = getattr(importlib.import_module(module), function or "main")
    return int(main_of_command(arguments))


def ensure_python() -> None:
    """End with a clear text when this Python is too old."""
    if sys.version_info >= PYTHON_OLDEST:
        return
    sys.exit(
        "papertape needs Python {}.{} or newer; this is {} ({}).\nStart dev.py with a newer one: "
        "python3.12 dev.py up".format(*PYTHON_OLDEST, sys.version.split()[0], sys.executable)
    )


def inside_venv() -> bool:
    """Tell whether this process runs in the environment as the requirement files want it now."""
    return Path(sys.prefix).resolve() == VENV.resolve() and stamp_now() == stamp_made()


def ensure_venv() -> None:
    """Make or complete the virtual environment; nothing happens when its stamp is current."""
    if stamp_now() == stamp_made() and VENV_PYTHON.exists():
        return
    import fcntl  # here, since an old or foreign Python should first hear what is wrong

    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another dev.py may be making it
        if stamp_now() != stamp_made() or not VENV_PYTHON.exists():
            make_venv()


def make_venv() -> None:
    """Build the environment; the stamp is written last, so that a broken run is begun again."""
    started = time.monotonic()
    if VENV.exists() and not pip_works():
        print("the virtual environment is incomplete, making it anew")
        shutil.rmtree(str(VENV))
    if not VENV.exists():
        print(f"making the virtual environment in {VENV.name} …", flush=True)
        run_or_exit(
            [sys.executable, "-m", "venv", str(VENV)],
            "Python's venv module does not work here. On Debian or Ubuntu: apt-get install python3-venv",
        )
    print("installing what requirements-dev.txt pins …", flush=True)
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    run_or_exit(
        [*command, "--progress-bar", "off", "-r", str(ROOT / "requirements-dev.txt")],
        "pip could not install the requirements (its words are above); is the package index reachable?",
        show=("Collecting", "Installing", "Building"),
    )
    STAMP.write_text(stamp_now())
    print(f"environment ready after {time.monotonic() - started:.0f} s", flush=True)


def pip_works() -> bool:
    """Tell whether the environment is whole enough to install into."""
    try:
        probe = subprocess.run(
            [str(VENV_PYTHON), "-m", "pip", "--version"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return probe.returncode == 0


def run_or_exit(command: "list[str]", advice: str, show: "tuple[str, ...]" = ()) -> None:
    """Run a command, passing on the lines that begin with a word of `show`; on failure print all and end."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
    )
    lines = []
    if process.stdout is not None:
        for line in process.stdout:
            lines.append(line)
            if line.strip().startswith(show or ("\0",)):
                print("  " + line.strip().split(" (from")[0][:100], flush=True)
    if process.wait() != 0:
        sys.exit("".join(lines[-30:]) + "\n" + advice)


def stamp_now() -> str:
    """Name what the environment must hold: the requirement files, this Python's version, its place."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {VENV.resolve()}".encode())
    for name in REQUIREMENTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def stamp_made() -> str:
    """Name what the environment was made for; empty when it is absent or half made."""
    try:
        return STAMP.read_text()
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
