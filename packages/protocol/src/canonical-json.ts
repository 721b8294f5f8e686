/**
 * Parses JSON that is written in its one spelling: no spaces, no duplicate keys, one way to write
 * each number and string. Anything else is `undefined` (docs/protocol.md §3.3).
 */
export function parseCanonicalJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
