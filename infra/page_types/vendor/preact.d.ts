/** What the page uses of Preact. */
export type ComponentChild = object | string | number | bigint | boolean | null | undefined;
export type VNode = object;
export function h(type: unknown, props: object | null, ...children: ComponentChild[]): VNode;
export function render(what: ComponentChild, into: Element): void;
export const Fragment: (props: { children?: ComponentChild }) => VNode;
