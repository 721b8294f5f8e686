// A request as it crosses the network, and its answer: the bytes that HTTP would carry, without HTTP.

export interface Request {
  readonly method: 'GET' | 'POST';
  /** Below `/v1/`. */
  readonly path: string;
  readonly query: Readonly<Record<string, number | string | undefined>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}
