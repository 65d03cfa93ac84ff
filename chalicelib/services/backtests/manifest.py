"""What a result follows from: the code that decides and fills, the data, the request (B-12)."""

import json
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.backtest.results import Manifest

_CODE: Final = Path(__file__).parents[2]
_NOBODY: Final = UUID(int=0)
#: What decides, fills and counts; a result is the same to the byte while none of it changes.
_ROOMS: Final = ("domain", "brokers/paper", "services/backtests")


def manifest_of(asked: BacktestRequest, data: str) -> Manifest:
    """Return the manifest of a request over these data; a strategy's id makes no difference."""
    nameless = replace(asked, strategy=replace(asked.strategy, id=_NOBODY, version=1))
    request = json.dumps(nameless.as_json(), sort_keys=True)
    return Manifest(
        code=code_hash(), data=data, request=sha256(request.encode()).hexdigest()[:16], seed=asked.seed
    )


@cache
def code_hash() -> str:
    """Return the hash of all modules that a result follows from, by their paths."""
    seen = sha256()
    for room in _ROOMS:
        for module in sorted((_CODE / room).rglob("*.py")):
            seen.update(module.relative_to(_CODE).as_posix().encode())
            seen.update(module.read_bytes())
    return seen.hexdigest()[:16]
