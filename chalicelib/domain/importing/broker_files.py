"""Brokers' own files of what was executed: openings paired with closings, contract by contract. Pure.

tastytrade's transaction history, Schwab's account transactions and Interactive Brokers' activity statement
are known by their headers. From the first opening of a contract until nothing of it is held is one trade.
What is no past trade of one option is left out, and named: legs of an order of several, shares, what is
still open, what was closed without its opening being in the file, what ended by assignment or exercise.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.importing.cells import UnreadableCell
from chalicelib.domain.importing.ibkr import IBKR_TITLES, read_ibkr, trades_table
from chalicelib.domain.importing.our_export import LeftOut, Lots
from chalicelib.domain.importing.past_trade import PastFill, PastTrade
from chalicelib.domain.importing.schwab import SCHWAB_TITLES, read_schwab
from chalicelib.domain.importing.tastytrade import TASTYTRADE_TITLES, read_tastytrade
from chalicelib.domain.importing.transactions import Executed, NoOptionTrade, Titles
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import OrderRole
from chalicelib.domain.trading.trades import CloseReason

#: Reads a row by its titles; raises NoOptionTrade for what is none, UnreadableCell for what cannot be read.
_Reader = Callable[[int, Mapping[str, str]], Executed]
_BROKERS: Final[Sequence[tuple[Titles, _Reader]]] = (
    (TASTYTRADE_TITLES, read_tastytrade),
    (SCHWAB_TITLES, read_schwab),
    (IBKR_TITLES, read_ibkr),
)


def one_table(lines: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """Return the lines with their header first, also of a file that holds many tables."""
    return trades_table(lines) or lines


def reader_of(header: Sequence[str]) -> _Reader | None:
    """Return how this broker's rows are read; None for a header of nobody's that we know."""
    titles = {cell.strip() for cell in header}
    return next((reader for wanted, reader in _BROKERS if titles >= wanted), None)


def read_executions(
    reader: _Reader, header: Sequence[str], lines: Iterable[Sequence[str]], now: datetime
) -> Lots:
    """Read a broker's rows and pair them; nothing may lie after `now`."""
    titles = [cell.strip() for cell in header]
    found: list[Executed] = []
    faults: list[tuple[int, UnreadableCell]] = []
    left_out: list[LeftOut] = []
    for number, line in enumerate(lines, start=2):
        cells = {title: cell.strip() for title, cell in zip(titles, line, strict=False)}
        if not any(cells.values()):
            continue
        try:
            found.append(_not_later(reader(number, cells), now))
        except NoOptionTrade as reason:
            left_out.append(LeftOut(row=number, why=str(reason)))
        except UnreadableCell as error:
            faults.append((number, error))
    single, legs = _without_structures(found)
    left_out += legs
    trades: list[PastTrade] = []
    for of_contract in _by_contract(single).values():
        ended, rest = _paired(of_contract)
        trades += ended
        left_out += rest
    return Lots(
        trades=tuple(sorted(trades, key=lambda trade: (trade.closed_at, trade.row))),
        faults=tuple(faults),
        left_out=tuple(sorted(left_out, key=lambda one: one.row)),
    )


def _not_later(executed: Executed, now: datetime) -> Executed:
    if executed.at > now:
        raise UnreadableCell("Date", "lies in the future")
    return executed


def _without_structures(found: Sequence[Executed]) -> tuple[list[Executed], list[LeftOut]]:
    """Set contracts aside that were opened by an order of several: what they were together is not theirs."""
    contracts_of: dict[str, set[str]] = defaultdict(set)
    for one in found:
        if one.order is not None and one.is_opening:
            contracts_of[one.order].add(one.contract.to_occ())
    legs = {symbol for symbols in contracts_of.values() if len(symbols) > 1 for symbol in symbols}
    why = "a leg of an order of several is not taken over"
    aside = [LeftOut(row=one.row, why=why) for one in found if one.contract.to_occ() in legs]
    return [one for one in found if one.contract.to_occ() not in legs], aside


def _by_contract(found: Iterable[Executed]) -> dict[str, list[Executed]]:
    """Return each contract's executions in their order; of one instant openings come first."""
    groups: dict[str, list[Executed]] = defaultdict(list)
    for one in sorted(found, key=lambda each: (each.at, not each.is_opening, each.row)):
        groups[one.contract.to_occ()].append(one)
    return groups


@dataclass(slots=True)
class _Held:
    """What is held of a contract while its executions are walked through."""

    fills: list[Executed]
    quantity: Decimal

    def side(self) -> LegSide:
        return LegSide.LONG if self.fills[0].is_buy else LegSide.SHORT


def _paired(executions: Sequence[Executed]) -> tuple[list[PastTrade], list[LeftOut]]:
    trades: list[PastTrade] = []
    left_out: list[LeftOut] = []
    held = _Held(fills=[], quantity=ZERO)
    for one in executions:
        if not one.is_opening and one.quantity > held.quantity:
            left_out.append(LeftOut(row=one.row, why="closes more than the file opens"))
            continue
        held.fills.append(one)
        held.quantity += one.quantity if one.is_opening else -one.quantity
        if held.quantity == 0:
            _end(held, trades, left_out)
            held = _Held(fills=[], quantity=ZERO)
    left_out += [LeftOut(row=one.row, why="the trade has not ended") for one in held.fills]
    return trades, left_out


def _end(held: _Held, trades: list[PastTrade], left_out: list[LeftOut]) -> None:
    if any(one.ends_as is CloseReason.EXERCISED for one in held.fills):
        why = "ended by assignment or exercise: the shares that came of it are not in one row"
        left_out += [LeftOut(row=one.row, why=why) for one in held.fills]
    else:
        trades.append(_trade(held))


def _trade(held: _Held) -> PastTrade:
    first, last = held.fills[0], held.fills[-1]
    return PastTrade(
        row=first.row,
        symbol=first.contract.to_occ(),
        contract=first.contract,
        ticker=first.contract.underlying,
        side=held.side(),
        fills=tuple(_fill(one, held.side()) for one in held.fills),
        close_reason=last.ends_as or CloseReason.MANUAL_CLOSE,
    )


def _fill(one: Executed, side: LegSide) -> PastFill:
    """Return it as a fill; what expired was nobody's sale, and ends what its side held."""
    return PastFill(
        role=OrderRole.ENTRY if one.is_opening else OrderRole.EXIT,
        is_buy=one.is_buy if one.ends_as is None else side is LegSide.SHORT,
        quantity=one.quantity,
        price=one.price,
        at=one.at.astimezone(UTC),
        fees=one.fees,
    )
