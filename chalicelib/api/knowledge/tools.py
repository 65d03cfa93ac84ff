"""The tools: what each is called, what it takes, and the service that answers it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from chalicelib.api.knowledge.arguments import (
    ListTradesArguments,
    PerformanceArguments,
    SimilarArguments,
    TradeArguments,
)
from chalicelib.api.knowledge.desk_tools import DESK_TOOLS
from chalicelib.api.knowledge.tool import Answer, AnyTool, Tool, about_all, caution
from chalicelib.api.knowledge.trader_tools import TRADER_TOOLS
from chalicelib.api.shapes.losses import shape_explained
from chalicelib.api.shapes.performance import shape_performance
from chalicelib.api.shapes.similar import shape_similar
from chalicelib.api.shapes.trades import shape_transition
from chalicelib.api.wanted_outcomes import wanted_outcomes
from chalicelib.domain.analysis.metrics.groups import Group
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.trades import read_statuses
from chalicelib.services.analysis.explain_loss import LEG_FACTS, explain_loss
from chalicelib.services.analysis.performance import read_performance
from chalicelib.services.analysis.similar_entries import find_similar
from chalicelib.services.environment import Environment
from chalicelib.services.reading import read_trades, trade_view
from chalicelib.services.reading.read_trades import HistoryFilter, TradeFilter
from chalicelib.store.trades.trade_lists import HistoryConditions

#: What a caller stored with a trade may have 256 KB a field; more than this nobody reads.
STORED_CHARACTERS_MAX: Final = 4000
_STORED: Final = ("ai_reasoning_log", "signals_given", "signals_snapshot", "trade_context")
GROUPS_MAX: Final = 20
_LISTED: Final = (
    "id",
    "status",
    "ticker",
    "structure",
    "option_type",
    "strike",
    "expiry",
    "qty",
    "strategy",
    "originator",
    "broker_mode",
    "entry_price",
    "entry_date",
    "current_price",
    "unrealized_pnl",
    "max_gain",
    "max_drawdown",
    "close_price",
    "close_date",
    "close_reason",
    "realized_pnl",
    "realized_pnl_pct",
    "risk_basis",
    "r_achieved",
    "hold_duration_h",
    "delta_at_entry",
    "iv_at_entry",
    "card_score",
    "ai_score",
    "ai_verdict",
)
#: Left out of a performance: a point a day and a trade, which the API has.
_TOO_LONG: Final = frozenset({"daily", "excursions"})


def _list_trades(env: Environment, username: str, asked: ListTradesArguments) -> Answer:
    if asked.asks_for_ended():
        results = frozenset() if asked.result is None else frozenset({asked.result})
        wanted = HistoryConditions(
            results=results,
            from_at=asked.from_,
            to_at=asked.to,
            ticker=asked.ticker,
            strategy=asked.strategy,
            tag=asked.tag,
        )
        page = HistoryFilter(wanted=wanted, limit=asked.limit, cursor=asked.cursor)
        listed = read_trades.history(env, username, page)
    else:
        listed = read_trades.list_trades(
            env,
            username,
            TradeFilter(
                statuses=read_statuses(asked.status),
                ticker=asked.ticker,
                strategy=asked.strategy,
                tag=asked.tag,
                limit=asked.limit,
                cursor=asked.cursor,
            ),
        )
    items = listed["items"]
    assert isinstance(items, list)
    return {**about_all(env, username), **listed, "items": [_brief(item) for item in items]}


def _brief(item: JsonValue) -> JsonValue:
    assert isinstance(item, dict)
    brief: dict[str, JsonValue] = {name: item[name] for name in _LISTED if item.get(name) is not None}
    legs = item["legs"]
    assert isinstance(legs, list)
    # What one leg is stands in the trade itself; several, and shares that came of one, are told each.
    return {**brief, "legs": [_brief_leg(leg) for leg in legs]} if len(legs) > 1 else brief


def _brief_leg(leg: JsonValue) -> JsonValue:
    assert isinstance(leg, dict)
    return {name: leg[name] for name in LEG_FACTS if leg.get(name) is not None}


def _trade_detail(env: Environment, username: str, asked: TradeArguments) -> Answer:
    trade = trade_view.detail(env, username, asked.trade_id)
    audit = read_trades.transitions(env, username, asked.trade_id)
    return {
        **about_all(env, username),
        "trade": {**trade, **{name: _shortened(trade[name]) for name in _STORED}},
        "transitions": [shape_transition(one) for one in audit.items],
    }


def _shortened(stored: JsonValue) -> JsonValue:
    text = stored if isinstance(stored, str) else json.dumps(stored, ensure_ascii=False)
    if len(text) <= STORED_CHARACTERS_MAX:
        return stored
    return text[:STORED_CHARACTERS_MAX] + " … (shortened)"


def _performance(env: Environment, username: str, asked: PerformanceArguments) -> Answer:
    wanted = wanted_outcomes(asked)
    found = read_performance(env, username, wanted)
    figures = shape_performance(replace(found, by={name: _bounded(rows) for name, rows in found.by.items()}))
    shown = {name: value for name, value in figures.items() if name not in _TOO_LONG}
    return {**caution(found.summary.trades), **shown}


def _bounded(groups: Sequence[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group.trades, reverse=True)[:GROUPS_MAX]


def _similar(env: Environment, username: str, asked: SimilarArguments) -> Answer:
    found = find_similar(env, username, like=asked.trade_id, wanted=asked.features(), limit=asked.limit)
    return {**caution(len(found.nearest)), **shape_similar(found)}


def _explained(env: Environment, username: str, asked: TradeArguments) -> Answer:
    return {**about_all(env, username), **shape_explained(explain_loss(env, username, asked.trade_id))}


TOOLS: Final[tuple[AnyTool, ...]] = (
    Tool(
        name="list_trades",
        title="List trades",
        description="List your own trades, newest first, by state, outcome, time, ticker, strategy or tag. "
        "A trade of several legs is one structure: its price is what one pays for it, below 0 for a credit, "
        "its per cents are of risk_basis, and legs tells each leg.",
        arguments=ListTradesArguments,
        answer=_list_trades,
    ),
    Tool(
        name="get_trade",
        title="Show a trade",
        description="Show one of your trades whole: its legs, orders, changes of stop and target, context at "
        "entry, audit trail.",
        arguments=TradeArguments,
        answer=_trade_detail,
    ),
    Tool(
        name="performance",
        title="Performance",
        description="Work out win rate, expectancy, drawdown, Sharpe, R multiples and breakdowns of your "
        "ended trades, by structure and tag among others.",
        arguments=PerformanceArguments,
        answer=_performance,
    ),
    Tool(
        name="find_similar_entries",
        title="Find similar entries",
        description="Find ended trades whose entries were most like a trade or a set of features (strategy, "
        "ticker, structure, delta, IV, scores, RSI), and what they amounted to. Distance is Gower's, 0 to 1.",
        arguments=SimilarArguments,
        answer=_similar,
    ),
    Tool(
        name="explain_loss",
        title="Explain a loss",
        description="Put the facts of a losing trade side by side: plan, exit and slippage, best and worst "
        "seen, how the market moved and what of it each leg's Greeks explain, "
        "what other exits would have brought. Facts only, no opinion.",
        arguments=TradeArguments,
        answer=_explained,
    ),
    *DESK_TOOLS,
    *TRADER_TOOLS,
)
