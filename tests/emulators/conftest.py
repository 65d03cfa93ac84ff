"""What the tests of emulators share."""

from pathlib import Path

import pytest

from tests.emulators.throwaway import made_environment


@pytest.fixture(scope="session")
def client_python() -> Path:
    """An interpreter that has the clients of third parties."""
    return made_environment()
