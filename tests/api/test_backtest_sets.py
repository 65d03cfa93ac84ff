"""GET /api/backtests/sets (B-12): what was loaded, by the words that a request names it with."""

from pathlib import Path

from chalicelib.store.files.history_sets import manifest_key
from infra.history.chains import LoadTerms, load_chains
from infra.local.aws.objects import MemoryObjects
from tests.api.support import Api, User
from tests.history.support import row, table

PATH = "/api/backtests/sets"


def loaded(api: Api, scratch: Path, name: str, *rows: str) -> MemoryObjects:
    """Load rows in optopsy's order as a set; answers the bucket."""
    store = api.environment.histories
    assert isinstance(store, MemoryObjects)
    lines = table(scratch / f"{name}.csv", *rows)
    load_chains([lines], LoadTerms(loader="optopsy", name=name), store, lambda _: None)
    return store


def test_a_set_says_its_days_by_underlying(api: Api, alice: User, tmp_path: Path) -> None:
    """B-12: source and file are a request's own words; nothing is loaded at first."""
    assert alice.get(PATH).json["items"] == []
    spy = [row(quote_date=f"2024-01-0{day}") for day in (3, 4, 8)]
    loaded(api, tmp_path, "january", *spy, row(underlying_symbol="QQQ", quote_date="2024-01-05"))
    (found,) = alice.get(PATH).json["items"]
    assert (found["source"], found["file"]) == ("optopsy", "january")
    assert found["underlyings"] == [
        {"symbol": "QQQ", "from": "2024-01-05", "to": "2024-01-05", "days": 1},
        {"symbol": "SPY", "from": "2024-01-03", "to": "2024-01-08", "days": 3},
    ]


def test_what_cannot_be_read_is_told_with_its_place(api: Api, alice: User, tmp_path: Path) -> None:
    """A damaged manifest is no empty list."""
    store = loaded(api, tmp_path, "january", row())
    store.put_stream(manifest_key("optopsy", "january"), [b"{"], content_type="application/json")
    answer = alice.get(PATH)
    assert (answer.status, answer.kind) == (503, "unavailable")
    assert "optopsy/january/manifest.json" in answer.json["detail"]
