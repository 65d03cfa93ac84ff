/** What Binance's public market streams push, as far as the page hears it: the last trade of a pair (aggTrade). Pure. */

/** @typedef {{ symbol: string, price: number, atMs: number }} Traded */

/** @param {string} symbol */
export const streamOf = (symbol) => `${symbol.toLowerCase()}@aggTrade`;

/** @param {string} base a host, as configured @param {string[]} symbols */
export const streamAddress = (base, symbols) => `${base}/stream?streams=${symbols.map(streamOf).join("/")}`;

/** @param {unknown} text @returns {Traded | "ending" | null} null: an answer, or another event */
export function readMessage(text) {
  const data = parsed(text);
  if (data?.e === "serverShutdown") return "ending";
  if (data?.e !== "aggTrade" || typeof data.s !== "string") return null;
  const [price, atMs] = [Number(data.p), Number(data.T)];
  return Number.isFinite(price) && price > 0 && Number.isFinite(atMs) ? { symbol: data.s, price, atMs } : null;
}

/** A combined stream wraps what it pushes. @param {unknown} text @returns {any} */
function parsed(text) {
  try {
    const whole = JSON.parse(String(text));
    return whole?.data ?? whole;
  } catch {
    return null; // what nobody can read is no price
  }
}
