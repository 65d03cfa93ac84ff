/** The one place where htm meets Preact; every component imports its tools from here. */
import htm from "../../vendor/htm.js";
import { h } from "../../vendor/preact.js";

export const html = htm.bind(h);
export { Fragment, render } from "../../vendor/preact.js";
export { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "../../vendor/preact-hooks.js";
export { batch, computed, effect, signal, untracked, useSignal } from "../../vendor/signals.js";
