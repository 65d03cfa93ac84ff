/** Classes of one underlying that expire on one day: of an index the one that settles on the close before the one that settles on the open. */

/** @typedef {import("../shapes.js").Contract} Contract */

const CONTRACT_SIZE = 100;

/** A contract that was adjusted is shown nowhere: it cannot be opened. @param {Contract} contract */
const isStandard = ({ root, multiplier }) => multiplier === CONTRACT_SIZE && !/\d/.test(root);

/** `SPXW` before `SPX` @param {Contract[]} contracts */
export const rootsOf = (contracts) =>
  [...new Set(contracts.filter(isStandard).map((each) => each.root))].sort((one, other) => other.length - one.length || (one < other ? -1 : 1));

/** The chain of one class: the wanted one where it is listed. @template {{ items: Contract[] }} Chain @param {Chain} chain @param {string} wanted @returns {Chain} */
export function ofRoot(chain, wanted) {
  const roots = rootsOf(chain.items);
  const root = roots.includes(wanted) ? wanted : roots[0];
  return { ...chain, items: chain.items.filter((each) => each.root === root && isStandard(each)) };
}
