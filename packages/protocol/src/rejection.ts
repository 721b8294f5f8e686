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
  operator_account: {
    status: 400,
    sentence: 'the operator acts, but holds no money and cannot trade',
    transient: false,
  },
  unknown_user: { status: 404, sentence: 'no user has this id', transient: true },
  stock_not_found: { status: 404, sentence: 'no asset has this id', transient: true },
  market_not_found: { status: 404, sentence: 'these two assets have no market', transient: true },
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
  deposit_credited: {
    status: 400,
    sentence: 'this output of this transaction was credited before',
    transient: false,
  },
  capacity: { status: 400, sentence: 'a limit of the exchange is reached', transient: true },
  asset_not_traded: { status: 400, sentence: 'this asset is not traded now', transient: true },
  market_halted: { status: 400, sentence: 'this market does not take orders now', transient: true },
  zero_quantity: { status: 400, sentence: 'the quantity must be above zero', transient: false },
  zero_price: { status: 400, sentence: 'the price must be above zero', transient: false },
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
  too_many_open_orders: {
    status: 400,
    sentence: 'this user has as many open orders in this market as it allows',
    transient: true,
  },
  insufficient_funds: { status: 400, sentence: 'the free balance is too small', transient: true },
  order_not_found: {
    status: 404,
    sentence: 'this user has no open order on this side at this price',
    transient: false,
  },
  deposit_too_large: {
    status: 400,
    sentence: 'the exchange cannot hold that much of one asset',
    transient: false,
  },
} as const satisfies Record<string, RejectionRule>;

export type Rejection = keyof typeof REJECTIONS;

export const REJECTION_CODES = Object.keys(REJECTIONS) as readonly Rejection[];
