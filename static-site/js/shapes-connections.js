/** Brokers as they can be connected, and how long each login lasts. */
import { flag, list, nullable, shape, text } from "./lib/check.js";

/** `credentials`: what connecting asks for, by name; none where the broker is ours. @typedef {ReturnType<typeof connection>} Connection */
export const connection = shape({
  broker: text,
  environment: text,
  broker_mode: text,
  account_id: nullable(text),
  state: text,
  expires_at: nullable(text),
  last_ok_at: nullable(text),
  reason: nullable(text),
  credentials: list(text),
  in_browser: flag,
  live_enabled: flag,
});

/** Where a broker's user lets this program in. */
export const brokerPage = shape({ url: text });
