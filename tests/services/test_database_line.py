"""Deep health shows a connection that would take any server for the database (A-17)."""

import pytest

from chalicelib.services.operations.health import deep, line_check
from chalicelib.store.operations.health import LineFacts, read_line
from tests.services.stage import Stage


def _line(*, mode: str, over_tls: bool = True, server_sees_tls: bool = True) -> LineFacts:
    return LineFacts(is_local=False, over_tls=over_tls, mode=mode, server_sees_tls=server_sees_tls)


@pytest.mark.parametrize("mode", ["require", "prefer", "allow", "verify-ca"])
def test_tls_without_the_servers_name_is_shown(mode: str) -> None:
    """S12: less than verify-full takes any certificate, or any name."""
    check = line_check(_line(mode=mode))

    assert not check.ok
    assert mode in check.detail


def test_no_tls_at_all_is_shown() -> None:
    check = line_check(_line(mode="verify-full", over_tls=False, server_sees_tls=False))

    assert not check.ok
    assert "without TLS" in check.detail


@pytest.mark.parametrize(("seen", "words"), [(True, "server sees it"), (False, "at a pooler")])
def test_verified_tls_is_sound_behind_a_pooler_too(seen: bool, words: str) -> None:
    """Neon's proxy ends TLS: the server itself then sees none, and that is no fault of ours."""
    check = line_check(_line(mode="verify-full", server_sees_tls=seen))

    assert check.ok
    assert words in check.detail


def test_the_embedded_server_is_this_machines(stage: Stage) -> None:
    """Read from the driver and from pg_stat_ssl of a real connection; a socket needs no TLS."""
    checks = deep(stage.env, "alice").checks
    with stage.env.database.transaction("alice") as connection:
        line = read_line(connection)

    assert line.is_local
    assert "database_tls" not in checks
