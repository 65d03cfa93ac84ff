"""Guards of the product, each with a way to switch it off in the running process.

Does the check bite? (invariants.md): with a guard off the simulation must fail within 200 seeds. A guard that
can be removed unseen is not tested. Nothing here is reachable from the product.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.paper import groups
from chalicelib.brokers.tradier import rules
from chalicelib.domain import people
from chalicelib.domain.desk.exits import judge
from chalicelib.domain.desk.kill_switch import rows as switch_rows
from chalicelib.domain.desk.pipeline import verdicts
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.market import quotes
from chalicelib.domain.trading import exit_legs, limits, refusals, settling, slices
from chalicelib.domain.trading.orders import OrderStatus
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata import selection
from chalicelib.marketdata.interface import Purpose
from chalicelib.services import market_hours
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.commands import carry_on, collateral, prepare_entry, trade_changes
from chalicelib.services.expiry import exercise
from chalicelib.services.lifecycle import cancel_orders, protect, send_order
from chalicelib.services.requests import idempotency, throttle
from chalicelib.services.sync import sync_account
from chalicelib.services.sync.books.check_books import Looked
from chalicelib.services.sync.orders import foreign_orders, gone_back
from chalicelib.store.accounts import leases
from chalicelib.store.operations import job_runs
from chalicelib.store.trades.orders import insert_order, load_orders, save_order
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors import budget
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import Outcome, VendorError
from infra.local.simulate.broker_mutations import OF_BROKERS
from infra.local.simulate.exchange_mutations import OF_EXCHANGE
from infra.local.simulate.mutation import Mutation
from infra.local.simulate.trader_mutations import OF_TRADERS


def _untagged(original: Callable[[Any], Mapping[str, str]]) -> Callable[[Any], Mapping[str, str]]:
    return lambda request: {name: value for name, value in original(request).items() if name != "tag"}


def _tag() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    return {one: _untagged(one) for one in (rules.order_form, rules.oco_form)}


#: Whoever asks has it, under the number of whoever else holds it.
_SHARED_LEASE: Final = """
create or replace function take_lease(as_user text, wanted text, taken_by text, length interval)
    returns bigint
    language plpgsql as $$
declare
    number bigint;
begin
    perform set_config('app.current_user', as_user, true);
    insert into leases (username, resource, holder, until)
        values (as_user, wanted, taken_by, clock_timestamp() + length)
    on conflict (resource) do update set until = excluded.until
    returning fencing into number;
    return number;
