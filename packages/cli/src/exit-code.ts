/** What the process answers to its shell; stable, and part of `picostocks --help`. */
export const EXIT_CODES = { ok: 0, refused: 1, usage: 2, unreachable: 3, unknown: 4 } as const;
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

export const EXIT_CODE_HELP = `Exit codes:
  0  done
  1  the exchange rejected or refused the request, or the server could not run
  2  wrong usage: arguments, options, key file
  3  the exchange cannot be reached; nothing was done
  4  the outcome is unknown: the command may or may not count`;
