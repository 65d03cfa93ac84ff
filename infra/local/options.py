"""The options of `dev.py up`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from infra.local.seed.demo_settings import Limits
from infra.local.state import DEFAULT_DIRECTORY

DEFAULT_PORT: Final = 8000
DEFAULT_SPEED: Final = 10.0
SPEED_MAX: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a stack is asked to be; None leaves it to what was there before, or to the defaults."""

    port: int = DEFAULT_PORT
    state_dir: Path = DEFAULT_DIRECTORY
    clock: datetime | None = None
    speed: float | None = None
    seed: int | None = None
    reset: bool = False
    limits: Limits | None = None
    delayed: bool = False
    throttle: bool = False
    assignment: bool = False
    demo: bool = False

    @property
    def shows_demo(self) -> bool:
        """Say whether a desk is at work from the start: where asked for, and for a newcomer."""
        return self.demo or (self.clock is None and self.speed is None)


def parse_options(arguments: Sequence[str]) -> Options:
    """Read the command line; argparse ends the program with code 2 and a text on bad input."""
    parser = argparse.ArgumentParser(prog="dev.py up", description="papertape on this machine, until Ctrl-C.")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="the site's port (0: any free one)")
    parser.add_argument(
        "--state-dir", type=Path, default=DEFAULT_DIRECTORY, help="directory of state.json and all data"
    )
    parser.add_argument("--clock", type=_instant, help="where product time starts, with its offset")
    parser.add_argument(
        "--speed", type=_speed, help=f"N times life ({DEFAULT_SPEED:g}); 0: moves only when told"
    )
    parser.add_argument("--seed", type=int, help="of the simulated market")
    parser.add_argument("--reset", action="store_true", help="start from nothing")
    parser.add_argument(
        "--limits", type=Limits, choices=list(Limits), help="of the demo users (wide at the first start)"
    )
    parser.add_argument("--delayed", action="store_true", help="sandbox and ORATS quotes are 15 minutes old")
    parser.add_argument("--throttle", action="store_true", help="600 requests a minute and user")
    parser.add_argument(
        "--assignment", action="store_true", help="short options are assigned early where that pays a holder"
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="alice's desk and AI trader are at work (so it is without --clock and --speed)",
    )
    return Options(**vars(parser.parse_args(arguments)))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no instant (2026-02-19T09:20:00-05:00)") from error
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} lacks its offset (2026-02-19T09:20:00-05:00)")
    return at


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from error
    if not 0 <= speed <= SPEED_MAX:
        raise argparse.ArgumentTypeError(f"a speed lies between 0 and {SPEED_MAX:g}")
    return speed


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)
