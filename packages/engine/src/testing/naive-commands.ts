// Everything but orders in the naive engine: docs/protocol.md §6.3 to §6.5.

import {
  ASSETS_MAX,
  type EnvelopeCommand,
  type EnvelopeCommandOf,
  type EnvelopeType,
  type Event,
  MARKETS_MAX,
  nonceStart,
  type Rejection,
  USERS_MAX,
} from '@picostocks/protocol';
import {
  addTotal,
  findAsset,
  findMarket,
  freeOf,
  hasUser,
  type NaiveMarket,
  type NaiveState,
  NO_AMOUNT_REACHES,
  type Outcome,
  userIds,
} from './naive-state.ts';

const FOR_EVERYONE: readonly EnvelopeType[] = ['noop', 'transfer'];

export function applyEnvelope(state: NaiveState, command: EnvelopeCommand, time: number): Outcome {
  if (command.expires < time) return 'expired';
  if (command.userId !== 0 && !FOR_EVERYONE.includes(command.type)) return 'not_operator';
  switch (command.type) {
    case 'noop':
      return [{ kind: 'nonce_spent' }];
    case 'transfer':
      return transfer(state, command);
    case 'register_user':
      if (isKeyKnown(state, command.params.publicKey)) return 'key_taken';
      return registerUser(state, command.params.publicKey);
    case 'create_asset':
      return createAsset(state, command.params, time);
    case 'change_asset':
      return changeAsset(state, command.params, time);
    case 'list_market':
      return listMarket(state, command.params, time);
    case 'change_market':
      return changeMarket(state, command.params, time);
    case 'set_fees':
      return setFees(state, command.params, time);
    case 'credit_deposit':
      return creditDeposit(state, command.params);
    case 'change_settings':
      return changeSettings(state, command.params);
    case 'recover':
      return recover(state, command.params, time);
  }
}

type ParamsOf<T extends EnvelopeType> = EnvelopeCommandOf<T>['params'];

function transfer(state: NaiveState, command: EnvelopeCommandOf<'transfer'>): Outcome {
  const fromUserId = command.userId;
  const { toUser: toUserId, stockId, quantity, memo = '' } = command.params;
  if (fromUserId === 0 || toUserId === 0) return 'operator_account';
  if (!hasUser(state, toUserId)) return 'unknown_user';
  if (findAsset(state, stockId) === undefined) return 'stock_not_found';
  if (quantity === 0n) return 'zero_quantity';
  if (freeOf(state, { userId: fromUserId, stockId }) < quantity) return 'insufficient_funds';

  addTotal(state, { userId: fromUserId, stockId }, -quantity);
  addTotal(state, { userId: toUserId, stockId }, quantity);
  const transferId = state.nextTransferId;
  state.nextTransferId += 1;
  return [{ kind: 'transferred', transferId, fromUserId, toUserId, stockId, quantity, memo }];
}

/** Is it, or was it ever, somebody's? The operator's key counts. */
export function isKeyKnown(state: NaiveState, publicKey: string): boolean {
  return state.keys.some((key) => key.publicKey === publicKey);
}

export function addKey(state: NaiveState, userId: number, publicKey: string): number {
  const { genesis, leaped } = state;
  const nonce = leaped + nonceStart({ exchange: genesis.exchange, userId, keyId: 0 });
  state.keys.push({ userId, keyId: 0, publicKey, nonce });
  return nonce;
}

/** The next user with his gifts; the caller knows that the key is new. */
export function registerUser(state: NaiveState, publicKey: string): Outcome {
  const users = userIds(state).filter((userId) => userId !== 0);
  if (users.length >= USERS_MAX) return 'capacity';
  const isTooLarge = state.assets.some((asset) => asset.outside - state.gift <= -NO_AMOUNT_REACHES);
  if (state.gift > 0n && isTooLarge) return 'deposit_too_large';

  const userId = users.length + 1;
  const nonce = addKey(state, userId, publicKey);
  const events: Event[] = [{ kind: 'user_registered', userId, publicKey, nonce }];
  if (state.gift === 0n) return events;
  for (const { stockId } of state.assets) {
    const gift = { userId, stockId, quantity: state.gift };
    events.push(credit(state, { ...gift, txid: `gift:${userId}`, output: 0, memo: '' }));
  }
  return events;
}

