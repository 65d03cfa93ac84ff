"""The stack's directory: one stack at a time, private files, a clean reset."""

import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.sync.look_at_brokers import AccountLook
from infra.local.database.after_restore import look_after_restore
from infra.local.options import parse_options
from infra.local.seed.private_files import UnreadableFile, open_private
from infra.local.state import StackRunning, StateDirectory


def test_a_second_stack_on_the_same_directory_is_refused_with_the_way_out(tmp_path: Path) -> None:
    first, second = StateDirectory(tmp_path), StateDirectory(tmp_path)
    first.lock()

    with pytest.raises(StackRunning, match=r"already runs on .* .process [0-9]+.*--state-dir"):
        second.lock()
    assert second.is_running()
    first.unlock()
    assert not second.is_running()


def test_what_a_run_leaves_is_found_by_the_next(tmp_path: Path) -> None:
    now = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
    message: dict[str, JsonValue] = {"job": "sync", "payload": {}, "due_at": now.isoformat()}
    StateDirectory(tmp_path).write_resume(now, 7, [message])
    found = StateDirectory(tmp_path).read_resume()

    assert found is not None
    assert (found.now, found.seed, list(found.messages)) == (now, 7, [message])
    assert (tmp_path / "resume.json").stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_is_named_and_reset_mends_it(tmp_path: Path) -> None:
    (tmp_path / "resume.json").write_text("{")
    state = StateDirectory(tmp_path)

    with pytest.raises(UnreadableFile, match=r"resume\.json .* --reset"):
        state.read_resume()
    state.reset()
    assert state.read_resume() is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--clock", "2026-02-19T09:20:00"],
        ["--clock", "tomorrow"],
        ["--speed", "-1"],
        ["--speed", "nan"],
        ["--speed", "fast"],
        ["--port", "70000"],
        ["--limits", "none"],
        ["--unknown"],
    ],
)
def test_an_option_that_makes_no_sense_ends_with_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(arguments)

    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_any_offset_is_taken_for_the_clock() -> None:
    options = parse_options(["--clock", "2026-02-19T09:20:00-05:00", "--speed", "0"])

    assert options.clock == datetime(2026, 2, 19, 14, 20, tzinfo=UTC)
    assert options.speed == 0


def test_a_log_is_its_owners_alone_from_the_first_byte_on(tmp_path: Path) -> None:
    """S20: also one that an earlier release left readable."""
    log = tmp_path / "metrics.log"
    log.write_text("before\n")
    log.chmod(0o644)
    for line in ("one\n", "two\n"):
        with open_private(log) as stream:
            stream.write(line)

    assert log.read_text() == "before\none\ntwo\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


class LookedAt:
    """A product that counts how often it looked at the brokers."""

    def __init__(self) -> None:
        self.looks = 0

    def look_at_brokers(self) -> Sequence[AccountLook]:
        """Find one account that cannot be read."""
        self.looks += 1
        account = AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id="VA1")
        return [AccountLook(account=account, unread="it is away")]


def test_the_first_start_after_a_restore_looks_at_the_brokers_and_later_ones_do_not(tmp_path: Path) -> None:
    """I-33, docs/backup.md: said before any job runs."""
    StateDirectory(tmp_path).note_restored()
    product, said = LookedAt(), list[str]()
    for _ in range(2):
        look_after_restore(StateDirectory(tmp_path), product, said.append)

    assert product.looks == 1
    assert said[1] == "NOT READ  alice, TRADIER_SANDBOX VA1: it is away"
