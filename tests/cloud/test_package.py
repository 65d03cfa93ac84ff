"""What goes into the functions' package, and that it repeats (issue: under 50 MB, for both processors)."""

import zipfile
from pathlib import Path

import pytest

from infra.cloud.package import is_wanted, write_package


@pytest.mark.parametrize(
    "name",
    [
        "app.py",
        "chalice/app.py",
        "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so",
        "psycopg_binary.libs/libpq.so.5",
        "pydantic-2.14.3.dist-info/METADATA",
        "holidays/calendars/__init__.py",
    ],
)
def test_what_runs_is_packed(name: str) -> None:
    assert is_wanted(name)


@pytest.mark.parametrize(
    "name",
    [
        "boto3/session.py",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "boto3-1.44.5.dist-info/METADATA",
        "chalice/cli/__init__.py",
        "chalice/deploy/packager.py",
        "numpy/tests/test_ctypeslib.py",
        "talib/_ta_lib.c",
        "pydantic-2.14.3.dist-info/RECORD",
        "aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui-bundle.min.js",
        "pip/__init__.py",
        "numpy/__pycache__/version.cpython-311.pyc",
    ],
)
def test_what_never_runs_stays_out(name: str) -> None:
    assert not is_wanted(name)


def test_equal_files_give_equal_bytes(tmp_path: Path) -> None:
    """A release is named by its bytes: building twice must name it once."""
    source = tmp_path / "module.py"
    source.write_text("answer = 42\n")
    members = [("app.py", source), ("chalicelib/module.py", source)]

    sizes = [write_package(tmp_path / name, members) for name in ("one.zip", "two.zip")]

    assert sizes == [24, 24]
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as package:
        assert package.namelist() == ["app.py", "chalicelib/module.py"]
