"""Every call of api.md, one entry each: who may make it, what it takes, what it answers.

`app.py` registers what stands here, and `openapi.py` describes it; a call that is not in this table does not
exist. One module for each area.
"""

from typing import Final

from chalicelib.api.routes.ai import AI
from chalicelib.api.routes.ai_positions import AI_POSITIONS
from chalicelib.api.routes.ai_records import AI_RECORDS
from chalicelib.api.routes.backtests import BACKTESTS
from chalicelib.api.routes.connections import CONNECTIONS
from chalicelib.api.routes.desk import DESK
from chalicelib.api.routes.kill_switch import KILL_SWITCH
from chalicelib.api.routes.knowledge import KNOWLEDGE
from chalicelib.api.routes.market import MARKET
from chalicelib.api.routes.own import OWN
from chalicelib.api.routes.public import PUBLIC
from chalicelib.api.routes.reconcile import RECONCILE
from chalicelib.api.routes.reports import REPORTS
from chalicelib.api.routes.settings import SETTINGS
from chalicelib.api.routes.sign_in import SIGN_IN
from chalicelib.api.routes.told_market import TOLD_MARKET
from chalicelib.api.routes.trades import TRADES
from chalicelib.api.routes.users import USERS

ROUTES: Final = (
    *TRADES,
    *OWN,
    *MARKET,
    *DESK,
    *BACKTESTS,
    *AI,
    *AI_POSITIONS,
    *AI_RECORDS,
    *KILL_SWITCH,
    *SETTINGS,
    *CONNECTIONS,
    *SIGN_IN,
    *USERS,
    *RECONCILE,
    *REPORTS,
    *TOLD_MARKET,
    *PUBLIC,
    *KNOWLEDGE,
)
