/** A trade's detail, fetched when one is first unfolded: charts and tables are no part of the first view. */
import { lazy } from "./lazy.js";

export const LazyDetail = lazy("the detail", async () => (await import("./trade-detail.js")).TradeDetail, { isSoon: true });
