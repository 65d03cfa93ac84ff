"""I-40: what is computed again from a stored row is what the row says, through the real database."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from chalicelib.domain.desk.pipeline.evaluate import Snapshot, evaluate
from chalicelib.domain.desk.pipeline.record import UnreadableRow
from chalicelib.services.desk.told.evaluations import judged_again
from chalicelib.services.errors import NotFound
from chalicelib.store.desk.configs import keep_configs
from chalicelib.store.desk.evaluations import write_blocks
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Api
from tests.domain.desk.desk_support import AT, QUIET, judged
from tests.domain.desk.drawn import MARKETS, some_desks, some_facts, some_strategies
from tests.store.desk_rows import DeskRows

EXAMPLES = 25


@pytest.fixture
def desk(database_urls: DatabaseUrls) -> Iterator[DeskRows]:
    """Alice's condor."""
    made = DeskRows(database_urls)
    yield made
    made.close()


@pytest.fixture
def api(database_urls: DatabaseUrls) -> Iterator[Api]:
    """What services are handed."""
    made = Api(database_urls)
    yield made
    made.close()


def test_a_stored_evaluation_judged_again_says_the_same(api: Api, desk: DeskRows) -> None:
    """I-40, B-02: verdicts, figures, order and decision, whatever was known and whatever was asked for."""
    versions = iter(range(2, 10_000))

    @settings(max_examples=EXAMPLES, deadline=None)
    @given(some_facts, some_strategies, some_desks, st.sampled_from(MARKETS))
    def hold(known: Any, strategy: Any, limits: Any, market: Any) -> None:
        desk.strategy = replace(strategy, id=desk.strategy.id, version=next(versions))
        desk.desk = limits
        with desk.jobs() as connection:
            desk.config_id = keep_configs(connection, [desk.config()])[desk.strategy.id]
        found = evaluate(Snapshot(facts=known, chain=market), desk.strategy, limits)
        evaluation_id = desk.scanned(AT, desk.row(found))
        assert evaluation_id is not None
        again = judged_again(api.environment, "alice", evaluation_id)

        assert again.agrees
        assert again.evaluation == found

    hold()


def test_a_merged_row_is_judged_by_the_last_figures(api: Api, desk: DeskRows) -> None:
    """I-40: the count of alike failures does not part inputs from verdicts."""
    for adx in (30.0, 31.0):
        evaluation_id = desk.scanned(AT, desk.row(judged(technicals=replace(QUIET.technicals, adx14=adx))))
    assert evaluation_id is not None
    again = judged_again(api.environment, "alice", evaluation_id)

    assert again.agrees
    assert (again.row.count, again.evaluation.verdicts[-1].numbers["adx"]) == (2, 31.0)


@pytest.mark.parametrize(
    "tampering",
    [
        "inputs = jsonb_set(inputs::jsonb, '{facts,vix3m,0}', '12')::json",
        "gates = jsonb_set(gates::jsonb, '{5,passed}', 'false')::json",
        "gates = jsonb_set(gates::jsonb, '{5,numbers,limit_s}', '9')::json",
        "proposed_order = jsonb_set(proposed_order::jsonb, '{qty}', '2')::json",
        "proposed_order = null",
        "reason = 'because'",
    ],
)
def test_a_row_that_says_something_else_is_found_out(api: Api, desk: DeskRows, tampering: str) -> None:
    """I-40: a changed input, verdict, figure, order or reason no longer agrees."""
    evaluation_id = entered(desk)
    with desk.jobs() as connection:
        connection.execute(text(f"update strategy_evaluations set {tampering}"))  # noqa: S608 - our own words

    assert not judged_again(api.environment, "alice", evaluation_id).agrees


def test_a_row_of_other_rules_is_said_to_be_one(api: Api, desk: DeskRows) -> None:
    """B-02: a configuration that this code does not know is no disagreement."""
    evaluation_id = entered(desk)
    with desk.jobs() as connection:
        connection.execute(text("update strategy_evaluations set inputs = (inputs::jsonb - 'facts')::json"))
    with pytest.raises(UnreadableRow):
        judged_again(api.environment, "alice", evaluation_id)


def test_what_judged_no_entry_is_not_judged_again(api: Api, desk: DeskRows) -> None:
    """B-02: blocks have no inputs; another's evaluation is as unknown as none."""
    block = desk.block("macro_window", AT)
    with desk.jobs() as connection:
        write_blocks(connection, UUID(int=1), AT, [block])
    with pytest.raises(NotFound):
        judged_again(api.environment, "alice", block.id)
    with pytest.raises(NotFound):
        judged_again(api.environment, "bob", entered(desk))


def entered(desk: DeskRows) -> UUID:
    """Store an evaluation that enters."""
    evaluation_id = desk.scanned(AT, desk.row(judged()))
    assert evaluation_id is not None
    return evaluation_id
