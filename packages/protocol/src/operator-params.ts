// What operators do: assets, markets, fees, settings, users, and money that crosses the border.

import Type from 'typebox';
import {
  CORRECTION_LINES_MAX,
  DISCOUNT_PPM_MAX,
  FEE_PPM_MAX,
  FEE_TIERS_MAX,
  OPEN_ORDERS_MAX,
  PRICE_BAND_PPM_MAX,
} from './limit.ts';
import {
  AmountText,
  Count,
  Hash,
  Id,
  Memo,
  object,
  oneOf,
  PublicKey,
  Reason,
  Txid,
  text,
} from './param-schema.ts';

export const ASSET_STATUSES = ['init', 'wait', 'traded', 'suspended', 'delisted'] as const;
export const MARKET_STATUSES = ['open', 'halted', 'closed'] as const;
export const SELF_TRADE_MODES = ['cancel_newest', 'cancel_oldest', 'cancel_both', 'allow'] as const;
/** Who may read what belongs to one user. */
export const READ_MODES = ['public', 'signed'] as const;
/** Of deposits and withdrawals: what each means for either is in docs/protocol.md §6.9. */
export const EXTERNAL_STATUSES = [
  'init',
  'queued',
  'accepted',
  'confirmed',
  'busy',
  'done',
  'canceled',
  'error',
  'ignore',
] as const;
export type ExternalStatus = (typeof EXTERNAL_STATUSES)[number];

const FeePpm = Type.Integer({ minimum: 0, maximum: FEE_PPM_MAX });
const DiscountPpm = Type.Integer({ minimum: 0, maximum: DISCOUNT_PPM_MAX });
const Tier = Type.Integer({ minimum: 0, maximum: FEE_TIERS_MAX });

const assetDetails = {
  stock_rank: Type.Optional(Count),
  name: Type.Optional(text(100)),
  stock_type: Type.Optional(oneOf(['asset', 'coin'])),
  email: Type.Optional(text(200)),
  www: Type.Optional(text(200)),
  about: Type.Optional(text(2_000)),
  quantity: Type.Optional(AmountText),
  status: Type.Optional(oneOf(ASSET_STATUSES)),
  doc_id: Type.Optional(Id),
  transaction_id: Type.Optional(Id),
  ipo_user_id: Type.Optional(Id),
  ipo_max_quantity: Type.Optional(AmountText),
  ipo_min_price: Type.Optional(AmountText),
  btc_address: Type.Optional(Type.Union([text(100), Type.Null()])),
  eth_address: Type.Optional(Type.Union([text(100), Type.Null()])),
  eth_decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
  min_fee: Type.Optional(AmountText),
  per_fee: Type.Optional(
    Type.String({
      pattern: '^0\\.[0-9]{4}$',
      description: 'Part of a withdrawal taken as its fee, below one, with four decimals.',
    }),
  ),
  deposit: Type.Optional(Type.Boolean()),
  withdraw: Type.Optional(Type.Boolean()),
  min_deposit: Type.Optional(AmountText),
  min_withdrawal: Type.Optional(AmountText),
  approval_above: Type.Optional(AmountText),
  daily_withdrawal: Type.Optional(AmountText),
};

const marketRules = {
  status: Type.Optional(oneOf(MARKET_STATUSES)),
  tick: Type.Optional(AmountText),
  lot: Type.Optional(AmountText),
  min_quantity: Type.Optional(AmountText),
  max_quantity: Type.Optional(AmountText),
  min_value: Type.Optional(AmountText),
  max_value: Type.Optional(AmountText),
  price_band_ppm: Type.Optional(Type.Integer({ minimum: 0, maximum: PRICE_BAND_PPM_MAX })),
  reference_price: Type.Optional(AmountText),
  max_open_orders: Type.Optional(Type.Integer({ minimum: 1, maximum: OPEN_ORDERS_MAX })),
  self_trade: Type.Optional(oneOf(SELF_TRADE_MODES)),
};

/** Without the two names that clients of many exchanges rewrite to others. */
export const ASSET_CODE_PATTERN = '^(?!xbt$|bchsv$)[a-z0-9]{2,12}$';

/** The parameters of what operators do, by type. */
export const OPERATOR_PARAMS = {
  register_user: object({ public_key: PublicKey }),
  freeze_user: object({ user_id: Id, reason: Reason }),
  unfreeze_user: object({ user_id: Id }),
  create_asset: object({
    stock_id: Id,
    code: Type.String({ pattern: ASSET_CODE_PATTERN }),
    ...assetDetails,
  }),
  change_asset: object({ stock_id: Id, ...assetDetails }),
  list_market: object({ stock_id: Id, unit_id: Id, ...marketRules }),
  change_market: object({ stock_id: Id, unit_id: Id, ...marketRules }),
  halt_market: object({ stock_id: Id, unit_id: Id, reason: Reason }),
  resume_market: object({ stock_id: Id, unit_id: Id }),
  set_fees: object({ stock_id: Id, unit_id: Id, maker_ppm: FeePpm, taker_ppm: FeePpm }),
  set_fee_tier: object({
    tier: Tier,
    maker_discount_ppm: DiscountPpm,
    taker_discount_ppm: DiscountPpm,
  }),
  set_user_tier: object({ user_id: Id, tier: Tier }),
  set_withdrawal_limit: object({
    user_id: Id,
    stock_id: Id,
    daily_withdrawal: Type.Union([AmountText, Type.Null()]),
  }),
  credit_deposit: object({
    user_id: Id,
    stock_id: Id,
    quantity: AmountText,
    txid: Txid,
    output: Type.Optional(Count),
    memo: Type.Optional(Memo),
  }),
  register_address: object({
    user_id: Id,
    stock_id: Id,
    address: text(1_000),
    memo: Type.Optional(Memo),
  }),
  report_deposit: object({
    stock_id: Id,
    address: text(1_000),
    memo: Type.Optional(Memo),
    quantity: AmountText,
    txid: Txid,
    output: Type.Optional(Count),
    status: Type.Optional(oneOf(['init', 'queued', 'accepted', 'confirmed'])),
  }),
  change_deposit: object({
    deposit_id: Id,
    status: oneOf(EXTERNAL_STATUSES),
    reason: Type.Optional(Reason),
  }),
  change_withdrawal: object({
    withdrawal_id: Id,
    status: oneOf(EXTERNAL_STATUSES),
    txid: Type.Optional(Txid),
    reason: Type.Optional(Reason),
  }),
  correct: object({
    sequence: Id,
    reason: Reason,
    lines: Type.Array(
      object({
        user_id: Id,
        stock_id: Id,
        direction: oneOf(['credit', 'debit']),
        quantity: AmountText,
      }),
      { minItems: 1, maxItems: CORRECTION_LINES_MAX },
    ),
  }),
  change_settings: object({
    registration_open: Type.Optional(Type.Boolean()),
    gift: Type.Optional(AmountText),
    fee_user_id: Type.Optional(Id),
    reads: Type.Optional(oneOf(READ_MODES)),
  }),
  recover: object({ sequence: Id, hash: Hash }),
} as const;
