"""Query values of reports."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from chalicelib.api.fields import CalendarDate, RequestModel
from chalicelib.api.queries import PerformanceQuery, read_digits


def _level(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"\d{1,6}(\.\d{1,4})?", value) and float(value) > 0:
        return float(value)
    raise ValueError("must be per cents above 0")


Level = Annotated[float, BeforeValidator(_level), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]
ReportDays = Annotated[int, Field(ge=1, le=366), BeforeValidator(read_digits)]


class DailyReportQuery(RequestModel):
    """Which day, as New York has it; today without one."""

    date: CalendarDate | None = None


class StrategyReportQuery(RequestModel):
    """Over how many days, today included."""

    days: ReportDays = 30


class BracketsQuery(PerformanceQuery):
    """Over which ended trades, and the point that is asked for, in per cent of the risk basis."""

    sl: Level | None = None
    tp: Level | None = None
