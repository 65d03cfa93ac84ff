/** What the page uses of lean-qr: a code as a square of dark and light modules. */
export interface Code {
  readonly size: number;
  get(x: number, y: number): boolean;
}
export function generate(text: string): Code;
