"""/api/decisions: what models decided and what became of it."""

from chalicelib.api.ai_bodies import ApproveBody, SeenBody, TryTraderBody
from chalicelib.api.ai_queries import AiAccountQuery, DecisionsQuery
from chalicelib.api.answers import Reply
from chalicelib.api.routing import Call
from chalicelib.api.shapes.ai import (
    shape_account,
    shape_decision,
    shape_decision_detail,
    shape_prompt,
    shape_tried,
)
from chalicelib.api.shapes.values import shape_list
from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.services.ai import read_decisions
from chalicelib.services.ai.account_figures import read_account
from chalicelib.services.ai.deciding import approving
from chalicelib.services.ai.deciding.standing import mode_of_money
from chalicelib.services.ai.deciding.try_trader import try_trader
from chalicelib.services.ai.prompts import activate_prompt, list_prompts
from chalicelib.services.listing import Listing
from chalicelib.services.requests.places import read_place
from chalicelib.store.ai.decisions import DecisionFilter


def list_all(call: Call) -> Reply:
    """List decisions, newest first."""
    query = call.query_as(DecisionsQuery)
    wanted = DecisionFilter(
        trader_id=query.trader,
        trade_id=query.trade,
        outcome=None if query.outcome is None else DecisionOutcome(query.outcome),
        since=query.from_,
        until=query.to,
        below=None if query.cursor is None else read_place(query.cursor),
    )
    page = read_decisions.list_decisions(call.env, call.username, wanted, limit=query.limit)
    return Reply(body=shape_list(page, shape_decision))


def read(call: Call) -> Reply:
    """Show a decision whole."""
    return Reply(body=shape_decision_detail(read_decisions.read_decision(call.env, call.username, call.id)))


def approve(call: Call) -> Reply:
    """Carry out what waits."""
    body = call.body_as(ApproveBody)
    row = approving.approve(call.env, call.username, call.id, body.adjusted(), body.version)
    return Reply(body=shape_decision(row))


def reject(call: Call) -> Reply:
    """Have what waits not carried out."""
    version = call.body_as(SeenBody).version
    return Reply(body=shape_decision(approving.reject(call.env, call.username, call.id, version)))


def try_out(call: Call) -> Reply:
    """Try a trader; nothing is executed."""
    symbol = call.body_as(TryTraderBody).symbol
    return Reply(body=shape_tried(try_trader(call.env, call.username, call.id, symbol)))


def account(call: Call) -> Reply:
    """Show the account of coins."""
    mode = mode_of_money(call.query_as(AiAccountQuery).mode)
    return Reply(body=shape_account(read_account(call.env, call.username, mode)))


def prompts(call: Call) -> Reply:
    """List the versions of the prompts."""
    found = list_prompts(call.env, call.username)
    page = Listing(items=found, as_of=call.env.clock.now(), next_cursor=None)
    return Reply(body=shape_list(page, shape_prompt))


def activate(call: Call) -> Reply:
    """Have a version of the prompts decide."""
    return Reply(body=shape_prompt(activate_prompt(call.env, call.username, call.path["version"])))
