// Random commands of operators about what is traded and by which rules, and about keys.

import {
  ASSET_STATUSES,
  formatAmount,
  MARKET_STATUSES,
  ROLES,
  SCOPES,
  SELF_TRADE_MODES,
} from '@picostocks/protocol';
import { FAKE_PROOF, fakeKeyHex } from './entry-maker.ts';
import { below56, LARGEST, type RandomWorld, type Wish } from './random-world.ts';

type ParamsOf<T extends Wish['type']> = Extract<Wish, { readonly type: T }>['params'];

// --- Assets ------------------------------------------------------------------------------------------

export function createAsset(world: RandomWorld): Wish {
  const { random } = world;
  const stock_id = random.chance(50) ? world.anyAsset() : 40 + random.integer(20);
  const details = random.chance(30) ? {} : assetDetails(world);
  const code = random.chance(30) ? 'coin1' : `c${random.integer(40)}x`;
  return { userId: 0, type: 'create_asset', params: { stock_id, code, ...details } };
}

export function changeAsset(world: RandomWorld): Wish {
  const params = { stock_id: world.anyAsset(), ...assetDetails(world) };
  return { userId: 0, type: 'change_asset', params };
}

function assetDetails(world: RandomWorld): Omit<ParamsOf<'change_asset'>, 'stock_id'> {
  const { random } = world;
  const some = (percentZero: number, times = 1n) =>
    formatAmount(random.chance(percentZero) ? 0n : below56(world.scale.quantity(random) * times));
  return {
    ...(random.chance(60) && {
      status: random.chance(94) ? 'traded' : random.pick(ASSET_STATUSES),
    }),
    ...(random.chance(20) && { name: random.pick(['', 'A "name"', 'Ünï 漢字 😀']) }),
    ...(random.chance(20) && { stock_type: random.pick(['asset', 'coin'] as const) }),
    ...(random.chance(20) && { stock_rank: random.integer(9), doc_id: random.integer(9) }),
    ...(random.chance(20) && { email: 'a@b.c', www: 'https://b.c', about: 'x y' }),
    ...(random.chance(20) && { quantity: formatAmount(world.quantity()) }),
    ...(random.chance(10) && { transaction_id: 7, ipo_user_id: 3 }),
    ...(random.chance(10) && { ipo_max_quantity: '12', ipo_min_price: '0.5' }),
    ...(random.chance(20) && { btc_address: random.pick([null, 'bc1q']) }),
    ...(random.chance(20) && { eth_address: random.pick([null, '0xab']), eth_decimals: 18 }),
    ...(random.chance(30) && { min_fee: random.pick(['0', '0', formatAmount(2n)]) }),
    ...(random.chance(30) && { per_fee: random.pick(['0.0000', '0.0025', '0.3333', '0.9999']) }),
    ...(random.chance(30) && { deposit: random.chance(85) }),
    ...(random.chance(30) && { withdraw: random.chance(85) }),
    ...(random.chance(20) && { min_deposit: some(50) }),
    ...(random.chance(20) && { min_withdrawal: some(55) }),
    ...(random.chance(40) && { approval_above: some(40, 4n) }),
    ...(random.chance(20) && { daily_withdrawal: some(50, 3n) }),
  };
}

// --- Markets and fees --------------------------------------------------------------------------------

export function listMarket(world: RandomWorld): Wish {
  const pair = { stock_id: world.anyAsset(), unit_id: world.anyAsset() };
  return { userId: 0, type: 'list_market', params: { ...marketRules(world), ...pair } };
}

export function changeMarket(world: RandomWorld): Wish {
  const { stockId: stock_id, unitId: unit_id } = world.anyPair();
  return {
    userId: 0,
    type: 'change_market',
    params: { stock_id, unit_id, ...marketRules(world) },
  };
}

export function haltOrResume(world: RandomWorld): Wish {
  const { random, state } = world;
  const halted = state.markets.find((market) => market.status !== 'open');
  const pair = halted !== undefined && random.chance(80) ? halted : world.anyPair();
  const market = { stock_id: pair.stockId, unit_id: pair.unitId };
  if (random.chance(halted === undefined ? 30 : 80)) {
    return { userId: 0, type: 'resume_market', params: market };
  }
  return { userId: 0, type: 'halt_market', params: { ...market, reason: 'a "pause"' } };
}

export function setFees(world: RandomWorld): Wish {
  const { stockId: stock_id, unitId: unit_id } = world.anyPair();
  const rate = () => world.random.pick([0, 1, 2_500, 33_333, 100_000]);
  const rates = { maker_ppm: rate(), taker_ppm: rate() };
  return { userId: 0, type: 'set_fees', params: { stock_id, unit_id, ...rates } };
}

