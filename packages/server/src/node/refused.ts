import { REFUSALS, type Refusal } from '@picostocks/protocol';

/** The door's no: this request added nothing to the log (`outcome_unknown` excepted). */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: Refusal;
  readonly status: number;
  /** The nonce to use now, where it helps. */
  readonly nonce: number | undefined;

  constructor(code: Refusal, extra: { readonly why?: string; readonly nonce?: number } = {}) {
    const { sentence } = REFUSALS[code];
    super(extra.why === undefined ? sentence : `${sentence}: ${extra.why}`);
    this.code = code;
    this.status = REFUSALS[code].status;
    this.nonce = extra.nonce;
  }
}
