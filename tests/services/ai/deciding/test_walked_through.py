"""The decision that the docs walk through is one that the product makes."""

from pathlib import Path

from tests.services.ai.deciding.decision_stage import DecisionStage, goes_long

PAGE = Path(__file__).parents[4] / "docs" / "how-a-trader-decides.md"


def test_the_docs_show_a_decision_as_it_is(stage: DecisionStage) -> None:
    """C-03: each constraint with its figures, in the order in which they are shown."""
    stage.answers(goes_long())
    row = stage.decide(stage.bot())
    assert row.validation is not None
    constraints = row.validation["constraints"]
    assert isinstance(constraints, list)
    lines = [
        f"| `{one['name']}` | {_told(one['current_value'])} | {_told(one['required_value'])} "
        f"| {'yes' if one['satisfied'] else 'no'} |"
        for one in constraints
        if isinstance(one, dict)
    ]

    assert "\n".join(lines) in PAGE.read_text(encoding="utf-8")


def _told(value: object) -> str:
    return "–" if value is None or value == "" else f"{value:g}" if isinstance(value, float) else str(value)