export function setTier(world: RandomWorld): Wish {
  const { random } = world;
  const tier = random.integer(4);
  if (random.chance(50)) {
    return { userId: 0, type: 'set_user_tier', params: { user_id: world.anyUser(), tier } };
  }
  const discount = () => random.pick([0, 1, 250_000, 333_333, 1_000_000]);
  const discounts = { maker_discount_ppm: discount(), taker_discount_ppm: discount() };
  return { userId: 0, type: 'set_fee_tier', params: { tier, ...discounts } };
}

function marketRules(world: RandomWorld): Omit<ParamsOf<'change_market'>, 'stock_id' | 'unit_id'> {
  const { random, scale } = world;
  const limit = (usual: bigint, other: () => bigint) =>
    formatAmount(random.chance(88) ? usual : other());
  const quantity = () => scale.quantity(random);
  const value = () => below56((quantity() * random.pick(world.prices)) / 10n ** 18n);
  return {
    ...(random.chance(70) && {
      status: random.chance(94) ? ('open' as const) : random.pick(MARKET_STATUSES),
    }),
    ...(random.chance(60) && { self_trade: random.pick(SELF_TRADE_MODES) }),
    ...(random.chance(30) && { tick: limit(1n, () => random.amount(3n) * scale.step) }),
    ...(random.chance(30) && { lot: limit(1n, () => random.amount(3n) * scale.step) }),
    ...(random.chance(30) && { min_quantity: limit(1n, quantity) }),
    ...(random.chance(30) && { max_quantity: limit(LARGEST, quantity) }),
    ...(random.chance(30) && { min_value: limit(scale.minValue, value) }),
    ...(random.chance(30) && { max_value: limit(LARGEST, value) }),
    ...(random.chance(40) && {
      price_band_ppm: random.chance(50)
        ? 0
        : random.pick([1, 250_000, 500_000, 999_999, 1_000_000, 1_000_000_000]),
    }),
    ...(random.chance(10) && { reference_price: formatAmount(world.price()) }),
    ...(random.chance(30) && {
      max_open_orders: random.chance(60) ? 10_000 : 1 + random.integer(6),
    }),
  };
}

export function changeSettings(world: RandomWorld): Wish {
  const { random } = world;
  const gift = () =>
    random.weighted<() => bigint>([
      [12, () => 0n],
      [4, () => 1n],
      [4, () => world.scale.quantity(random)],
      [1, () => LARGEST],
    ])();
  const params = {
    ...(random.chance(50) && { registration_open: random.chance(70) }),
    ...(random.chance(40) && { gift: formatAmount(gift()) }),
    ...(random.chance(60) && { fee_user_id: world.anyUser() }),
    ...(random.chance(20) && { reads: random.pick(['public', 'signed'] as const) }),
  };
  return { userId: 0, type: 'change_settings', params };
}

// --- Keys --------------------------------------------------------------------------------------------

/** A key that nobody had; somebody's, or one that was somebody's. */
function anyPublicKey(world: RandomWorld): string {
  const { random, state } = world;
  const old = random.pickAny([...state.keys, ...state.formerKeys])?.publicKey;
  return random.chance(90) || old === undefined ? fakeKeyHex(world.newKeyNumber()) : old;
}

export function addKey(world: RandomWorld): Wish {
  const { random } = world;
  const userId = random.chance(25) ? 0 : world.anyUser();
  const fitting: readonly [string, ...string[]] = userId === 0 ? ROLES : SCOPES;
  const wrong: readonly [string, ...string[]] = userId === 0 ? SCOPES : ROLES;
  const count = random.integer(4);
  const chosen = Array.from({ length: count }, () => random.pick(fitting));
  if (random.chance(6)) chosen.push(random.pick(wrong));
  const scopes = [...new Set(chosen)] as ParamsOf<'add_key'>['scopes'];
  const params = { public_key: anyPublicKey(world), proof: FAKE_PROOF, scopes };
  return { userId, type: 'add_key', params };
}

export function changeKey(world: RandomWorld): Wish {
  const { random, state } = world;
  const userId = random.chance(10) ? 0 : world.anyUser();
  const keys = state.keys.filter((key) => key.userId === userId);
  const keyId = random.chance(95) ? random.integer(keys.length || 1) : 77;
  // Often by itself, which every key may.
  const signer = random.chance(40) ? { keyId } : {};
  if (random.chance(65)) {
    const params = { rotated_key_id: keyId, public_key: anyPublicKey(world), proof: FAKE_PROOF };
    return { userId, ...signer, type: 'rotate_key', params };
  }
  return { userId, ...signer, type: 'revoke_key', params: { revoked_key_id: keyId } };
}
