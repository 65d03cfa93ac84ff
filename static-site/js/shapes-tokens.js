/** The shapes of what lets its holder in: personal tokens, and what an authenticator app is given. */
import { nullable, shape, text } from "./lib/check.js";

const personalTokenFields = {
  id: text,
  name: text,
  scope: text,
  last4: text,
  created_at: text,
  expires_at: nullable(text),
  last_used_at: nullable(text),
};

/** @typedef {ReturnType<typeof personalToken>} PersonalToken */
export const personalToken = shape(personalTokenFields);
/** A token just made; its secret comes this once. @typedef {ReturnType<typeof newPersonalToken>} NewPersonalToken */
export const newPersonalToken = shape({ ...personalTokenFields, token: text });

/** What an authenticator app is given. @typedef {ReturnType<typeof newFactor>} NewFactor */
export const newFactor = shape({ secret: text, otpauth: text });
