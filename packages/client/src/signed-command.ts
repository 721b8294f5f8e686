/** A command under one nonce, signed: every send of it is the same bytes. */
export interface SignedCommand {
  readonly nonce: number;
  /** Below `/v1/`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** The bytes that were signed, as the log would hold them. */
  readonly message: Uint8Array<ArrayBuffer>;
}

export const JSON_HEADERS = { 'content-type': 'application/json' } as const;
