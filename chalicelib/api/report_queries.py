"""Query values of reports."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from chalicelib.api.fields import CalendarDate, RequestModel
from chalicelib.api.queries import read_digits

ReportDays = Annotated[int, Field(ge=1, le=366), BeforeValidator(read_digits)]


class DailyReportQuery(RequestModel):
    """Which day, as New York has it; today without one."""

    date: CalendarDate | None = None


class StrategyReportQuery(RequestModel):
    """Over how many days, today included."""

    days: ReportDays = 30
