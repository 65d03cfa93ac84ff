"""`dev.py history load|list|drop`: files that people own, made into what a backtest reads (B-12).

Into the local stack, whether it runs or not, or with `--stage` into a deployment's bucket.
"""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from chalicelib.domain.backtest.loading.daily import Kind
from chalicelib.domain.backtest.loading.loaders import LOADERS
from chalicelib.domain.backtest.loading.manifest import Manifest
from chalicelib.domain.instruments.tickers import spell_ticker
from chalicelib.store.files.histories import DAILY, write_daily_facts
from chalicelib.store.files.history_sets import HistoryUnreadable, read_sets, set_prefix
from chalicelib.store.files.objects import ObjectsError, ObjectStore
from infra.history.chains import LoadTerms, load_chains
from infra.history.daily import load_daily, words_of
from infra.history.faults import BadFile
from infra.local.aws.objects import DirectoryObjects
from infra.local.state import DEFAULT_DIRECTORY, StateDirectory

NOT_POSSIBLE: Final = 2
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SUFFIXES: Final = re.compile(r"(\.(csv|txt|gz|zip|parquet|pq))+$", re.IGNORECASE)


class Refused(Exception):
    """The command cannot be done as it was given; the text says why."""


def main(arguments: Sequence[str]) -> int:
    """Do what is asked; return 2 when it cannot be done."""
    chosen = _parser().parse_args(arguments)
    try:
        store = _store(chosen)
        if chosen.action == "load":
            return _load(chosen, store)
        if chosen.action == "list":
            return _list(store)
        return _drop(chosen, store)
    except (BadFile, Refused, HistoryUnreadable, ObjectsError, OSError) as error:
        print(str(error), file=sys.stderr)
        return NOT_POSSIBLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py history", description=__doc__)
    parser.add_argument("--state-dir", type=Path, default=DEFAULT_DIRECTORY)
    parser.add_argument("--stage", help="a deployed stage instead of the local stack")
    actions = parser.add_subparsers(dest="action", required=True)
    load = actions.add_parser("load", help="read files of one source")
    load.add_argument("--source", required=True, choices=[*LOADERS, *(str(kind) for kind in Kind)])
    load.add_argument("--name", help="of the set of chains; the first file's name if absent")
    load.add_argument(
        "--symbol",
        action="append",
        default=[],
        help="only this one; or whose a file is that does not say",
    )
    load.add_argument("--clock", choices=["close"], help="DataShop's quotes of the close, not of 15:45")
    load.add_argument(
        "--columns", default="", help="of optopsy's files: iv=impl_vol,strike=5, by name or place"
    )
    load.add_argument("files", nargs="+", type=Path, metavar="FILE")
    actions.add_parser("list", help="name what is loaded")
    drop = actions.add_parser("drop", help="let go of a set")
    drop.add_argument("set", help="as `list` names it: orats/spy_2024")
    return parser


def _store(chosen: argparse.Namespace) -> ObjectStore:
    if chosen.stage is None:
        return histories_of(StateDirectory(chosen.state_dir))
    from chalicelib.store.files.buckets import s3_objects
    from infra.cloud.deploying.operate import output_of

    bucket = output_of(chosen.stage, "HistoryBucket")
    if bucket is None:
        raise Refused(f"{chosen.stage} has no bucket for histories: deploy it first")
    return s3_objects("HISTORY_BUCKET", bucket)


def histories_of(state: StateDirectory) -> ObjectStore:
    """Open the local stack's histories, which outlive it."""
    return DirectoryObjects(state.histories)


def _load(chosen: argparse.Namespace, store: ObjectStore) -> int:
    paths, symbols = list(chosen.files), [spell_ticker(one) for one in chosen.symbol]
    if chosen.source in {str(kind) for kind in Kind}:
        for file in load_daily(Kind(chosen.source), paths, symbols[0] if symbols else None):
            write_daily_facts(store, file)
            print("\n".join([*words_of([file]), *(f"  {one.in_words()}" for one in file.faults)]))
        return 0
    terms = LoadTerms(
        loader=chosen.source,
        name=_name(chosen.name, paths[0]),
        symbols=frozenset(symbols),
        clock=chosen.clock,
        mapping=_mapping(chosen.columns),
    )
    print("\n".join(_words(load_chains(paths, terms, store, print))))
    return 0


def _name(asked: str | None, first: Path) -> str:
    name = asked or re.sub(r"[^a-z0-9_-]+", "_", _SUFFIXES.sub("", first.name).lower()).strip("_")
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} cannot name a set: small letters, digits, - and _, give one with --name")
    return name


def _mapping(text: str) -> Mapping[str, str]:
    pairs = [one.partition("=") for one in text.split(",") if one]
    if any(not sign for _, sign, _ in pairs):
        raise Refused("--columns takes ours=theirs, …")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _words(manifest: Manifest) -> list[str]:
    lines = [f"loaded {manifest.source}, quotes of {manifest.clock}"]
    for one in manifest.underlyings:
        days, rows = one.days, sum(part.rows for part in one.parts)
        lines.append(f"  {one.symbol}: {len(days):,} days {days[0]} to {days[-1]}, {rows:,} rows")
    return [*lines, *(f"  {one.in_words()}" for one in manifest.faults)]


def _list(store: ObjectStore) -> int:
    lines = [line for manifest in read_sets(store) for line in _words(manifest)]
    lines += [key.removesuffix(".json").removeprefix(DAILY) for key in store.keys(DAILY)]
    print("\n".join(lines) or "nothing is loaded")
    return 0


def _drop(chosen: argparse.Namespace, store: ObjectStore) -> int:
    loader, _, name = chosen.set.partition("/")
    keys = store.keys(set_prefix(loader, name)) if name else []
    if not keys:
        raise Refused(f"there is no set {chosen.set}: `dev.py history list` names them")
    # The manifest first: without it the rest is no set.
    for key in sorted(keys, key=lambda key: not key.endswith("manifest.json")):
        store.delete(key)
    print(f"dropped {chosen.set}")
    return 0
