// Why the market says no. Closed, and in order of precedence: when several reasons hold, the one
// that stands first is given. A rejection was sequenced: it consumed its nonce and is in the log.
//
// A reason is never renamed and never reused for something else. docs/rejections.md is made from
// this table; the statuses are those of docs/protocol.md §6.

interface RejectionRule {
  /** HTTP status of the answer. */
  readonly status: 400 | 404;
  /** One sentence for people. */
  readonly sentence: string;
  /** May the same command, signed anew, succeed later without the user changing anything in it? */
  readonly transient: boolean;
}

export const REJECTIONS = {
  expired: {
    status: 400,
    sentence: 'the command expired before it was sequenced',
    transient: false,
  },
  not_operator: { status: 400, sentence: 'only an operator may do this', transient: false },
  key_scope: { status: 400, sentence: 'this key may not do this', transient: true },
  operator_account: {
    status: 400,
    sentence: 'the operator acts, but holds no money and cannot trade',
    transient: false,
  },
  unknown_user: { status: 404, sentence: 'no user has this id', transient: true },
  account_frozen: { status: 400, sentence: 'this account is frozen', transient: true },
  stock_not_found: { status: 404, sentence: 'no asset has this id', transient: true },
  market_not_found: { status: 404, sentence: 'these two assets have no market', transient: true },
  order_not_found: {
    status: 404,
    sentence: 'this user has no such open order',
    transient: false,
  },
  key_not_found: {
    status: 404,
    sentence: 'the user has no such key, or lost it',
    transient: false,
  },
  deposit_not_found: {
    status: 404,
    sentence: 'no deposit on its way has this id',
    transient: false,
  },
  withdrawal_not_found: {
    status: 404,
    sentence: 'no withdrawal on its way has this id',
    transient: false,
  },
  address_not_found: {
    status: 404,
    sentence: 'this deposit address is not registered for this asset',
    transient: true,
  },
  entry_not_found: {
    status: 404,
    sentence: 'a correction names an earlier entry',
    transient: false,
  },
  key_permanent: {
    status: 400,
    sentence: 'key 0 can be rotated, but neither revoked nor limited',
    transient: false,
  },
  scopes_wrong: {
    status: 400,
    sentence: 'a user has scopes, an operator has roles',
    transient: false,
  },
  key_taken: { status: 400, sentence: 'this key is or was a key of a user', transient: false },
  stock_id_taken: { status: 400, sentence: 'an asset has this id already', transient: false },
  code_taken: { status: 400, sentence: 'an asset has this code already', transient: false },
  same_asset: { status: 400, sentence: 'a market needs two different assets', transient: false },
  market_exists: { status: 400, sentence: 'this market is listed already', transient: false },
  inverse_market_exists: {
    status: 400,
    sentence: 'the inverse of this market is listed already',
    transient: false,
  },
  gift_outside_sandbox: {
    status: 400,
    sentence: 'only a sandbox gives money to new users',
    transient: false,
  },
  head_not_current: {
    status: 400,
    sentence: 'a recovery must name the entry just before it',
    transient: false,
  },
  limits_reversed: {
    status: 400,
    sentence: 'the smallest allowed must be above zero and not above the largest',
    transient: false,
  },
  fee_user_missing: {
    status: 400,
    sentence: 'name the user who receives fees in the settings first',
    transient: true,
  },
  deposit_known: {
    status: 400,
    sentence: 'this output of this transaction was reported before',
    transient: false,
  },
  address_taken: {
    status: 400,
    sentence: 'this deposit address is registered for another user',
    transient: false,
  },
  status_conflict: {
    status: 400,
    sentence: 'what has this status cannot be given that one by you',
    transient: true,
  },
  claimed_by_other: {
    status: 400,
    sentence: 'another key has claimed this withdrawal',
    transient: false,
  },
  txid_missing: {
    status: 400,
    sentence: 'a withdrawal that was sent names its transaction',
    transient: false,
  },
  capacity: { status: 400, sentence: 'a limit of the exchange is reached', transient: true },
  deposits_closed: {
    status: 400,
    sentence: 'deposits of this asset are not taken now',
    transient: true,
  },
  withdrawals_closed: {
    status: 400,
    sentence: 'withdrawals of this asset are not taken now',
    transient: true,
  },
  asset_not_traded: { status: 400, sentence: 'this asset is not traded now', transient: true },
  market_halted: { status: 400, sentence: 'this market does not take orders now', transient: true },
  zero_quantity: { status: 400, sentence: 'the quantity must be above zero', transient: false },
  zero_price: { status: 400, sentence: 'the price must be above zero', transient: false },
  bad_address: {
    status: 400,
    sentence: 'an address is 1 to 100 characters of printable ASCII without spaces',
    transient: false,
  },
  good_until_passed: {
    status: 400,
    sentence: 'the time until which the order is good is over',
    transient: false,
  },
  price_cap_missing: {
    status: 400,
    sentence: 'this market has no price band: give a market order a price as its cap',
    transient: true,
  },
  tick_size: { status: 400, sentence: 'the price is not a multiple of the tick', transient: false },
  lot_size: {
    status: 400,
    sentence: 'the quantity is not a multiple of the lot',
    transient: false,
  },
  quantity_too_small: {
    status: 400,
    sentence: 'the quantity is below the smallest that this market takes',
    transient: false,
  },
  quantity_too_large: {
    status: 400,
    sentence: 'the quantity is above the largest that this market takes',
    transient: false,
  },
  order_value_too_small: {
    status: 400,
    sentence: 'price times quantity is below the smallest value that this market takes',
    transient: false,
  },
  order_value_too_large: {
    status: 400,
    sentence: 'price times quantity is above the largest value that this market takes',
    transient: false,
  },
  price_band: {
    status: 400,
    sentence: 'the price is too far from the reference price of this market',
    transient: true,
  },
  amend_below_filled: {
    status: 400,
    sentence: 'the new quantity is not above what was filled already',
    transient: false,
  },
  duplicate_client_order_id: {
    status: 400,
    sentence: 'an open order of this user has this client order id',
    transient: true,
  },
  too_many_open_orders: {
    status: 400,
    sentence: 'this user has as many open orders in this market as it allows',
    transient: true,
  },
  would_match: {
    status: 400,
    sentence: 'a post-only order would trade at once',
    transient: true,
  },
  would_not_fill: {
    status: 400,
    sentence: 'a fill-or-kill order could not be filled whole',
    transient: true,
  },
  too_many_pending: {
    status: 400,
    sentence: 'this user has as many withdrawals on their way as one user may',
    transient: true,
  },
  withdrawal_too_small: {
    status: 400,
    sentence: 'the quantity is below the smallest withdrawal of this asset',
    transient: false,
  },
  withdrawal_limit: {
    status: 400,
    sentence: 'the user may not withdraw that much of this asset today',
    transient: true,
  },
  unbalanced: {
    status: 400,
    sentence: 'the credits and debits of a correction differ in an asset',
    transient: false,
  },
  insufficient_funds: { status: 400, sentence: 'the free balance is too small', transient: true },
  deposit_too_large: {
    status: 400,
    sentence: 'the exchange cannot hold that much of one asset',
    transient: false,
  },
} as const satisfies Record<string, RejectionRule>;

export type Rejection = keyof typeof REJECTIONS;

export const REJECTION_CODES = Object.keys(REJECTIONS) as readonly Rejection[];
