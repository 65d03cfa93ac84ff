"""Nobody above the adapters asks which broker this is: a mode says `is_live`, its broker what it can do.

Who compares with the name of a mode has a rule that the next broker meets unseen: it falls through, and money
goes the wrong way. Whoever needs to know something of a broker asks `CAPABILITIES[mode]`, and where there is
no answer yet, an answer is added there, for which every adapter then has to stand. A mode may be named as a
value: what live is switched on at, what a row of the past bears.

The way out is a line in `MAY`, which says why.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from chalicelib.domain.accounts import BrokerMode

ROOT: Final = Path(__file__).parents[2]
DEPLOYED: Final = ROOT / "chalicelib"
#: Where modes are told apart: the adapters' own room, and the modes themselves.
AT_HOME: Final = ("chalicelib/brokers/", "chalicelib/domain/accounts.py")

_NO_BROKER: Final = "what was imported has no broker, and no job looks after it"
#: Modules that may do what the rule forbids, and why. Keep it short; take a line out with what it excuses.
MAY: Final[Mapping[str, str]] = {
    "chalicelib/store/market/open_legs.py": "a bulk statement that marks the simulated broker's own legs",
    "chalicelib/store/accounts/at_work.py": _NO_BROKER,
    "chalicelib/store/analysis/capsules.py": _NO_BROKER,
    "chalicelib/store/analysis/daily_summary.py": _NO_BROKER,
}

_WORDS: Final = "|".join(mode.value for mode in BrokerMode)
_COMPARED_IN_SQL: Final = re.compile(
    rf"broker_mode\s*(=|<>|!=|(not\s+)?in)\s*\(?\s*'({_WORDS})'", re.IGNORECASE
)


def comparisons_in(source: str) -> Iterator[str]:
    """Tell where a module's text compares with the name of a mode, in Python or in SQL."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left=left, comparators=others):
                if any(_names_a_mode(one) for side in (left, *others) for one in ast.walk(side)):
                    yield f"{node.lineno}: compares with a mode"
            case ast.MatchValue(value=value) if _names_a_mode(value):
                yield f"{value.lineno}: matches a mode"
            case ast.Constant(value=str(text)) if _COMPARED_IN_SQL.search(text):
                yield f"{node.lineno}: compares with a mode in SQL"


def _names_a_mode(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="BrokerMode"), attr=attr):
            return attr in BrokerMode.__members__
        case ast.Constant(value=str(text)):
            return text in BrokerMode.__members__
    return False


def _modules() -> list[str]:
    found = (str(path.relative_to(ROOT)) for path in sorted([*DEPLOYED.rglob("*.py"), ROOT / "app.py"]))
    return [module for module in found if not module.startswith(AT_HOME)]


@pytest.mark.parametrize("module", [module for module in _modules() if module not in MAY])
def test_a_module_compares_with_no_mode(module: str) -> None:
    """Ask `is_live` or `CAPABILITIES[mode]` instead."""
    assert list(comparisons_in((ROOT / module).read_text())) == []


@pytest.mark.parametrize("module", sorted(MAY))
def test_an_excuse_is_needed(module: str) -> None:
    """What is excused still breaks the rule: an excuse goes with what it excused."""
    assert list(comparisons_in((ROOT / module).read_text())) != []


@pytest.mark.parametrize(
    "source",
    [
        "if mode is BrokerMode.PAPER: pass",
        "live = mode == BrokerMode.TRADIER_LIVE",
        "live = BrokerMode.TRADIER_LIVE != mode",
        "x = 1 if mode in {BrokerMode.PAPER, BrokerMode.IMPORTED} else 2",
        "x = mode not in (BrokerMode.PAPER,)",
        "x = row.broker_mode == BrokerMode.PAPER.value",
        "x = row.broker_mode == 'PAPER'",
        "match mode:\n    case BrokerMode.PAPER:\n        pass",
        "match word:\n    case 'TRADIER_LIVE':\n        pass",
        "Q = \"select id from t where broker_mode = 'PAPER'\"",
        "Q = \"select id from t where t.broker_mode not in ('PAPER', 'IMPORTED')\"",
        "Q = f\"select id from {table} where broker_mode <> 'IMPORTED'\"",
    ],
)
def test_the_rule_sees_a_comparison(source: str) -> None:
    """Each way in which a comparison could come up again is noticed."""
    assert list(comparisons_in(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "if mode.is_live: pass",
        "if CAPABILITIES[mode].is_outside: pass",
        "values = {'broker_mode': BrokerMode.TRADIER_SANDBOX}",
        "URLS = {BrokerMode.TRADIER_LIVE: live}",
        "mode = BrokerMode(word)",
        "same = one.mode == other.mode",
        "Word = Literal['PAPER', 'TRADIER_SANDBOX']",
        'Q = "select id from t where broker_mode = :mode"',
        "DEFAULT = chosen or BrokerMode.PAPER",
    ],
)
def test_the_rule_lets_the_rest_be(source: str) -> None:
    """Naming a mode is no question of which it is."""
    assert list(comparisons_in(source)) == []
