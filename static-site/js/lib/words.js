/** Words for the contract's enumerations. An unknown word is shown as it came, in lower case. */

/** @param {Record<string, string>} table @returns {(word: string | null) => string} */
export const named = (table) => (word) =>
  word === null ? "—" : (table[word] ?? word.replaceAll("_", " ").toLowerCase());

export const statusName = named({
  PENDING: "Pending",
  PARTIALLY_FILLED: "Part filled",
  OPEN: "Open",
  CLOSING: "Closing",
  CLOSED: "Closed",
  EXPIRED: "Expired",
  CANCELED: "Canceled",
});

export const reasonName = named({
  TP_HIT: "Target hit",
  SL_HIT: "Stop hit",
  MANUAL_CLOSE: "Closed by you",
  EXPIRED_OTM: "Expired worthless",
  EXPIRED_ITM: "Expired in the money",
  EXERCISED: "Exercised",
  LIQUIDATED_BY_BROKER: "Liquidated by broker",
  BROKER_RESET: "Broker reset",
  KILL_SWITCH: "Kill switch",
  STRATEGY_EXIT: "Strategy exit",
  DRAWDOWN_LIMIT: "Drawdown limit",
  REJECTED: "Rejected by broker",
  CANCELED: "Canceled by you",
  UNFILLED: "Not filled",
  NOT_PLACED: "Not placed",
});

const MODE_NAMES = {
  PAPER: "Paper",
  TRADIER_SANDBOX: "Sandbox",
  TRADIER_LIVE: "Live",
  TASTYTRADE_CERT: "tastytrade",
  TASTYTRADE_LIVE: "tastytrade live",
  IBKR_PAPER: "Interactive Brokers",
  IBKR_LIVE: "Interactive Brokers live",
  SCHWAB_LIVE: "Schwab",
  BINANCE_TESTNET: "Testnet",
  BINANCE_LIVE: "Live coins",
  IMPORTED: "Imported",
};
export const modeName = named(MODE_NAMES);
/** Where a trade may have been. */
export const MODES = Object.keys(MODE_NAMES);

/** Money of an exchange's own practice ground: neither ours nor real. @param {string | null} mode */
export const isTestnet = (mode) => mode?.endsWith("_TESTNET") ?? false;

export const connectionStateName = named({ NONE: "Not connected", OK: "Connected", EXPIRING: "Ends soon", EXPIRED: "Ended", REFUSED: "Refused" });

/** Whether trades of a mode are real money. The one place that says so, whichever broker comes next. @param {string | null} mode */
export const isRealMoney = (mode) => mode?.endsWith("_LIVE") ?? false;

export const modeLongName = named({
  PAPER: "Paper, built-in simulator",
  TRADIER_SANDBOX: "Paper, Tradier sandbox",
  TRADIER_LIVE: "Live, Tradier",
  TASTYTRADE_CERT: "Paper, tastytrade certification",
  TASTYTRADE_LIVE: "Live, tastytrade",
  IBKR_PAPER: "Paper, Interactive Brokers",
  IBKR_LIVE: "Live, Interactive Brokers",
  SCHWAB_LIVE: "Live, Schwab",
  BINANCE_TESTNET: "Paper, Binance testnet",
  BINANCE_LIVE: "Live, Binance",
});

export const roleName = named({
  ENTRY: "Entry",
  STOP_LOSS: "Stop",
  TAKE_PROFIT: "Target",
  EXIT: "Close",
});

export const orderStatusName = named({
  INTENT: "Not sent yet",
  SENT: "Sent",
  UNKNOWN: "Outcome unknown",
  PENDING: "Pending",
  OPEN: "Working",
  PARTIALLY_FILLED: "Part filled",
  FILLED: "Filled",
  CANCELED: "Canceled",
  REJECTED: "Rejected",
  EXPIRED: "Expired",
});

export const changeStateName = named({
  PENDING: "Waiting",
  APPLIED: "Done",
  VETOED: "Vetoed",
  SUPERSEDED: "Replaced",
  FAILED: "Failed",
});

export const actorName = named({ user: "You", broker: "Broker", system: "papertape" });

export const triggerName = named({ USER_MANUAL: "You", RULE_ENGINE: "Rule", AI_ANALYSIS: "AI" });

export const limitName = named({
  max_positions: "Open positions",
  daily_loss_limit: "Loss today",
  heat_limit_pct: "Heat",
  quota: "What you may keep",
  kill_switch: "Kill switch",
  collateral: "Cash or shares to set aside",
});

export const structureName = named({
  LONG_CALL: "Long call",
  LONG_PUT: "Long put",
  SHORT_CALL: "Short call",
  SHORT_PUT: "Cash-secured put",
  COVERED_CALL: "Covered call",
  PROTECTIVE_PUT: "Protective put",
  COLLAR: "Collar",
  VERTICAL: "Vertical",
  RATIO_SPREAD: "Ratio spread",
  CALENDAR: "Calendar",
  DIAGONAL: "Diagonal",
  STRADDLE: "Straddle",
  STRANGLE: "Strangle",
  BUTTERFLY: "Butterfly",
  BROKEN_WING_BUTTERFLY: "Broken-wing butterfly",
  CONDOR: "Condor",
  IRON_CONDOR: "Iron condor",
  IRON_FLY: "Iron fly",
  REVERSE_IRON_CONDOR: "Reverse iron condor",
  REVERSE_IRON_FLY: "Reverse iron fly",
  SHARES: "Shares",
  CUSTOM: "Own legs",
});

/** Who gave quotes. */
export const vendorName = named({ orats: "ORATS", tradier: "Tradier", tastytrade: "tastytrade", binance: "Binance" });

/** How shares came that nobody asked for. */
export const originName = named({ ASSIGNED: "assigned", EXERCISED: "exercised" });

/** Shares alone: delivered by an exercise or an assignment. @param {{ legs: { instrument: string }[] }} trade */
export const holdsShares = ({ legs }) => legs.length > 0 && legs.every(({ instrument }) => instrument === "EQUITY");

/** @param {{ legs: { side: string }[] }} trade */
export const sharesText = ({ legs }) => (legs[0].side === "SHORT" ? "shares short" : "shares");

/** @param {{ ticker: string, option_type: string | null, strike: number | null }} trade */
export const isOption = (trade) => trade.option_type !== null && trade.strike !== null;
