"""Which classes of options trade in pennies: the Penny Interval Program, as far as papertape knows it.

The program (in force since 1 July 2020) covers the 363 most traded classes and is reviewed each January by
the exchanges, who publish the list. What stands here is no copy of it: it names classes that are among the
most traded in every year, and some that are surely outside. Whatever is on neither list counts as not known.
"""

from datetime import date
from typing import Final

#: When this list was looked through last.
AS_OF: Final = date(2026, 1, 2)
SOURCE: Final = "compiled by hand; the program's terms: Cboe Rule 5.4, NYSE Arca Rule 6.72A-O"

#: A cent at every price.
PENNY_THROUGHOUT: Final = frozenset({"SPY", "QQQ", "IWM"})

_FUNDS: Final = (
    "DIA EEM EFA FXI GDX GLD HYG SLV SMH TLT USO UVXY VXX XBI XOP "
    "XLB XLC XLE XLF XLI XLK XLP XLRE XLU XLV XLY"
)
_SHARES: Final = (
    "AAL AAPL AMD AMZN BA BABA BAC C CAT COST CRM CSCO CVX DAL DIS F GE GM GOOG GOOGL GS IBM INTC JNJ JPM "
    "KO MCD META MRK MSFT MU NFLX NKE NVDA ORCL PFE PG PLTR PYPL QCOM SBUX T TGT TSLA UBER UPS V VZ WFC WMT "
    "XOM"
)
#: A cent under 3 dollars, a nickel from there on.
PENNY_CLASSES: Final = frozenset(f"{_FUNDS} {_SHARES}".split())
#: Surely outside the program: a nickel under 3 dollars, a dime from there on.
NICKEL_CLASSES: Final = frozenset({"SPX", "SPXW", "NDX", "NDXP", "RUT", "RUTW", "VIX", "VIXW"})
