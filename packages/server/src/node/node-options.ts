/** How a node serves. Nothing here decides what an entry does; that is the log's alone. */
export interface NodeOptions {
  readonly host: string;
  readonly port: number;
  /** Several nodes share the port. */
  readonly reusePort: boolean;
  /** A node answers or gives up within this time. */
  readonly deadlineMs: number;
  /** A request must have arrived whole within this time. */
  readonly requestTimeoutMs: number;
  /** Commands on their way to the log, of all users of this node; and as many whose signature is being verified. */
  readonly inFlightMax: number;
  /** Requests a second from one address to this node; 0: no limit. Loopback of a sandbox is never limited. */
  readonly requestsPerSecond: number;
  /** Rejected commands a second of one user at this node, since each is stored for ever; 0: no limit. */
  readonly rejectionsPerSecond: number;
  /** Addresses of proxies whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Whether anyone may read the entries of the log. Default true; heads and proofs are for everybody. */
  readonly auditLog?: boolean;
  /** PEM; with them the node speaks HTTPS and nothing else. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly logLevel: string;
}