function createAsset(state: NaiveState, params: ParamsOf<'create_asset'>, time: number): Outcome {
  if (findAsset(state, params.stockId) !== undefined) return 'stock_id_taken';
  if (state.assets.some((asset) => asset.code === params.code)) return 'code_taken';
  if (state.assets.length >= ASSETS_MAX) return 'capacity';
  const status = params.status ?? 'traded';
  state.assets.push({
    stockRank: 0,
    name: '',
    stockType: 'asset',
    email: '',
    www: '',
    about: '',
    quantity: 0n,
    docId: 0,
    transactionId: 0,
    ipoUserId: 0,
    ipoMaxQuantity: 0n,
    ipoMinPrice: 0n,
    btcAddress: null,
    ethAddress: null,
    ethDecimals: 0,
    minFee: 0n,
    perFee: '0.0000',
    ...params,
    status,
    timeInit: time,
    timeWait: status === 'wait' || status === 'traded' ? time : undefined,
    timeChanged: time,
    traded: 0n,
    outside: 0n,
  });
  return [{ kind: 'asset_created', stockId: params.stockId }];
}

function changeAsset(state: NaiveState, params: ParamsOf<'change_asset'>, time: number): Outcome {
  const asset = findAsset(state, params.stockId);
  if (asset === undefined) return 'stock_not_found';
  Object.assign(asset, params);
  asset.timeChanged = time;
  if (params.status === 'wait' || params.status === 'traded') asset.timeWait ??= time;
  return [{ kind: 'asset_changed', stockId: params.stockId }];
}

function hasReversedLimits(market: NaiveMarket): boolean {
  const { tick, lot, minQuantity, maxQuantity, minValue, maxValue } = market;
  if ([tick, lot, minQuantity, minValue].includes(0n)) return true;
  return minQuantity > maxQuantity || minValue > maxValue;
}

function listMarket(state: NaiveState, params: ParamsOf<'list_market'>, time: number): Outcome {
  const { stockId, unitId } = params;
  if (findAsset(state, stockId) === undefined) return 'stock_not_found';
  if (findAsset(state, unitId) === undefined) return 'stock_not_found';
  if (stockId === unitId) return 'same_asset';
  if (findMarket(state, { stockId, unitId }) !== undefined) return 'market_exists';
  if (findMarket(state, { stockId: unitId, unitId: stockId }) !== undefined) {
    return 'inverse_market_exists';
  }
  const market: NaiveMarket = {
    status: 'open',
    tick: 1n,
    lot: 1n,
    minQuantity: 1n,
    maxQuantity: NO_AMOUNT_REACHES - 1n,
    minValue: 1_000_000n,
    maxValue: NO_AMOUNT_REACHES - 1n,
    priceBandPpm: 0,
    referencePrice: 0n,
    maxOpenOrders: 10_000,
    selfTrade: 'cancel_newest',
    ...params,
    makerPpm: 0,
    takerPpm: 0,
    lastPrice: 0n,
    timeCreated: time,
    timeChanged: time,
  };
  if (hasReversedLimits(market)) return 'limits_reversed';
  if (state.markets.length >= MARKETS_MAX) return 'capacity';
  state.markets.push(market);
  return [{ kind: 'market_listed', stockId, unitId }];
}

function changeMarket(state: NaiveState, params: ParamsOf<'change_market'>, time: number): Outcome {
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  if (hasReversedLimits({ ...market, ...params })) return 'limits_reversed';
  Object.assign(market, params);
  market.timeChanged = time;
  return [{ kind: 'market_changed', stockId: params.stockId, unitId: params.unitId }];
}

