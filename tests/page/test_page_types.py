"""The page's scripts are typed: TypeScript reads their JSDoc and finds nothing but what is planted."""

import shutil
from pathlib import Path

import pytest

from infra.page_types.check import SCRIPTS, find_type_errors
from infra.page_types.compiler import CannotCheck, unpack

pytestmark = pytest.mark.slow


def test_the_compiler_complains_of_a_planted_error_and_of_nothing_else(tmp_path: Path) -> None:
    """One run shows both that the check sees, and that the page is clean."""
    scripts = tmp_path / "js"
    shutil.copytree(SCRIPTS, scripts)
    (scripts / "planted.js").write_text('/** @type {number} */\nexport const count = "three";\n')

    try:
        complaints = find_type_errors(scripts)
    except CannotCheck as reason:
        pytest.skip(f"types not checked: {reason}")

    assert len(complaints) == 1, "\n".join(complaints)
    assert "planted.js(2," in complaints[0]


def test_another_package_than_the_pinned_one_is_refused(tmp_path: Path) -> None:
    """What npm hands out is run on this machine: only the content that was looked at may be."""
    tarball = tmp_path / "typescript.tgz"
    tarball.write_bytes(b"something else")

    with pytest.raises(ValueError, match="not the pinned package"):
        unpack(tarball, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
