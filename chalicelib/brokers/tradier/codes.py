"""What Tradier's refusal codes mean, in its own sentences ("Error Responses" of its documentation).

The misspelt codes are the vendor's. Sentences with gaps for numbers are given without them.
"""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    "AccountDisabled": "Account is disabled for trading.",
    "AccountIsNotApproved": "Account is not approved for trading.",
    "AccountMarginRuleViolation": "Margin rules prohibit this transaction.",
    "AssetTradingNotConfiguredForAccount": "The order requested is not available for your account.",
    "BuyStopOrderStopPriceLessAsk": (
        "Buy Stop order must have a Stop price greater than the current Ask price"
    ),
    "ContingentOrderExecution": "Placement condition of a contingent order",
    "DayTraderPatternRestriction": "Your day trade limit exceeded.",
    "DayTradingBuyingPowerExceeded": "There is not enough day trading buying power for the requested order",
    "ExpirationDateUndefined": "Expiration date for option is not defined",
    "IncorrectOrderQuantity": "Quantity should be between 1 and 10,000,000",
    "IncorrectTimeInForce": "Time In Force (Day or GTC) is not defined",
    "IndexOptionsOneExparyDate": (
        "Multi Leg Orders with Index options must have all legs within 1 expiration date. Time "
        "spreads are not allowed on Index Options"
    ),
    "InitialMargin": "You do not have enough buying power for this trade",
    "InvalidOrderExpiration": "Expiration date must be greater than the current date",
    "LimitPriceUndefined": "Limit price is not valid. Please check the price entered",
    "LongOptionTradingDeniedForAccount": "Account is restricted for option trading.",
    "LongPositionCrossZero": (
        "Sell order is for more shares than your current long position, please review current "
        "position quantity along with open orders for security."
    ),
    "MaintenanceMargin": "You do not have enough buying power for this trade",
    "MarketOrderIsGtc": "You cannot place market orders with GTC, only day orders are allowed",
    "OcoExpirationTypeNotTheSame": "Expiration type of OCO orders must be the same",
    "OcoOrderWithOppositeLegs": (
        "You cannot place OCO order with orders for the same security and with opposite trade direction"
    ),
    "OcoPriceDifferenceIsLessThanDelta": "OCO price difference should be at least $0.10",
    "OmsInternalError": "Your order could not be processed.",
    "OmsUnavailable": "Trading services are not available online currently",
    "OptionLevelRestriction": "Your account does not have the option level permission for this trade.",
    "OptionTypeUndefined": "Type of option (call or put) is not defined",
    "OrderContingentChangeNotAllowed": "Change of order's contingent is not allowed",
    "OrderIsNotAllowedForAccount": "Order is not allowed. Account trading restriction: closing orders only",
    "OrderPriceIsInvalid": "The order's price is too far from the market price",
    "OrderQuantity": "You cannot place orders with quantity less than 1",
    "OrderWithDifferentSide": (
        "You cannot have pending orders with different sides for selected symbol where one is a "
        "MARKET order. You must close another pending order in order to place a SHORT order, or try"
        " a limit order instead"
    ),
    "OtoFirstLesIsMarketNotAllowed": "First market order in OTO is not allowed",
    "OtoOcoMarketNotAllowed": "OCO market orders are not allowed",
    "OtoOcoTrailingNotAllowed": "OTO/OCO trailing orders are not allowed",
    "QuotePriceIsInvalid": "There is no quote for the symbol requested",
    "SecurityUndefined": "Symbol does not exist.",
    "SellShortOrderLastPriceBelow5": "Sell Short order cannot be placed for stock priced below $5",
    "SellStopOrderStopPriceGreaterBid": "Sell Stop order must have a Stop price less than the Bid price",
    "ShortOptionTradingDeniedForAccount": "Account is restricted for option trading.",
    "ShortOrderIsGtc": "You cannot place short stock orders with GTC, only day orders are allowed",
    "ShortPositionCrossZero": (
        "Buy order is for more shares than your current short position, please review current "
        "position quantity along with open orders for security."
    ),
    "ShortStockTradingDeniedForAccount": "Account is restricted from short sales.",
    "ShortTradingDeniedForSecurity": "This symbol is not available for short sales.",
    "SpreadTradingDeniedForAccount": "Account is restricted for spread trading.",
    "StopPriceUndefined": "Stop price is not defined",
    "StrikePriceUndefined": "Strike price for option leg is not defined",
    "TooSmallEquityForDayTrading": "Pattern Day Trader Rule violation: Equity balance fell below $25,000",
    "TotalInitialMargin": "You do not have enough buying power for this trade",
    "TradeNonStandartOptions": "You cannot place an order with non standard options",
    "TradingDeniedForAccount": "Account is restricted for trading.",
    "TradingDeniedForSecurity": "This asset class is restricted for trading",
    "UnexpectedBuyOrder": (
        "Buy order cannot be placed to cover short position, order must be placed as a Buy to Cover"
    ),
    "UnexpectedBuyOrderOption": (
        "Buy To Open order cannot be placed to close a short option position, order must be placed "
        "as a Buy to Close"
    ),
    "UnexpectedBuyToCoverOrder": (
        "Buy To Cover order cannot be placed unless closing a short position, please check open orders."
    ),
    "UnexpectedBuyToCoverOrderOption": (
        "Buy To Close order cannot be placed unless closing a short option position, please check "
        "open orders."
    ),
    "UnexpectedSellOrder": (
        "Sell order cannot be placed unless you are closing a long position, please check open orders."
    ),
    "UnexpectedSellOrderOption": (
        "Sell to Close order cannot be placed unless you are closing a long option position, please"
        " check open orders."
    ),
    "UnexpectedSellShortOrder": (
        "Sell short order cannot be placed while you have a current long position, please check open orders."
    ),
    "UnexpectedSellShortOrderOption": (
        "Sell to Open order cannot be placed while you have a current long option position, please "
        "check open orders."
    ),
    "UserDisabled": "Account is disabled for trading.",
    "WashTradeAttempt": (
        "You are unable to place orders on the same security and same price in different direction"
    ),
    "PreMarketTradingUnavailable": "Pre-market trading is currently unavailable.",
    "OpeningOrdersForOTCBBNotAccepted": (
        "Tradier Brokerage does not accept opening orders for OTC-BB and Pink Sheet securities"
    ),
    "LimitOrderRequiredDueToPriceVolatility": "Due to price volatility a limit order must be placed.",
    "LimitOrderRequiredOutsideMarketHours": (
        "Outside of market hours this order is required to be placed at a limit price."
    ),
    "OrderFailedPriceRangeAggressive": (
        "Order failed PriceRange - AGGRESSIVE: the price is too far beyond the reference price"
    ),
}

#: Codes that say the account lacks the money for the order.
BUYING_POWER_CODES: Final = frozenset(
    {"InitialMargin", "MaintenanceMargin", "TotalInitialMargin", "DayTradingBuyingPowerExceeded"}
)
