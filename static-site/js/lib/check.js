/**
 * Validators for what the API answers. Each takes a value and the place it stands at, and gives the value
 * back with its type known, or throws. Unknown fields of an answer are dropped; a missing nullable one is null.
 */

/** An answer that does not have the shape of the contract. */
export class AnswerUnreadable extends Error {
  /**
   * @param {string} place
   * @param {string} expected
   */
  constructor(place, expected) {
    super(`The server's answer could not be read: ${place} is not ${expected}.`);
    this.name = "AnswerUnreadable";
  }
}

/**
 * @template T
 * @typedef {(value: unknown, place: string) => T} Check
 */

/** @type {Check<string>} */
export const text = (value, place) => {
  if (typeof value !== "string") throw new AnswerUnreadable(place, "text");
  return value;
};

/** @type {Check<number>} */
export const number = (value, place) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new AnswerUnreadable(place, "a number");
  return value;
};

/** @type {Check<boolean>} */
export const flag = (value, place) => {
  if (typeof value !== "boolean") throw new AnswerUnreadable(place, "true or false");
  return value;
};

/** @type {Check<any>} A value that is only shown or handed on. */
export const anything = (value) => value ?? null;

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T | null>}
 */
export const nullable = (check) => (value, place) =>
  value === null || value === undefined ? null : check(value, place);

/**
 * @template T
 * @param {Check<T>} check
 * @returns {Check<T[]>}
 */
export const list = (check) => (value, place) => {
  if (!Array.isArray(value)) throw new AnswerUnreadable(place, "a list");
  return value.map((item, index) => check(item, `${place}[${index}]`));
};

/**
 * @template {Record<string, Check<any>>} Fields
 * @param {Fields} fields
 * @returns {Check<{[Name in keyof Fields]: ReturnType<Fields[Name]>}>}
 */
export const shape = (fields) => (value, place) => {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new AnswerUnreadable(place, "an object");
  }
  /** @type {any} */
  const read = {};
  for (const [name, check] of Object.entries(fields)) {
    read[name] = check(/** @type {any} */ (value)[name], `${place}.${name}`);
  }
  return read;
};
