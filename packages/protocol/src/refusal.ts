// Why the door says no: nothing of this request was added to the log. 429 and 503 say nothing about
// an earlier send of the same bytes; 504 is the one answer after which the outcome is unknown.

interface RefusalRule {
  readonly status: number;
  readonly sentence: string;
}

export const REFUSALS = {
  malformed: { status: 400, sentence: 'the request is malformed' },
  wrong_exchange: { status: 400, sentence: 'the command was signed for another exchange' },
  expired: { status: 400, sentence: 'the command has expired' },
  not_while_running: { status: 400, sentence: 'only a stopped exchange can be recovered' },
  unknown_command: { status: 400, sentence: 'no command has this type' },
  nonce_used: { status: 400, sentence: 'the nonce was used by another command' },
  nonce_ahead: { status: 400, sentence: 'the nonce is ahead and its turn did not come in time' },
  registration_closed: { status: 400, sentence: 'only an operator may register a user here' },
  bad_proof: { status: 400, sentence: 'the new key did not sign the proof' },
  bad_signature: { status: 401, sentence: 'the signature does not verify' },
  key_not_current: { status: 401, sentence: "the signing key is not the user's current key" },
  read_not_signed: { status: 401, sentence: 'this is read with a signature' },
  read_forbidden: { status: 403, sentence: 'this key may not read that' },
  log_not_public: { status: 403, sentence: 'the entries of this log are not public' },
  unknown_user: { status: 404, sentence: 'no user has this id' },
  stock_not_found: { status: 404, sentence: 'no asset has this id' },
  market_not_found: { status: 404, sentence: 'these two assets have no market' },
  order_not_found: { status: 404, sentence: 'this user never had such an order' },
  deposit_not_found: { status: 404, sentence: 'no deposit has this id' },
  withdrawal_not_found: { status: 404, sentence: 'no withdrawal has this id' },
  result_not_found: { status: 404, sentence: 'no command of this user has used this nonce' },
  entry_not_found: { status: 404, sentence: 'the log has no entry with this number' },
  log_segment_missing: {
    status: 404,
    sentence: 'the entry is in a part of the log that is kept elsewhere',
  },
  head_not_found: { status: 404, sentence: 'no head that covers this was signed yet' },
  liabilities_not_found: { status: 404, sentence: 'no liabilities were published with this head' },
  liability_not_found: { status: 404, sentence: 'the user had nothing of this asset at this head' },
  proof_not_kept: { status: 404, sentence: 'proofs are kept for the newest publications only' },
  not_found: { status: 404, sentence: 'there is nothing at this address' },
  method_not_allowed: { status: 405, sentence: 'this address does not take this method' },
  request_timeout: { status: 408, sentence: 'the request did not arrive in time' },
  too_large: { status: 413, sentence: 'the request is too large' },
  uri_too_long: { status: 414, sentence: 'a part of the address is too long' },
  unsupported_media_type: {
    status: 415,
    sentence: 'the body must be application/json or application/x-www-form-urlencoded',
  },
  headers_too_large: { status: 431, sentence: 'the headers are too large' },
  rate_limited: { status: 429, sentence: 'too many requests' },
  internal: { status: 500, sentence: 'the exchange met an error of its own' },
  unavailable: { status: 503, sentence: 'the exchange cannot take this request now' },
  outcome_unknown: {
    status: 504,
    sentence: 'the command was sent on, but its outcome is not known yet',
  },
} as const satisfies Record<string, RefusalRule>;

export type Refusal = keyof typeof REFUSALS;
