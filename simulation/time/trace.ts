// What happened, as lines: a digest over all of them, and the last ones for who looks into a violation.
//
// Two runs of one seed must end with the same digest; that is how the simulation itself is tested.
// The whole trace is not kept: a long run would not fit into memory.

const KEPT = 60;
const LINE_MAX = 240;

export class Trace {
  #digest = 0x811c9dc5;
  #second = 0x9747b28c;
  readonly #lines: string[] = [];
  readonly #now: () => { micros: number; steps: number };
  readonly #echo: ((line: string) => void) | undefined;

  constructor(now: () => { micros: number; steps: number }, echo?: (line: string) => void) {
    this.#now = now;
    this.#echo = echo;
  }

  note(text: string): void {
    const { micros, steps } = this.#now();
    const line = `${(micros / 1e6).toFixed(6)} #${steps} ${text}`;
    for (let index = 0; index < line.length; index += 1) {
      const code = line.charCodeAt(index);
      this.#digest = Math.imul(this.#digest ^ code, 0x01000193);
      this.#second = Math.imul(this.#second ^ code, 0x5bd1e995) ^ (this.#second >>> 13);
    }
    this.#lines.push(line.slice(0, LINE_MAX));
    if (this.#lines.length > 2 * KEPT) this.#lines.splice(0, KEPT);
    this.#echo?.(line);
  }

  get digest(): string {
    const word = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return word(this.#digest) + word(this.#second);
  }

  get last(): readonly string[] {
    return this.#lines.slice(-KEPT);
  }
}