function setFees(state: NaiveState, params: ParamsOf<'set_fees'>, time: number): Outcome {
  const { stockId, unitId, makerPpm, takerPpm } = params;
  const market = findMarket(state, params);
  if (market === undefined) return 'market_not_found';
  const isCharging = makerPpm > 0 || takerPpm > 0;
  if (isCharging && state.feeUserId === undefined) return 'fee_user_missing';
  market.makerPpm = makerPpm;
  market.takerPpm = takerPpm;
  market.timeChanged = time;
  return [{ kind: 'market_changed', stockId, unitId }];
}

interface Credit {
  readonly userId: number;
  readonly stockId: number;
  readonly quantity: bigint;
  readonly txid: string;
  readonly output: number;
  readonly memo: string;
}

/** Money comes in: the user has more, the outside world has less. */
function credit(state: NaiveState, deposit: Credit): Event {
  const asset = findAsset(state, deposit.stockId);
  if (asset === undefined) throw new Error('a deposit of no asset');
  asset.outside -= deposit.quantity;
  addTotal(state, deposit, deposit.quantity);
  const depositId = state.nextDepositId;
  state.nextDepositId += 1;
  return { kind: 'deposit_credited', depositId, ...deposit };
}

function creditDeposit(state: NaiveState, params: ParamsOf<'credit_deposit'>): Outcome {
  const { userId, stockId, quantity, txid, output = 0, memo = '' } = params;
  if (userId === 0) return 'operator_account';
  if (!hasUser(state, userId)) return 'unknown_user';
  const asset = findAsset(state, stockId);
  if (asset === undefined) return 'stock_not_found';
  const isCredited = state.deposits.some(
    (old) => old.stockId === stockId && old.txid === txid && old.output === output,
  );
  if (isCredited) return 'deposit_credited';
  if (quantity === 0n) return 'zero_quantity';
  if (asset.outside - quantity <= -NO_AMOUNT_REACHES) return 'deposit_too_large';
  state.deposits.push({ stockId, txid, output });
  return [credit(state, { userId, stockId, quantity, txid, output, memo })];
}

function changeSettings(state: NaiveState, params: ParamsOf<'change_settings'>): Outcome {
  const rejection = rejectionOfSettings(state, params);
  if (rejection !== undefined) return rejection;
  state.registrationOpen = params.registrationOpen ?? state.registrationOpen;
  state.gift = params.gift ?? state.gift;
  state.feeUserId = params.feeUserId ?? state.feeUserId;
  return [{ kind: 'settings_changed' }];
}

function rejectionOfSettings(
  state: NaiveState,
  { feeUserId, gift }: ParamsOf<'change_settings'>,
): Rejection | undefined {
  if (feeUserId === 0) return 'unknown_user';
  if (feeUserId !== undefined && !hasUser(state, feeUserId)) return 'unknown_user';
  if (gift !== undefined && gift > 0n && !state.genesis.sandbox) return 'gift_outside_sandbox';
  return undefined;
}

/** Every number that was or may have been given out is left behind: docs/protocol.md §6.7. */
function recover(state: NaiveState, params: ParamsOf<'recover'>, time: number): Outcome {
  const { sequence, hash } = params;
  if (sequence !== state.sequence) return 'head_not_current';
  const elapsed = time - state.time;
  const leap = elapsed < 1_000_000 ? 8_000_000 : 8 * elapsed;
  if (state.leaped + leap > 4_503_599_627_370_496) return 'capacity';
  state.leaped += leap;
  for (const key of state.keys) key.nonce += leap;
  state.nextOrderId += leap;
  state.nextTradeId += leap;
  state.nextDepositId += leap;
  state.nextTransferId += leap;
  return [{ kind: 'recovered', sequence, hash, leap }];
}
