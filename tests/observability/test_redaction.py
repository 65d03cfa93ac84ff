"""No secret reaches a log line, whatever it looks like and wherever it stands (A-12, A-17)."""

import io
import json
import logging
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.observability.facts import bound, note, present_facts, user_fact
from chalicelib.observability.json_lines import JsonLines
from chalicelib.observability.logs import TextFormatter
from chalicelib.observability.redaction import REDACTED, LearningSealer, Redactor
from chalicelib.security.sealing import AesSealer, KeyRing

WORDS = st.text(string.ascii_letters + string.digits + "-_", min_size=24, max_size=64)
AROUND = st.text(string.ascii_letters + " .,:;/()'\"\n", max_size=40)


def told(record_of: str, *arguments: object, redactor: Redactor | None = None, **extra: object) -> list[str]:
    """Return a message as both formatters write it."""
    known = redactor or Redactor()
    record = logging.LogRecord("papertape.test", logging.INFO, "x.py", 1, record_of, arguments, None)
    record.__dict__.update(extra)
    return [JsonLines(known).format(record), TextFormatter(known).format(record)]


SHAPES = {
    "authorization": "Authorization: Bearer {}",
    "bearer": "sent with bearer {}",
    "header dict": "{{'authorization': 'Bearer {}'}}",
    "query": "GET https://api.orats.io/datav2/strikes?token={}&ticker=SPY",
    "telegram": "POST https://api.telegram.org/bot12345678:{}/sendMessage",
    "telegram token": "the bot 12345678:{} is gone",
    "discord": "POST https://discord.com/api/webhooks/12345/{}?wait=true",
    "personal token": "pt_{}",
    "secret of webhooks": "pth_{}",
    "web token": "eyJ{}.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "sealed": "v1.key-1.{}",
    "password": "postgresql://papertape_app:{}@db.example/papertape",
    "libpq": "host=db password={} user=papertape_app",
    "json": '{{"refresh_token": "{}"}}',
    "header of a cookie": "Set-Cookie: refresh={}; HttpOnly",
    "cookie": "set refresh_token={}; HttpOnly",
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@given(secret=WORDS)
def test_what_looks_like_a_secret_is_taken_out(shape: str, secret: str) -> None:
    """In the message, an argument, an extra field, and in an exception's text."""
    text = shape.format(secret)
    lines = [*told(text), *told("it was %s", text), *told("it was", detail={"deep": [text], "token": secret})]

    assert not any(secret in line for line in lines)
    assert all(REDACTED in line for line in lines[:4])


@given(secret=st.text(min_size=6, max_size=60).filter(lambda text: text.strip() == text), around=AROUND)
def test_what_was_sealed_or_opened_is_taken_out_whatever_it_looks_like(secret: str, around: str) -> None:
    """Every secret comes by the sealer, and the redactor learns it there."""
    redactor = Redactor()
    sealer = LearningSealer(AesSealer(KeyRing({"k1": bytes(32)}, current="k1"), bytes), redactor)
    opened = sealer.open(sealer.seal(secret, owner="alice", field="f"), owner="alice", field="f")

    assert opened == secret
    assert secret not in redactor.text(f"{around}{secret}{around}").replace(REDACTED, "")


def test_a_row_that_the_database_refused_is_not_told() -> None:
    """Its values are somebody's; which constraint it broke is what operators need."""
    refused = (
        'new row for relation "user_settings" violates check constraint "user_settings_heat"\n'
        "DETAIL:  Failing row contains (alice, my-note, 5000.00).\n"
        "DETAIL:  Key (username, name)=(alice, my-note) already exists."
    )
    for line in told(refused):
        assert "user_settings_heat" in line
        assert "alice" not in line
        assert "my-note" not in line


def test_an_exceptions_text_is_no_way_round() -> None:
    """A traceback's last line holds the error's own words."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    redactor = Redactor()
    redactor.learn("hunter2-hunter2")
    logger = logging.Logger("test")
    logger.addHandler(handler)
    for formatter in (JsonLines(redactor), TextFormatter(redactor)):
        handler.setFormatter(formatter)
        try:
            raise ValueError("no access for hunter2-hunter2 with token=abcdef123456")
        except ValueError:
            logger.exception("it failed")

    assert "hunter2" not in stream.getvalue()
    assert "abcdef123456" not in stream.getvalue()
    assert stream.getvalue().count("ValueError") >= 2


def test_ordinary_words_stay() -> None:
    redactor = Redactor()
    for text in (
        "AAPL stop at 214.50 moved to 220.00 at 2026-02-19T14:40:00Z",
        "trade 019c7512-2a00-7000-8000-000000000001 OPEN>CLOSED",
        "job sync took 1.25 s for 40 accounts",
    ):
        assert redactor.text(text) == text


def test_the_newest_secrets_are_remembered() -> None:
    """What one container remembers is bounded."""
    redactor = Redactor()
    for number in range(3_000):
        redactor.learn(f"secret-number-{number:05}")

    assert redactor.text("secret-number-02999") == REDACTED
    assert redactor.text("secret-number-00000") == "secret-number-00000"


def read_json(line: str) -> dict[str, Any]:
    """Read a line of JSON."""
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_a_line_carries_the_facts_of_its_moment() -> None:
    """A-17: request, run and trade ids; a user by a hash."""
    with bound(request_id="r-1"):
        note(user=user_fact("alice"))
        with bound(trade_id="t-1"):
            inside = read_json(told("moved")[0])
        outside = read_json(told("answered")[0])

    assert (inside["request_id"], inside["trade_id"], inside["message"]) == ("r-1", "t-1", "moved")
    assert "trade_id" not in outside
    assert outside["user"] == user_fact("alice") != user_fact("bob")
    assert "alice" not in json.dumps(outside)
    assert present_facts() == {}
    assert outside["timestamp"].endswith("+00:00")
    assert (outside["level"], outside["name"], outside["service"]) == (
        "INFO",
        "papertape.test",
        "papertape",
    )
