"""Histories for tests: files in a scratch directory, a bucket in memory, the vendors' authentic samples."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from chalicelib.domain.backtest.history import ChainRows
from chalicelib.domain.backtest.loading.manifest import Manifest
from chalicelib.store.files.histories import read_part
from infra.history.chains import LoadTerms, load_chains
from infra.local.aws.objects import MemoryObjects

SHARED: Final = Path(__file__).parents[2] / "../shared"
HEADER: Final = (
    "underlying_symbol,underlying_price,option_type,expiration,quote_date,strike,bid,ask,iv,volume"
)
ROW: Final = "SPY,470.10,call,2024-02-16,2024-01-03,470,8.10,8.20,0.13,25"


def sample(name: str) -> Path:
    """Return an authentic file; skips when the shared folder is not beside the repository."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared sample is absent: {name}")
    return path


def written(path: Path, lines: Iterable[str]) -> Path:
    """Write lines as a file."""
    path.write_text("\n".join(lines) + "\n")
    return path


def table(path: Path, *rows: str, header: str = HEADER) -> Path:
    """Write a table in optopsy's order."""
    return written(path, (header, *rows))


def row(**changed: object) -> str:
    """Return the usual row with some cells changed, named as the header does."""
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True))
    unknown = changed.keys() - cells.keys()
    assert not unknown, unknown
    return ",".join(str(one) for one in (cells | changed).values())


def load(
    *paths: Path, loader: str = "optopsy", store: MemoryObjects | None = None, **terms: object
) -> Manifest:
    """Load files as the set `x`."""
    symbols = frozenset(str(one) for one in terms.pop("symbols", ()))  # type: ignore[attr-defined]
    told = LoadTerms(loader=loader, name="x", symbols=symbols, **terms)  # type: ignore[arg-type]
    return load_chains(paths, told, store or MemoryObjects(), lambda _: None)


def chains(manifest: Manifest, store: MemoryObjects, symbol: str) -> Mapping[date, tuple[ChainRows, ...]]:
    """Read all of an underlying's moments by day."""
    underlying = manifest.of(symbol)
    assert underlying is not None
    opened = [read_part(store, part) for part in underlying.parts]
    return {day: part.moments(day) for part in opened for day in part.days}


def faults(manifest: Manifest) -> dict[str, int]:
    """Return how many rows of each kind of fault there were."""
    return {one.kind: one.count for one in manifest.faults}
