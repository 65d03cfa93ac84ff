"""dev.py: standard library alone, clear words for an old Python, one environment per set of requirements."""

import ast
import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from infra.local import check

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dev() -> ModuleType:
    return importlib.import_module("dev")


def test_dev_imports_the_standard_library_alone_until_the_environment_exists() -> None:
    tree = ast.parse((ROOT / "dev.py").read_text())
    top_level = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in top_level
        for alias in node.names
    }

    assert {module.split(".")[0] for module in modules} <= sys.stdlib_module_names


def test_dev_parses_on_an_old_python() -> None:
    """So that it can say what is missing instead of a syntax error."""
    ast.parse((ROOT / "dev.py").read_text(), feature_version=(3, 7))


def test_an_old_python_is_told_what_is_needed(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "PYTHON_OLDEST", (99, 0))

    with pytest.raises(SystemExit, match=r"needs Python 99\.0 or newer"):
        dev.ensure_python()


def test_help_lists_the_commands_and_nothing_that_does_not_exist(dev: ModuleType) -> None:
    shown = subprocess.run(
        [sys.executable, "dev.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert [word for word in ("up", "test", "day", "bench", "user") if f"  {word} " not in shown] == []
    for target in dev.MODULES.values():
        assert importlib.util.find_spec(target.partition(":")[0]) is not None


def test_the_environment_is_named_by_what_it_must_hold(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in dev.REQUIREMENTS:
        (tmp_path / name).write_text("one==1\n")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    before = dev.stamp_now()
    (tmp_path / "requirements.txt").write_text("one==2\n")

    assert dev.stamp_now() != before


def test_an_environment_that_two_checkouts_share_is_made_once(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A link names the place that it leads to: else each would install it again for the other."""
    made, link = tmp_path / "one", tmp_path / "other"
    made.mkdir()
    link.symlink_to(made)
    stamps = set()
    for place in (made, link):
        monkeypatch.setattr(dev, "VENV", place)
        stamps.add(dev.stamp_now())

    assert len(stamps) == 1


def test_a_half_made_environment_counts_as_none(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The stamp is written last: without it the environment is completed or made anew."""
    monkeypatch.setattr(dev, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(dev, "VENV_PYTHON", tmp_path / "bin" / "python")

    assert dev.stamp_made() == ""
    assert not dev.pip_works()


def test_a_part_that_fails_beside_the_tests_fails_the_check_and_is_heard(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What passes is silent; each outcome stands in the order of the parts."""
    parts = [
        check.Step(name=name, command=[sys.executable, "-c", program])
        for name, program in (("bad", "print('no'); exit(1)"), ("good", "print('yes')"), ("tests", "pass"))
    ]
    outcomes = check.run_all(parts)

    assert [(one.name, one.passed) for one in outcomes] == [("bad", False), ("good", True), ("tests", True)]
    said = capfd.readouterr().out
    assert "bad FAILED\nno" in said
    assert "yes" not in said


def test_the_checks_are_listed_and_quick_leaves_out_what_is_slow() -> None:
    names = [step.name for step in check.steps(quick=True, pytest_arguments=["-k", "x"])]
    quick, whole = (check.steps(quick=quick, pytest_arguments=[])[-1].command for quick in (True, False))

    assert names == ["ruff check", "ruff format", "mypy", "import layers", "pytest"]
    assert "not slow" in quick
    assert "not slow" not in whole
