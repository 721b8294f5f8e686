/** What every call takes. */
export interface CallOptions {
  /** Gives the call up; a command that was on its way then has an unknown outcome. */
  readonly signal?: AbortSignal | undefined;
}
