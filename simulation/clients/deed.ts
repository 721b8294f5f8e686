// A deed: one thing that a client wanted done, whatever it took. Its client may have signed it several
// times under several nonces; it must count at most once, and exactly as the client was told.

export type DeedOutcome =
  | { readonly kind: 'applied'; readonly sequence: number }
  | { readonly kind: 'rejected'; readonly sequence: number; readonly reason: string }
  /** Nothing of it is in the log. */
  | { readonly kind: 'refused'; readonly code: string };

export interface Signed {
  readonly message: Uint8Array;
  /** Hexadecimal. */
  readonly signature: string;
}

export class Deed {
  readonly owner: string;
  readonly what: string;
  /** In the order of signing. */
  readonly signed: Signed[] = [];
  outcome: DeedOutcome | undefined;
  /** What the answer said that it did, once it is applied. */
  result: Readonly<Record<string, unknown>> = {};

  constructor(owner: string, what: string) {
    this.owner = owner;
    this.what = what;
  }

  get signatures(): string[] {
    return this.signed.map(({ signature }) => signature);
  }
}
