/** What every call takes. */
export interface CallOptions {
  /** Gives the call up; a command that was on its way then has an unknown outcome. */
  readonly signal?: AbortSignal | undefined;
}

/** What every command in an envelope takes. */
export interface SendCommandOptions extends CallOptions {
  /** How long after it was signed the command may still be sequenced. Default 60,000. */
  readonly lifeMs?: number | undefined;
}
