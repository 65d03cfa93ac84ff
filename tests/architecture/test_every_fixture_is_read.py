"""Every recorded or documented body beside the repository is read by a test, or stands here with the reason.

What stands here is of no use to the product: no line of it is written for a body's own sake (B-10, C-06).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1]
FIXTURES: Final = TESTS.parent / "../shared/fixtures"
_NO_STREAM: Final = "a function keeps no connection open: what it would tell is asked for"
_OTHER_SOURCE: Final = "quotes, chains and Greeks come from the source in use, not from this broker"
_TWS: Final = "the TWS API, which wants a program that stays logged in: the Web API is used"
UNREAD: Final = {
    "alerts/discord_webhook_object_docs.json": "a webhook is made by its owner, and never asked about",
    "alerts/telegram_send_request_markdownv2_derived.json": "messages are HTML, which has less to escape",
    "binance/depth.json": "fills and sizes are judged by the best bid and ask; the book is not asked for",
    "binance/user_account_position.json": _NO_STREAM,
    "binance/user_balance_update.json": _NO_STREAM,
    "binance/user_execution_report.json": _NO_STREAM,
    "binance/user_list_status.json": _NO_STREAM,
    "binance/user_stream_subscribe_signature_request.json": _NO_STREAM,
    "binance/user_stream_subscribe_signature_response.json": _NO_STREAM,
    "history/cboe_delayed_quotes_vix.json": "quotes of now, which history is not made of",
    "ibkr/conids_by_symbol.json": "a client's own table, made of stocks by symbol; no answer of the vendor",
    "ibkr/portfolio2_position_doc.json": "positions are read by pages, which tell an option's symbol",
    "ibkr/portfolio_combo_positions_doc.json": "legs stand among the positions, where all of them are read",
    "ibkr/tws_option_chains_spx_2019.json": _TWS,
    "ibkr/tws_option_ticker_greeks_spx_2019.json": _TWS,
    "ibkr/tws_order_log_states_2019.json": _TWS,
    "ibkr/tws_qualified_option_spx_2019.json": _TWS,
    "ibkr/tws_whatif_order_state_2019.json": _TWS,
    "openrouter/credits.json": "what is spent is added up from each answer's own usage",
    "openrouter/generation.json": "an answer tells its usage itself",
    "openrouter/key_info.json": "a key is the operator's, and its limit is theirs to look at",
    "openrouter/models_list.json": "models are named in the settings, with their prices",
    "orats/cores_v1_earn_excerpt.json": "earnings come from calendars",
    "orats/hist_strikes_2017_first_fields.json": "the first fields alone, without bid and ask",
    "orats/ivrank.json": "the rank of IV is worked out from days kept here",
    "orats/ivrank_2023.json": "the rank of IV is worked out from days kept here",
    "tastytrade/account_streamer_messages.json": _NO_STREAM,
    "tastytrade/api_quote_token_live_shape.json": _NO_STREAM,
    "tastytrade/api_quote_token_sandbox.json": _NO_STREAM,
    "tastytrade/dxlink_greeks_event_fields.json": _NO_STREAM,
    "tastytrade/dxlink_session_messages.json": _NO_STREAM,
    "tastytrade/equities_aapl_spx.json": _OTHER_SOURCE,
    "tastytrade/equity_option_single_spy.json": _OTHER_SOURCE,
    "tastytrade/market_data_by_type_2025.json": _OTHER_SOURCE,
    "tastytrade/option_chain_compact_spy.json": _OTHER_SOURCE,
    "tastytrade/option_chain_detailed_aapl.json": _OTHER_SOURCE,
    "tastytrade/option_chain_nested_spy.json": _OTHER_SOURCE,
    "tradier/fundamentals_corporate_actions.json": "corporate actions are not asked for",
    "tradier/gainloss_many.json": "gains are worked out from fills; the broker's come a night later",
    "tradier/gainloss_paged.json": "gains are worked out from fills; the broker's come a night later",
    "tradier/gainloss_single.json": "gains are worked out from fills; the broker's come a night later",
    "tradier/order_preview_equity_margin.json": "orders are previewed here, for all brokers alike",
    "tradier/stream_account_events.json": _NO_STREAM,
    "tradier/stream_market_events.json": _NO_STREAM,
}


def bodies() -> Iterator[Path]:
    """Yield every body beside the repository; skips where there are none."""
    if not FIXTURES.exists():
        pytest.skip("the shared fixtures are absent")
    for folder in sorted(FIXTURES.iterdir()):
        yield from (path for path in sorted(folder.iterdir()) if path.name != "README.md")


def is_named(body: Path, tests: dict[Path, str]) -> bool:
    """Say whether a test names a body: by its file, or by its stem where the ending is put on."""
    for text in tests.values():
        if f'"{body.name}"' in text or f'/{body.name}"' in text:
            return True
        puts_the_ending_on = re.search(rf"\}}\{body.suffix}\"", text) is not None
        if puts_the_ending_on and f'"{body.parent.name}"' in text and f'"{body.stem}"' in text:
            return True
    return False


def test_every_body_is_read_or_has_its_reason() -> None:
    """B-10, C-06: a new body is read, or put into the table; what is read leaves it."""
    others = {path: path.read_text("utf-8") for path in TESTS.rglob("*.py") if path != Path(__file__)}
    found = {f"{body.parent.name}/{body.name}": is_named(body, others) for body in bodies()}

    assert {name for name, is_read in found.items() if not is_read} == set(UNREAD)
