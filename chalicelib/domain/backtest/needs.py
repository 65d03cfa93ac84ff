"""Which gate goes by which source, and what is assumed away where the source is not there (B-12)."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from chalicelib.domain.backtest.sources import Source
from chalicelib.domain.desk.pipeline.verdicts import Stage
from chalicelib.domain.desk.strategies.strategy import MovingAverageRule, Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType

#: What a fill needs that no gate asks for: the sizes that it is capped by.
FILL: Final = "FILL"
_BY_SOURCE: Final[Mapping[Source, tuple[Stage, ...]]] = {
    Source.CHAINS: (Stage.A, Stage.F),
    Source.VOLUME: (Stage.C2,),
    Source.OPEN_INTEREST: (Stage.C3,),
    Source.BARS: (Stage.C4, Stage.E2, Stage.F, Stage.FILTER),
    Source.VIX: (Stage.E1,),
    Source.VIX3M: (Stage.E1,),
    Source.IV_HISTORY: (Stage.E3,),
    Source.EARNINGS: (Stage.G1,),
    Source.DIVIDENDS: (Stage.G2,),
    Source.MACRO_WINDOWS: (Stage.B,),
}
#: Without a chain there is no structure to choose, and without a volatility no probability: never assumed.
_NEVER: Final = frozenset({Stage.A, Stage.F})
_WRITES_CALLS: Final = frozenset({StrategyType.COVERED_CALL, StrategyType.WHEEL})
#: Gates that not every strategy is asked.
_ASKED: Final[Mapping[Stage, Callable[[Strategy], bool]]] = {
    Stage.E3: lambda strategy: strategy.entry_conditions.asks_iv_rank,
    Stage.G2: lambda strategy: strategy.type in _WRITES_CALLS,
    Stage.FILTER: lambda strategy: strategy.entry_conditions.ma_rule is not MovingAverageRule.NONE,
}


def gates_without(strategy: Strategy, missing: Collection[Source]) -> Iterator[tuple[Source, str]]:
    """Yield each missing source with each gate of the strategy that needs it."""
    for source in Source:
        if source not in missing:
            continue
        if source is Source.QUOTE_SIZES:
            yield source, FILL
        for stage in _BY_SOURCE.get(source, ()):
            if _ASKED.get(stage, _always)(strategy):
                yield source, stage.value


def stages_assumed(missing: Collection[Source], assume: Collection[Source]) -> frozenset[Stage]:
    """Return the gates whose missing data pass: all sources that they lack are assumed away."""
    lacked: dict[Stage, list[Source]] = {}
    for source in missing:
        for stage in _BY_SOURCE.get(source, ()):
            lacked.setdefault(stage, []).append(source)
    return frozenset(
        stage
        for stage, sources in lacked.items()
        if stage not in _NEVER and all(source in assume for source in sources)
    )


def _always(_strategy: Strategy) -> bool:
    return True
