/** What can go wrong with a call: the server said no, or nothing (readable) came back. */

/**
 * The server's own refusal, RFC 9457.
 * @typedef {{ field: string, message: string }} FieldError
 */
export class ApiProblem extends Error {
  /**
   * @param {number} status
   * @param {any} body the problem document, or null when the answer held none
   * @param {number | null} retryAfterSeconds
   */
  constructor(status, body, retryAfterSeconds) {
    const detail = typeof body?.detail === "string" ? body.detail : null;
    const title = typeof body?.title === "string" ? body.title : `The server answered ${status}.`;
    super(detail ?? title);
    this.name = "ApiProblem";
    this.status = status;
    this.body = body;
    this.word = typeof body?.type === "string" ? /** @type {string} */ (body.type.split(/[/#:]/).pop()) : "";
    this.retryAfterSeconds = retryAfterSeconds;
    /** @type {FieldError[]} */
    this.errors = Array.isArray(body?.errors)
      ? body.errors.filter((/** @type {any} */ each) => typeof each?.message === "string")
      : [];
  }
}

/** No answer: the network is down, the server unreachable, or it took too long. What happened is not known. */
export class ConnectionLost extends Error {
  constructor() {
    super("No answer from the server.");
    this.name = "ConnectionLost";
  }
}

/** Nothing left this device: it knows that it is offline. */
export class NotSent extends Error {
  constructor() {
    super("Not sent: you are offline.");
    this.name = "NotSent";
  }
}

/** A sentence for the user. @param {unknown} error */
export function sentence(error) {
  if (error instanceof ApiProblem && error.status === 429) {
    const wait = error.retryAfterSeconds;
    return wait === null ? "Too many requests. Try again shortly." : `Too many requests. Try again in ${wait} s.`;
  }
  if (error instanceof Error) return error.message;
  return "Something went wrong.";
}

/**
 * Field errors as a map, the first message per field; leading places (`body.`) cut.
 * @param {unknown} error
 * @returns {Record<string, string>}
 */
export function fieldErrors(error) {
  /** @type {Record<string, string>} */
  const byField = {};
  if (!(error instanceof ApiProblem)) return byField;
  for (const { field, message } of error.errors) {
    const name = String(field ?? "").replace(/^body\./, "");
    byField[name] ??= message;
  }
  return byField;
}