end $$
"""


def _quantity() -> Mapping[tuple[object, str], object]:
    original = protect.Protector._rows

    def rows(self: Any, trade: Any, step: Any) -> Any:  # Any: as the original
        return original(self, trade, replace(step, quantity=trade.qty))

    return {(protect.Protector, "_rows"): rows}


def _half_left() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    original = exit_legs.closing_bundle

    def without_the_last(trade: Any, structures: Any) -> Any:  # Any: as the original
        bundle = original(trade, structures)
        return replace(bundle, legs=bundle.legs[: max(len(bundle.legs) - 1, 1)])

    return {original: without_the_last}


def _another_price() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    original = settling.ends_at_expiry

    def apart(books: Any, ending: Any, price: Any, **named: Any) -> Any:  # Any: as the original
        first, *others = original(books, ending, price, **named) or (None,)
        return () if first is None else (replace(first, value=first.value + 1), *others)

    return {original: apart}


def _any_size() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    original = slices.stands

    def stands(due: Any, bracket: Any) -> bool:  # Any: as the original
        as_it_is = due if due is None or not bracket else replace(due, quantity=bracket[0].remaining_quantity)
        return original(as_it_is, bracket)

    return {original: stands}


def _promised_twice() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    return {
        collateral._promised: lambda _trade: Decimal(0),
        groups.tied: lambda *_: Decimal(0),
    }


def _unconfirmed() -> Mapping[tuple[object, str], object]:
    def believe(
        keeper: AccountKeeper, _reader: object, trade_id: UUID, broker_order_id: str, **_said: bool
    ) -> bool:
        def end(connection: Connection) -> None:
            for order in load_orders(connection, [trade_id]).get(trade_id, ()):
                if order.is_outstanding and order.listed_id == broker_order_id:
                    now = keeper.env.clock.now()
                    save_order(connection, order.id, {"status": OrderStatus.CANCELED, "ended_at": now})

        keeper.write(end)
        return True

    return {(cancel_orders, "_confirm"): believe}


def _version() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    original = trade_changes.locked_trade

    def locked(connection: Connection, trade_id: Any, version: int) -> Any:  # Any: as the original
        found = load_trade(connection, trade_id)
        return original(connection, trade_id, version if found is None else found.version)

    return {original: locked}


def _claim() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    original = job_runs.claim_instant

    def claim(*arguments: Any, **named: Any) -> bool:  # Any: as the original
        original(*arguments, **named)
        return True

    return {original: claim}


def _idempotency() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    def begin(
        _env: Any, username: str, key: str, _fingerprint: str, *, machine_now: Any
    ) -> idempotency.Claim:
        until = machine_now + timedelta(seconds=idempotency.RUNNING_SECONDS_MAX)
        return idempotency.Claim(username=username, key=key, running_until=until)

    return {idempotency.begin: begin, prepare_entry.placed_before: lambda *_: None}


def _sent_before_stored() -> Mapping[Callable[..., Any], Callable[..., Any]]:
    original = send_order.send_orders

    def send(keeper: AccountKeeper, trade_id: UUID, orders: Any, call: Any, **named: Any) -> Any:
        new = [order for order in orders if order.created_at is None]

        def store(connection: Connection) -> None:
            for order in new:
                insert_order(connection, order)

        keeper.write(store)
        told = Future()  # type: ignore[var-annotated]  # of whatever the call answers
        try:
            told.set_result(call())
        except VendorError as error:
            told.set_exception(error)
        stored = [replace(order, created_at=keeper.env.clock.now()) for order in orders]
        return original(keeper, trade_id, stored, told.result, **named)

    return {original: send}


def _sold_too_much_is_held() -> Mapping[tuple[object, str], object]:
    original = Trade.position_in
    return {
        (Trade, "position_in"): lambda trade, symbol: original(replace(trade, excess_qty=Decimal(0)), symbol)
    }


MUTATIONS: Final[Mapping[str, Mutation]] = {
    **OF_TRADERS,
    **OF_EXCHANGE,
    **OF_BROKERS,
    "tag": Mutation(guard="orders carry their intent's tag", replaced=_tag),
    "lease": Mutation(
        guard="one worker at an account, fenced",
        replaced=lambda: {leases.hold_lease: lambda _connection, _lease: None},
        sql=_SHARED_LEASE,
    ),
    "policy": Mutation(
        guard="row-level security",
        sql="do $$ declare t text; begin for t in select tablename from pg_tables where schemaname = 'public'"
        " loop execute format('alter table public.%I no force row level security', t);"
        " execute format('alter table public.%I disable row level security', t); end loop; end $$",
    ),
    "freshness": Mutation(
        guard="age limit of quotes",
        attributes=lambda: {(quotes, "QUOTE_AGE_MAX"): timedelta(days=3650)},
    ),
    "quantity": Mutation(guard="brackets cover what is held, not what was asked for", attributes=_quantity),
    "legs": Mutation(guard="a close takes every leg", replaced=_half_left),
    "one-price": Mutation(guard="all legs settle on one price", replaced=_another_price),
    "resize": Mutation(guard="what protects has the size of what is held", replaced=_any_size),
    "collateral": Mutation(guard="shares are promised to one call alone", replaced=_promised_twice),
    "confirm-cancel-first": Mutation(guard="a cancel counts once it was read", attributes=_unconfirmed),
    "version": Mutation(guard="a change names the version that it saw", replaced=_version),
    "claim": Mutation(guard="an instant is run once", replaced=_claim),
    "idempotency": Mutation(
        guard="a key places once",
        replaced=_idempotency,
        sql="alter table paper_trades drop constraint paper_trades_username_idempotency_key_key",
    ),
    "session": Mutation(
        guard="nothing is sent outside the session",
        replaced=lambda: {market_hours.session_state: lambda *_: SessionState.OPEN},
    ),
    "limits": Mutation(guard="limits of entries", replaced=lambda: {limits.breaches: lambda *_: ()}),
    "budget": Mutation(
        guard="the shared budget of calls",
        attributes=lambda: {(budget.PostgresCallBudget, "take"): lambda *_, **__: None},
    ),
    "share": Mutation(
        guard="pages cannot take what jobs need",
        attributes=lambda: {
            (selection, "URGENCY"): dict.fromkeys(Purpose, Urgency.DATA),
            (selection, "_SHARE"): {},
        },
    ),
    "owner": Mutation(
        guard="an order that another deployment tagged is left alone",
        replaced=lambda: {foreign_orders.is_of_another: lambda *_: False},
    ),
    "books": Mutation(
        guard="the account is held against the books",
        attributes=lambda: {(sync_account, "check_books"): lambda *_, **__: Looked()},
    ),
    "retries": Mutation(
        guard="what is refused again and again waits",
        attributes=lambda: {(refusals, "RETRY_AFTER"): (timedelta(0),) * len(refusals.RETRY_AFTER)},
    ),
    "exercise": Mutation(
        guard="a call's exercise brings shares, a put's takes them",
        attributes=lambda: {(exercise, "OptionType"): SimpleNamespace(CALL=OptionType.PUT)},
    ),
    "counters": Mutation(
        guard="what leads out has a counter that nothing else takes",
        replaced=lambda: {throttle.bearer: lambda _token_id: throttle.EXITS},
        attributes=lambda: {(throttle, "EXITS_BY_TOKENS"): throttle.EXITS},
    ),
    "accepted": Mutation(
        guard="an answer never says that nothing was done",
        replaced=lambda: {carry_on.accepted: lambda _env, _asked, carry: carry()},
    ),
    "intent": Mutation(guard="an intent was surely never sent", replaced=_sent_before_stored),
    "excess": Mutation(
        guard="what was sold too much is counted as lacking", attributes=_sold_too_much_is_held
    ),
    "protection": Mutation(
        guard="a bracket whose row is lost is kept",
        replaced=lambda: {gone_back.keep_protection: lambda *_: False},
    ),
    "doubt": Mutation(
        guard="an intent that the broker shows was sent",
        replaced=lambda: {gone_back.doubted_intents: lambda *_: []},
    ),
    "gates": Mutation(
        guard="a gate that says no ends the scan",
        replaced=lambda: {verdicts.judged: lambda stage, _against, **told: verdicts.passes(stage, **told)},
    ),
    "switch": Mutation(
        guard="the switch stops entries", replaced=lambda: {switch_rows.stopping: lambda *_: None}
    ),
    "persistence": Mutation(
        guard="an exit holds on three scans", attributes=lambda: {(judge, "STOP_PERSISTENCE_SCANS"): 2}
    ),
    "account": Mutation(
        guard="a broker account has one owner",
        sql="drop index public.connections_one_owner, public.user_settings_one_owner_sandbox",
    ),
    "served": Mutation(
        guard="whoever was ended is served by nothing",
        attributes=lambda: {(people.Holder, "admits"): lambda *_, **__: True},
    ),
    "unknown": Mutation(
        guard="a lost answer is not a refusal",
        attributes=lambda: {
            (send_order, "_STATUS_AFTER"): {
                **send_order._STATUS_AFTER,
                Outcome.UNKNOWN: OrderStatus.REJECTED,
            }
        },
    ),
}
