"""The kill switch, and how the desk stands."""

from typing import Literal

from chalicelib.api.responses.account import Market
from chalicelib.api.responses.base import InstantText, Number, ResponseModel
from chalicelib.api.responses.desk import BotSwitch

ModeWord = Literal["off", "safe_mode", "hard_stop"]


class SwitchRow(ResponseModel):
    """One cause in force: whose entries it stops, who set it when, and what ends it."""

    scope: Literal["desk", "user", "global"]
    mode: Literal["safe_mode", "hard_stop"]
    cause: Literal[
        "person",
        "vix_backwardation",
        "macro_window",
        "missing_data",
        "daily_loss",
        "cap_breach",
        "var_breach",
        "evaluation_failed",
        "unreadable",
    ]
    detail: str
    set_by: str
    set_at: InstantText | None
    lifts_when: str


class LeftOver(ResponseModel):
    """What a broker still shows, short below 0; of one that cannot be read what the books hold."""

    symbol: str
    quantity: Number


class KillSwitch(ResponseModel):
    """What is in force. `flat`: every broker shows no position and no working order, and no trade goes on."""

    mode: ModeWord
    flat: bool
    left: list[LeftOver]
    rows: list[SwitchRow]


class SwitchShown(ResponseModel):
    """What is in force."""

    mode: ModeWord
    rows: list[SwitchRow]


class LastScan(ResponseModel):
    """When entries were scanned for, and how many strategies came to what."""

    at: InstantText
    age_s: Number
    strategies: int
    entering: int
    rejected: int
    blocked: int
    failed: int


class DataAge(ResponseModel):
    """Of when something is."""

    as_of: InstantText
    age_s: Number


class DataAges(ResponseModel):
    """How old what is decided by is; null: never read. `macro_windows` are told by the operator."""

    marks: DataAge | None
    account: DataAge | None
    vix: DataAge | None
    bars: DataAge | None
    earnings: DataAge | None
    dividends: DataAge | None
    iv_history: DataAge | None
    macro_windows: DataAge | None


class Status(ResponseModel):
    """How the desk stands."""

    bot: BotSwitch
    kill_switch: SwitchShown
    last_scan: LastScan | None
    last_exit_scan_at: InstantText | None
    data_ages: DataAges
    market: Market
