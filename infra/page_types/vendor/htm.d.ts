/** htm, bound to Preact's `h`: markup in a template becomes elements; what it is given is not checked. */
type Html = (strings: TemplateStringsArray, ...values: any[]) => any;
declare const htm: { bind(h: unknown): Html };
export default htm;
