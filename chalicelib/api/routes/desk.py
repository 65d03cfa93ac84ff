"""Calls on the options desk (B-15): strategies, settings, the bot's switch, evaluations."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, LeadsOut, Route
from chalicelib.services.requests.ownership import find_evaluation, find_strategy

desk_bodies: Final = LateModels("desk_bodies")
queries: Final = LateModels("queries")

_STRATEGIES: Final = (
    Route(
        method="GET",
        path="/api/strategies",
        name="list_strategies",
        summary="List strategies, newest first",
        handler=Late("strategies", "list_all"),
        access=Access.READ,
        query=queries.PageQuery,
        answers={200: "StrategyPage"},
    ),
    Route(
        method="POST",
        path="/api/strategies",
        name="create_strategy",
        summary="Make a strategy, at most 100 of them",
        handler=Late("strategies", "create"),
        access=Access.TRADE,
        body=desk_bodies.NewStrategyBody,
        answers={201: "Strategy", 200: "Strategy"},
        problems=("risk-limit",),
        mutates=True,
        headers={"Location": "The strategy's address"},
    ),
    Route(
        method="POST",
        path="/api/strategies/preview",
        name="preview_strategy",
        summary="Judge a strategy that is not stored as a scan would now; nothing comes of it",
        handler=Late("strategies", "preview"),
        access=Access.READ,
        body=desk_bodies.PreviewedStrategyBody,
        answers={200: "StrategyPreview"},
        problems=("unavailable",),
    ),
    Route(
        method="GET",
        path="/api/strategies/{id}",
        name="read_strategy",
        summary="Show a strategy",
        handler=Late("strategies", "read"),
        access=Access.READ,
        find=find_strategy,
        answers={200: "Strategy"},
    ),
    Route(
        method="PUT",
        path="/api/strategies/{id}",
        name="change_strategy",
        summary="Put a strategy in another's place; type and underlying stay while trades of it are open",
        handler=Late("strategies", "change"),
        access=Access.TRADE,
        find=find_strategy,
        body=desk_bodies.StrategyBody,
        answers={200: "Strategy"},
        problems=("stale-version", "trades-open"),
        mutates=True,
    ),
    Route(
        method="DELETE",
        path="/api/strategies/{id}",
        name="delete_strategy",
        summary="Take a strategy away; while trades of it are open it is disabled and says so",
        handler=Late("strategies", "delete"),
        access=Access.TRADE,
        find=find_strategy,
        query=queries.VersionQuery,
        answers={204: None, 200: "DisabledStrategy"},
        problems=("stale-version",),
        mutates=True,
    ),
)
_CONTROLS: Final = (
    Route(
        method="GET",
        path="/api/desk/settings",
        name="read_desk_settings",
        summary="Show the desk's limits over all strategies",
        handler=Late("desk", "read_settings"),
        access=Access.SESSION,
        answers={200: "DeskSettings"},
    ),
    Route(
        method="PUT",
        path="/api/desk/settings",
        name="change_desk_settings",
        summary="Change the limits that are named; null puts the default back",
        handler=Late("desk", "change_settings"),
        access=Access.SESSION,
        body=desk_bodies.DeskSettingsBody,
        answers={200: "DeskSettings"},
        problems=("stale-version",),
        mutates=True,
    ),
    Route(
        method="POST",
        path="/api/bot/on",
        name="switch_bot_on",
        summary="Let entries be scanned for",
        handler=Late("desk", "switch_on"),
        access=Access.TRADE,
        answers={200: "BotSwitch"},
        mutates=True,
    ),
    Route(
        method="POST",
        path="/api/bot/off",
        name="switch_bot_off",
        summary="Stop the scanning of entries; exits go on",
        handler=Late("desk", "switch_off"),
        access=Access.TRADE,
        leads_out=LeadsOut.ALWAYS,
        answers={200: "BotSwitch"},
        mutates=True,
    ),
)
_EVALUATIONS: Final = (
    Route(
        method="GET",
        path="/api/evaluations",
        name="list_evaluations",
        summary="List what the desk decided and why, newest first",
        handler=Late("evaluations", "list_all"),
        access=Access.READ,
        query=queries.EvaluationsQuery,
        answers={200: "EvaluationPage"},
    ),
    Route(
        method="GET",
        path="/api/evaluations/gates",
        name="count_gates",
        summary="Count how entry scans of the last days fared at each stage",
        handler=Late("evaluations", "gates"),
        access=Access.READ,
        query=queries.GatesQuery,
        answers={200: "GateCountPage"},
    ),
    Route(
        method="GET",
        path="/api/evaluations/{id}",
        name="read_evaluation",
        summary="Show an evaluation",
        handler=Late("evaluations", "read"),
        access=Access.READ,
        find=find_evaluation,
        answers={200: "Evaluation"},
    ),
)
_RISK: Final = (
    Route(
        method="GET",
        path="/api/risk",
        name="read_risk",
        summary="Show the risk book as it was last worked out",
        handler=Late("risk", "read"),
        access=Access.READ,
        query=queries.RiskQuery,
        answers={200: "RiskBook"},
    ),
    Route(
        method="GET",
        path="/api/risk/history",
        name="read_risk_history",
        summary="Show risk books over time, oldest first",
        handler=Late("risk", "history"),
        access=Access.READ,
        query=queries.RiskHistoryQuery,
        answers={200: "RiskBookPage"},
    ),
)

DESK: Final = (*_STRATEGIES, *_CONTROLS, *_EVALUATIONS, *_RISK)
